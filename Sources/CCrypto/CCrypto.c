#include "CCrypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

_Static_assert(SIDETONE_MAX_DIGEST >= EVP_MAX_MD_SIZE, "room for every hash of libcrypto");

static const EVP_MD *hash_named(sidetone_hash algorithm) {
    switch (algorithm) {
        case SIDETONE_MD5: return EVP_md5();
        case SIDETONE_SHA1: return EVP_sha1();
        case SIDETONE_SHA256: return EVP_sha256();
        case SIDETONE_SHA512_256: return EVP_sha512_256();
    }
    return NULL;
}

size_t sidetone_digest(sidetone_hash algorithm, const uint8_t *bytes, size_t length, uint8_t *output) {
    const EVP_MD *hash = hash_named(algorithm);
    unsigned int written = 0;
    if (!hash || !EVP_Digest(length ? (const void *)bytes : (const void *)"", length, output, &written, hash, NULL)) {
        return 0;
    }
    return written;
}

size_t sidetone_hmac(sidetone_hash algorithm, const uint8_t *key, size_t key_length, const uint8_t *bytes,
                     size_t length, uint8_t *output) {
    const EVP_MD *hash = hash_named(algorithm);
    unsigned int written = 0;
    if (!hash || key_length > INT_MAX) { return 0; }
    /* HMAC reads a NULL key as "the key of before". */
    if (!HMAC(hash, key_length ? (const void *)key : (const void *)"", (int)key_length,
              length ? bytes : (const uint8_t *)"", length, output, &written)) {
        return 0;
    }
    return written;
}

int sidetone_equal(const uint8_t *left, const uint8_t *right, size_t length) {
    return length == 0 || CRYPTO_memcmp(left, right, length) == 0;
}
