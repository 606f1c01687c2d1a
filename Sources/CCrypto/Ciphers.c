/* The hash below keeps its state by value, so that a packet costs no allocation; libcrypto offers that only in the
 * functions that it calls deprecated since 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "Ciphers.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

/* Counter mode */

struct sidetone_counter_cipher {
    EVP_CIPHER_CTX *context;
};

void sidetone_counter_cipher_free(sidetone_counter_cipher *cipher) {
    if (!cipher) { return; }
    EVP_CIPHER_CTX_free(cipher->context);
    OPENSSL_free(cipher);
}

sidetone_counter_cipher *sidetone_counter_cipher_make(const uint8_t *key, size_t key_length) {
    const EVP_CIPHER *kind = key_length == 16 ? EVP_aes_128_ctr() : key_length == 32 ? EVP_aes_256_ctr() : NULL;
    if (!kind) { return NULL; }
    sidetone_counter_cipher *cipher = OPENSSL_zalloc(sizeof *cipher);
    if (!cipher) { return NULL; }
    cipher->context = EVP_CIPHER_CTX_new();
    static const uint8_t zero[16];
    if (!cipher->context || !EVP_EncryptInit_ex(cipher->context, kind, NULL, key, zero)) {
        sidetone_counter_cipher_free(cipher);
        return NULL;
    }
    return cipher;
}

int sidetone_counter_cipher_apply(sidetone_counter_cipher *cipher, const uint8_t *block, uint8_t *bytes,
                                  size_t length) {
    int written = 0;
    if (length > INT_MAX || !EVP_EncryptInit_ex(cipher->context, NULL, NULL, NULL, block)) { return 0; }
    return length == 0 || EVP_EncryptUpdate(cipher->context, bytes, &written, bytes, (int)length);
}

/* GCM */

struct sidetone_gcm_cipher {
    EVP_CIPHER_CTX *context;
};

enum { GCM_TAG = 16 };

void sidetone_gcm_cipher_free(sidetone_gcm_cipher *cipher) {
    if (!cipher) { return; }
    EVP_CIPHER_CTX_free(cipher->context);
    OPENSSL_free(cipher);
}

sidetone_gcm_cipher *sidetone_gcm_cipher_make(const uint8_t *key, size_t key_length) {
    const EVP_CIPHER *kind = key_length == 16 ? EVP_aes_128_gcm() : key_length == 32 ? EVP_aes_256_gcm() : NULL;
    if (!kind) { return NULL; }
    sidetone_gcm_cipher *cipher = OPENSSL_zalloc(sizeof *cipher);
    if (!cipher) { return NULL; }
    cipher->context = EVP_CIPHER_CTX_new();
    if (!cipher->context || !EVP_CipherInit_ex(cipher->context, kind, NULL, key, NULL, 1)) {
        sidetone_gcm_cipher_free(cipher);
        return NULL;
    }
    return cipher;
}

/* Sets the direction and the vector, and takes in the associated data. */
static int begin(sidetone_gcm_cipher *cipher, int encrypts, const uint8_t *vector, const uint8_t *first,
                 size_t first_length, const uint8_t *second, size_t second_length) {
    int written = 0;
    EVP_CIPHER_CTX *context = cipher->context;
    if (first_length > INT_MAX || second_length > INT_MAX) { return 0; }
    if (!EVP_CipherInit_ex(context, NULL, NULL, NULL, vector, encrypts)) { return 0; }
    if (first_length && !EVP_CipherUpdate(context, NULL, &written, first, (int)first_length)) { return 0; }
    return second_length == 0 || EVP_CipherUpdate(context, NULL, &written, second, (int)second_length);
}

int sidetone_gcm_cipher_seal(sidetone_gcm_cipher *cipher, const uint8_t *vector, const uint8_t *first,
                             size_t first_length, const uint8_t *second, size_t second_length, uint8_t *bytes,
                             size_t length, uint8_t *tag) {
    int written = 0;
    uint8_t rest[GCM_TAG];
    if (length > INT_MAX || !begin(cipher, 1, vector, first, first_length, second, second_length)) { return 0; }
    if (length && !EVP_CipherUpdate(cipher->context, bytes, &written, bytes, (int)length)) { return 0; }
    return EVP_CipherFinal_ex(cipher->context, rest, &written)
        && EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, tag);
}

int sidetone_gcm_cipher_open(sidetone_gcm_cipher *cipher, const uint8_t *vector, const uint8_t *first,
                             size_t first_length, const uint8_t *second, size_t second_length, uint8_t *bytes,
                             size_t length, const uint8_t *tag) {
    int written = 0;
    uint8_t rest[GCM_TAG];
    uint8_t expected[GCM_TAG];
    /* The library wants a pointer that it could write through. */
    memcpy(expected, tag, sizeof expected);
    if (length > INT_MAX || !begin(cipher, 0, vector, first, first_length, second, second_length)) { return 0; }
    if (!EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, expected)) { return 0; }
    if (length && !EVP_CipherUpdate(cipher->context, bytes, &written, bytes, (int)length)) { return 0; }
    return EVP_CipherFinal_ex(cipher->context, rest, &written) > 0;
}

/* HMAC-SHA1 */

struct sidetone_hmac_sha1 {
    /* What both passes have taken in before the message: the key with its padding. */
    SHA_CTX inner;
    SHA_CTX outer;
};

void sidetone_hmac_sha1_free(sidetone_hmac_sha1 *hash) {
    if (hash) { OPENSSL_clear_free(hash, sizeof *hash); }
}

sidetone_hmac_sha1 *sidetone_hmac_sha1_make(const uint8_t *key, size_t key_length) {
    uint8_t padded[SHA_CBLOCK] = {0};
    if (key_length > sizeof padded) { return NULL; }
    sidetone_hmac_sha1 *hash = OPENSSL_zalloc(sizeof *hash);
    if (!hash) { return NULL; }
    if (key_length) { memcpy(padded, key, key_length); }
    for (size_t index = 0; index < sizeof padded; index++) { padded[index] ^= 0x36; }
    int made = SHA1_Init(&hash->inner) && SHA1_Update(&hash->inner, padded, sizeof padded);
    for (size_t index = 0; index < sizeof padded; index++) { padded[index] ^= 0x36 ^ 0x5C; }
    made = made && SHA1_Init(&hash->outer) && SHA1_Update(&hash->outer, padded, sizeof padded);
    OPENSSL_cleanse(padded, sizeof padded);
    if (made) { return hash; }
    sidetone_hmac_sha1_free(hash);
    return NULL;
}

int sidetone_hmac_sha1_compute(const sidetone_hmac_sha1 *hash, const uint8_t *first, size_t first_length,
                               const uint8_t *second, size_t second_length, uint8_t *output) {
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX state = hash->inner;
    int made = (first_length == 0 || SHA1_Update(&state, first, first_length))
        && (second_length == 0 || SHA1_Update(&state, second, second_length)) && SHA1_Final(digest, &state);
    state = hash->outer;
    return made && SHA1_Update(&state, digest, sizeof digest) && SHA1_Final(output, &state);
}
