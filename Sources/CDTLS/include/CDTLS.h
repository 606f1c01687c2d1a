#ifndef SIDETONE_CDTLS_H
#define SIDETONE_CDTLS_H

#include <stddef.h>
#include <stdint.h>

/* The handshake of DTLS-SRTP (RFC 5764) over datagrams that somebody else carries, from libssl. No type of that
 * library is visible here, and no socket is opened.
 *
 * DTLS 1.2 or later. The peer must show a certificate, of which nothing is checked but that the peer has its key:
 * whoever uses the keys compares its fingerprint first. */

/* A key and a self-signed certificate for all associations; may be used from any thread. */
typedef struct sidetone_dtls_identity sidetone_dtls_identity;

enum {
    /* Octets of a fingerprint, SHA-256 over the certificate. */
    SIDETONE_DTLS_FINGERPRINT = 32,
    /* Octets of the longest datagram that is made. */
    SIDETONE_DTLS_DATAGRAM = 1500,
    /* Octets of the most keying material that a profile has: keys of 32 and salts of 12, two of each. */
    SIDETONE_DTLS_MATERIAL = 88
};

/* Makes an ECDSA key on P-256 and a certificate for it. NULL when the library refuses. */
sidetone_dtls_identity *sidetone_dtls_identity_make(void);
/* No association of it may be left. */
void sidetone_dtls_identity_free(sidetone_dtls_identity *identity);
/* Writes SIDETONE_DTLS_FINGERPRINT octets. */
void sidetone_dtls_identity_fingerprint(const sidetone_dtls_identity *identity, uint8_t *fingerprint);

/* One association; belongs to one thread at a time. */
typedef struct sidetone_dtls sidetone_dtls;

typedef enum sidetone_dtls_state {
    SIDETONE_DTLS_HANDSHAKING = 0,
    SIDETONE_DTLS_ESTABLISHED = 1,
    SIDETONE_DTLS_FAILED = 2
} sidetone_dtls_state;

/* `is_client`: whether we send the first message. NULL when there is no memory. */
sidetone_dtls *sidetone_dtls_make(sidetone_dtls_identity *identity, int is_client);
void sidetone_dtls_free(sidetone_dtls *association);

/* Takes in one datagram; its octets are copied. A datagram that is no DTLS changes nothing. */
sidetone_dtls_state sidetone_dtls_receive(sidetone_dtls *association, const uint8_t *bytes, size_t length);
/* Begins, or repeats the last flight if it is time for that. Call every few ticks while handshaking. */
sidetone_dtls_state sidetone_dtls_advance(sidetone_dtls *association);
/* Takes the next datagram to send, at most SIDETONE_DTLS_DATAGRAM octets; 0 when there is none. */
size_t sidetone_dtls_take(sidetone_dtls *association, uint8_t *bytes);

/* Writes SIDETONE_DTLS_FINGERPRINT octets about the peer's certificate; 0 before it has shown one. */
int sidetone_dtls_peer_fingerprint(const sidetone_dtls *association, uint8_t *fingerprint);
/* The protection profile that was agreed on (RFC 5764 4.1.2, RFC 7714 14.2); 0 if none was. */
uint16_t sidetone_dtls_profile(const sidetone_dtls *association);
/* Writes `length` octets of keying material (RFC 5764 4.2): keys of client and server, salts of client and server.
 * 1 on success. */
int sidetone_dtls_export(const sidetone_dtls *association, uint8_t *material, size_t length);

#endif
