#ifndef SIDETONE_CIPHERS_H
#define SIDETONE_CIPHERS_H

#include <stddef.h>
#include <stdint.h>

/* Ciphers and a keyed hash whose key stays the same for many packets, from libcrypto. No type of that library is
 * visible here.
 *
 * A context is made once for a key and belongs to one thread at a time; using it allocates nothing. The functions that
 * make one return NULL for a key of another length, or when the library refuses; a context must be freed with the
 * function of its kind, which also wipes the key. A pointer to octets may be NULL where the length is 0. */

/* AES in counter mode (NIST SP 800-38A §6.5). */
typedef struct sidetone_counter_cipher sidetone_counter_cipher;

/* `key_length`: 16 or 32. */
sidetone_counter_cipher *sidetone_counter_cipher_make(const uint8_t *key, size_t key_length);
void sidetone_counter_cipher_free(sidetone_counter_cipher *cipher);
/* Adds the key stream that begins with the counter block `block`, 16 octets, to `bytes`, in place. 1 on success. */
int sidetone_counter_cipher_apply(sidetone_counter_cipher *cipher, const uint8_t *block, uint8_t *bytes, size_t length);

/* AES-GCM (NIST SP 800-38D) with an initialisation vector of 12 octets and a tag of 16. */
typedef struct sidetone_gcm_cipher sidetone_gcm_cipher;

/* `key_length`: 16 or 32. */
sidetone_gcm_cipher *sidetone_gcm_cipher_make(const uint8_t *key, size_t key_length);
void sidetone_gcm_cipher_free(sidetone_gcm_cipher *cipher);
/* Encrypts `bytes` in place and writes the tag over them and two runs of associated data. 1 on success. */
int sidetone_gcm_cipher_seal(sidetone_gcm_cipher *cipher, const uint8_t *vector, const uint8_t *first,
                             size_t first_length, const uint8_t *second, size_t second_length, uint8_t *bytes,
                             size_t length, uint8_t *tag);
/* Decrypts `bytes` in place; 1 when the tag is that of all the octets. Otherwise 0, and `bytes` hold nothing of use. */
int sidetone_gcm_cipher_open(sidetone_gcm_cipher *cipher, const uint8_t *vector, const uint8_t *first,
                             size_t first_length, const uint8_t *second, size_t second_length, uint8_t *bytes,
                             size_t length, const uint8_t *tag);

/* HMAC-SHA1 (RFC 2104). */
typedef struct sidetone_hmac_sha1 sidetone_hmac_sha1;

enum { SIDETONE_SHA1_LENGTH = 20 };

sidetone_hmac_sha1 *sidetone_hmac_sha1_make(const uint8_t *key, size_t key_length);
void sidetone_hmac_sha1_free(sidetone_hmac_sha1 *hash);
/* Writes the SIDETONE_SHA1_LENGTH octets of the hash of two runs of octets, one behind the other. 1 on success. */
int sidetone_hmac_sha1_compute(const sidetone_hmac_sha1 *hash, const uint8_t *first, size_t first_length,
                               const uint8_t *second, size_t second_length, uint8_t *output);

#endif
