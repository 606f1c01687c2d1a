/// UDP in batches, and readiness, for Swift: the functions of Linux that its Glibc module does not show.
///
/// All types are our own, so that no feature macro changes the types of the C library for Swift.
/// Every function answers a count or a descriptor, or a negative `errno`. None blocks and none allocates.
#ifndef SIDETONE_CDATAGRAMS_H
#define SIDETONE_CDATAGRAMS_H

#include <stdint.h>

/// The most datagrams one call carries.
#define CDATAGRAMS_BATCH 32

/// An IP address and port in host byte order.
typedef struct {
    /// IPv6: the first eight octets. IPv4: zero.
    uint64_t high;
    /// IPv6: the last eight octets. IPv4: the address in the low 32 bits.
    uint64_t low;
    uint16_t port;
    /// 4 or 6.
    uint8_t family;
} cdatagrams_endpoint;

typedef struct {
    uint8_t *bytes;
    /// Receiving: size of the buffer on the way in, octets received on the way out. Sending: octets to send.
    uint32_t length;
    /// Receiving: the datagram was longer than the buffer.
    uint8_t truncated;
    /// Receiving: nanoseconds since the kernel took the datagram in; 0 if it did not say.
    int64_t age;
    cdatagrams_endpoint peer;
} cdatagrams_datagram;

/// Opens and binds a non-blocking UDP socket that shares its port with nobody.
///
/// `receive_buffer`: octets, 0 for the system's default. `dscp`: 0...63, marks what is sent.
/// Answers the descriptor.
int cdatagrams_open(const cdatagrams_endpoint *local, int receive_buffer, int dscp);

void cdatagrams_close(int descriptor);

/// Takes in up to `count` (at most CDATAGRAMS_BATCH) datagrams; 0 when none is there.
int cdatagrams_receive(int descriptor, cdatagrams_datagram *datagrams, int count);

/// Sends `count` datagrams; answers how many the kernel took.
int cdatagrams_send(int descriptor, const cdatagrams_datagram *datagrams, int count);

/// Sends `length` octets to one peer as datagrams of `segment` octets each, the last one perhaps shorter, which the
/// kernel takes through its stack as one (UDP generic segmentation offload, Linux 4.18).
///
/// At most 64 datagrams, and 65 000 octets. Answers 0; a negative `errno` where the kernel or the way to the peer cannot.
int cdatagrams_send_segments(
    int descriptor, const cdatagrams_endpoint *peer, const uint8_t *bytes, uint32_t length, uint16_t segment);

int cdatagrams_poll_open(void);
int cdatagrams_poll_add(int poll, int descriptor, uint64_t token);
int cdatagrams_poll_remove(int poll, int descriptor);
/// Writes the tokens of at most `count` (at most CDATAGRAMS_BATCH) readable descriptors; does not wait.
int cdatagrams_poll_ready(int poll, uint64_t *tokens, int count);

/// Nanoseconds between the Unix epoch and now.
int64_t cdatagrams_wall_clock(void);

#endif
