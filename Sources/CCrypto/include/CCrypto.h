#ifndef SIDETONE_CCRYPTO_H
#define SIDETONE_CCRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "Ciphers.h"

/* Hashes, keyed hashes and comparison in constant time, from libcrypto. No type of that library is visible here.
 *
 * Every function is a pure function of its arguments, may be called from any thread, and keeps nothing. A pointer may
 * be NULL where its length is 0. */

typedef enum sidetone_hash {
    SIDETONE_MD5 = 1,
    SIDETONE_SHA1 = 2,
    SIDETONE_SHA256 = 3,
    SIDETONE_SHA512_256 = 4
} sidetone_hash;

/* No hash above is longer. */
enum { SIDETONE_MAX_DIGEST = 64 };

/* Writes the hash of `bytes` to `output`, which has room for SIDETONE_MAX_DIGEST octets.
 *
 * Returns how many octets were written; 0 when the library refuses the algorithm (MD5 on a FIPS system) or the
 * algorithm is unknown. */
size_t sidetone_digest(sidetone_hash algorithm, const uint8_t *bytes, size_t length, uint8_t *output);

/* HMAC (RFC 2104), as sidetone_digest. */
size_t sidetone_hmac(sidetone_hash algorithm, const uint8_t *key, size_t key_length, const uint8_t *bytes,
                     size_t length, uint8_t *output);

/* 1 when both have the same octets, 0 otherwise; the time it takes depends on `length` alone. */
int sidetone_equal(const uint8_t *left, const uint8_t *right, size_t length);

#endif
