#include "CDTLS.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

_Static_assert(SIDETONE_DTLS_FINGERPRINT == 256 / 8, "SHA-256");

/* Octets of a datagram that are left when IPv6 and UDP have taken theirs of a path of 1 280. */
enum { MTU = 1232 };

struct sidetone_dtls_identity {
    SSL_CTX *context;
    BIO_METHOD *datagrams;
    uint8_t fingerprint[SIDETONE_DTLS_FINGERPRINT];
};

/* Datagrams that wait to be sent, each behind its length. */
typedef struct {
    uint8_t *bytes;
    size_t start;
    size_t end;
    size_t capacity;
} queue;

/* A flight is a few thousand octets; what does not fit is left out, as the network might have done. */
enum { QUEUE_LIMIT = 32 * 1024 };

struct sidetone_dtls {
    SSL *ssl;
    /* The datagram that is being taken in. */
    const uint8_t *incoming;
    size_t incoming_length;
    queue outgoing;
    int has_failed;
};

/* Datagrams */

static void push(queue *queue, const uint8_t *bytes, size_t length) {
    size_t wanted = queue->end + sizeof(uint16_t) + length;
    if (length > SIDETONE_DTLS_DATAGRAM || wanted > QUEUE_LIMIT) { return; }
    if (wanted > queue->capacity) {
        uint8_t *grown = OPENSSL_realloc(queue->bytes, wanted);
        if (!grown) { return; }
        queue->bytes = grown;
        queue->capacity = wanted;
    }
    uint16_t prefix = (uint16_t)length;
    memcpy(queue->bytes + queue->end, &prefix, sizeof prefix);
    memcpy(queue->bytes + queue->end + sizeof prefix, bytes, length);
    queue->end = wanted;
}

static size_t pop(queue *queue, uint8_t *bytes) {
    if (queue->start == queue->end) {
        OPENSSL_free(queue->bytes);
        memset(queue, 0, sizeof *queue);
        return 0;
    }
    uint16_t length = 0;
    memcpy(&length, queue->bytes + queue->start, sizeof length);
    memcpy(bytes, queue->bytes + queue->start + sizeof length, length);
    queue->start += sizeof length + length;
    return length;
}

static int datagram_write(BIO *bio, const char *bytes, int length) {
    sidetone_dtls *association = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (length > 0) { push(&association->outgoing, (const uint8_t *)bytes, (size_t)length); }
    return length;
}

static int datagram_read(BIO *bio, char *bytes, int capacity) {
    sidetone_dtls *association = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!association->incoming || capacity <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    /* What does not fit is cut off, as a socket does. */
    size_t length = association->incoming_length;
    if (length > (size_t)capacity) { length = (size_t)capacity; }
    memcpy(bytes, association->incoming, length);
    association->incoming = NULL;
    return (int)length;
}

static long datagram_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
        case BIO_CTRL_FLUSH:
        case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: return 1;
        case BIO_CTRL_DGRAM_QUERY_MTU:
        case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return MTU;
        default: return 0;
    }
}

static int datagram_create(BIO *bio) {
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *datagram_method(void) {
    int type = BIO_get_new_index();
    BIO_METHOD *method = type == -1 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (!method) { return NULL; }
    if (BIO_meth_set_write(method, datagram_write) && BIO_meth_set_read(method, datagram_read)
        && BIO_meth_set_ctrl(method, datagram_control) && BIO_meth_set_create(method, datagram_create)) {
        return method;
    }
    BIO_meth_free(method);
    return NULL;
}

/* Identity */

/* Nothing is certified: the fingerprint is in the session description. */
static int accept_any(int is_verified, X509_STORE_CTX *store) {
    (void)is_verified;
    (void)store;
    return 1;
}

static X509 *certificate_of(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    uint64_t serial = 0;
    if (!certificate) { return NULL; }
    X509_NAME *name = X509_get_subject_name(certificate);
    int made = RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 && X509_set_version(certificate, 2)
        && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1)
        /* A clock that is behind ours by a day does no harm. */
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L)
        && X509_time_adj_ex(X509_getm_notAfter(certificate), 3650, 0, NULL)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"sidetone", -1, -1, 0)
        && X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key)
        && X509_sign(certificate, key, EVP_sha256());
    if (made) { return certificate; }
    X509_free(certificate);
    return NULL;
}

static int fingerprint_of(const X509 *certificate, uint8_t *fingerprint) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!X509_digest(certificate, EVP_sha256(), digest, &length) || length != SIDETONE_DTLS_FINGERPRINT) { return 0; }
    memcpy(fingerprint, digest, SIDETONE_DTLS_FINGERPRINT);
    return 1;
}

static int configure(SSL_CTX *context, EVP_PKEY *key, X509 *certificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) && SSL_CTX_use_certificate(context, certificate)
        && SSL_CTX_use_PrivateKey(context, key)
        && SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES")
        /* 0 is success here. */
        && SSL_CTX_set_tlsext_use_srtp(
               context, "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80") == 0;
}

void sidetone_dtls_identity_free(sidetone_dtls_identity *identity) {
    if (!identity) { return; }
    SSL_CTX_free(identity->context);
    BIO_meth_free(identity->datagrams);
    OPENSSL_free(identity);
}

sidetone_dtls_identity *sidetone_dtls_identity_make(void) {
    sidetone_dtls_identity *identity = OPENSSL_zalloc(sizeof *identity);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? certificate_of(key) : NULL;
    if (identity) {
        identity->context = SSL_CTX_new(DTLS_method());
        identity->datagrams = datagram_method();
    }
    int made = identity && certificate && identity->context && identity->datagrams
        && configure(identity->context, key, certificate) && fingerprint_of(certificate, identity->fingerprint);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (made) { return identity; }
    sidetone_dtls_identity_free(identity);
    return NULL;
}

void sidetone_dtls_identity_fingerprint(const sidetone_dtls_identity *identity, uint8_t *fingerprint) {
    memcpy(fingerprint, identity->fingerprint, SIDETONE_DTLS_FINGERPRINT);
}

/* Association */

void sidetone_dtls_free(sidetone_dtls *association) {
    if (!association) { return; }
    SSL_free(association->ssl);
    OPENSSL_free(association->outgoing.bytes);
    OPENSSL_free(association);
}

sidetone_dtls *sidetone_dtls_make(sidetone_dtls_identity *identity, int is_client) {
    sidetone_dtls *association = OPENSSL_zalloc(sizeof *association);
    if (!association) { return NULL; }
    association->ssl = SSL_new(identity->context);
    BIO *bio = association->ssl ? BIO_new(identity->datagrams) : NULL;
    if (!bio) {
        sidetone_dtls_free(association);
        return NULL;
    }
    BIO_set_data(bio, association);
    SSL_set_bio(association->ssl, bio, bio);
    SSL_set_mtu(association->ssl, MTU);
    if (is_client) { SSL_set_connect_state(association->ssl); } else { SSL_set_accept_state(association->ssl); }
    return association;
}

/* Goes on as far as what has come allows. */
static sidetone_dtls_state go_on(sidetone_dtls *association) {
    SSL *ssl = association->ssl;
    if (association->has_failed) { return SIDETONE_DTLS_FAILED; }
    ERR_clear_error();
    if (!SSL_is_init_finished(ssl)) {
        int result = SSL_do_handshake(ssl);
        int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
        association->has_failed = error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ
            && error != SSL_ERROR_WANT_WRITE;
    } else if (association->incoming) {
        /* A repeated flight of the peer, an alert, or data, which nobody here has a use for. */
        uint8_t nothing[256];
        while (SSL_read(ssl, nothing, sizeof nothing) > 0) {}
    }
    association->incoming = NULL;
    ERR_clear_error();
    if (association->has_failed) { return SIDETONE_DTLS_FAILED; }
    return SSL_is_init_finished(ssl) ? SIDETONE_DTLS_ESTABLISHED : SIDETONE_DTLS_HANDSHAKING;
}

sidetone_dtls_state sidetone_dtls_receive(sidetone_dtls *association, const uint8_t *bytes, size_t length) {
    association->incoming = length ? bytes : NULL;
    association->incoming_length = length;
    return go_on(association);
}

sidetone_dtls_state sidetone_dtls_advance(sidetone_dtls *association) {
    if (!association->has_failed && !SSL_is_init_finished(association->ssl)) {
        /* Fails when the flight has been repeated too often. */
        ERR_clear_error();
        if (DTLSv1_handle_timeout(association->ssl) < 0) { association->has_failed = 1; }
    }
    return go_on(association);
}

size_t sidetone_dtls_take(sidetone_dtls *association, uint8_t *bytes) {
    return pop(&association->outgoing, bytes);
}

int sidetone_dtls_peer_fingerprint(const sidetone_dtls *association, uint8_t *fingerprint) {
    X509 *certificate = SSL_get1_peer_certificate(association->ssl);
    int made = certificate && fingerprint_of(certificate, fingerprint);
    X509_free(certificate);
    return made;
}

uint16_t sidetone_dtls_profile(const sidetone_dtls *association) {
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(association->ssl);
    return profile && profile->id <= UINT16_MAX ? (uint16_t)profile->id : 0;
}

int sidetone_dtls_export(const sidetone_dtls *association, uint8_t *material, size_t length) {
    static const char label[] = "EXTRACTOR-dtls_srtp";
    return length <= SIDETONE_DTLS_MATERIAL
        && SSL_export_keying_material(
               association->ssl, material, length, label, sizeof label - 1, NULL, 0, 0) == 1;
}
