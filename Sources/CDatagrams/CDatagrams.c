#define _GNU_SOURCE
#include "CDatagrams.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static const int64_t second = 1000000000;

static uint64_t load64(const uint8_t *octets) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | octets[i];
    return value;
}

static void store64(uint64_t value, uint8_t *octets) {
    for (int i = 7; i >= 0; i--, value >>= 8) octets[i] = (uint8_t)value;
}

static socklen_t to_address(const cdatagrams_endpoint *endpoint, address *out) {
    memset(out, 0, sizeof *out);
    if (endpoint->family == 6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(endpoint->port);
        store64(endpoint->high, out->v6.sin6_addr.s6_addr);
        store64(endpoint->low, out->v6.sin6_addr.s6_addr + 8);
        return sizeof out->v6;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(endpoint->port);
    out->v4.sin_addr.s_addr = htonl((uint32_t)endpoint->low);
    return sizeof out->v4;
}

static void from_address(const address *in, cdatagrams_endpoint *out) {
    if (in->any.sa_family == AF_INET6) {
        out->family = 6;
        out->port = ntohs(in->v6.sin6_port);
        out->high = load64(in->v6.sin6_addr.s6_addr);
        out->low = load64(in->v6.sin6_addr.s6_addr + 8);
    } else {
        out->family = 4;
        out->port = ntohs(in->v4.sin_port);
        out->high = 0;
        out->low = ntohl(in->v4.sin_addr.s_addr);
    }
}

int cdatagrams_open(const cdatagrams_endpoint *local, int receive_buffer, int dscp) {
    int domain = local->family == 6 ? AF_INET6 : AF_INET;
    int descriptor = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1, traffic_class = dscp << 2;
    if (domain == AF_INET6) {
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        if (dscp > 0) setsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
    } else if (dscp > 0) {
        setsockopt(descriptor, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
    }
    if (receive_buffer > 0) setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    address bound;
    socklen_t size = to_address(local, &bound);
    if (bind(descriptor, &bound.any, size) != 0) {
        int reason = errno;
        close(descriptor);
        return -reason;
    }
    return descriptor;
}

void cdatagrams_close(int descriptor) {
    close(descriptor);
}

int cdatagrams_receive(int descriptor, cdatagrams_datagram *datagrams, int count) {
    struct mmsghdr messages[CDATAGRAMS_BATCH];
    struct iovec vectors[CDATAGRAMS_BATCH];
    address peers[CDATAGRAMS_BATCH];
    union {
        struct cmsghdr alignment;
        uint8_t octets[CMSG_SPACE(sizeof(struct timespec))];
    } control[CDATAGRAMS_BATCH];
    if (count > CDATAGRAMS_BATCH) count = CDATAGRAMS_BATCH;
    for (int i = 0; i < count; i++) {
        vectors[i].iov_base = datagrams[i].bytes;
        vectors[i].iov_len = datagrams[i].length;
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = sizeof peers[i],
            .msg_iov = &vectors[i], .msg_iovlen = 1,
            .msg_control = &control[i], .msg_controllen = sizeof control[i],
        };
    }
    int received = recvmmsg(descriptor, messages, (unsigned)count, MSG_DONTWAIT, NULL);
    if (received < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    int64_t now = cdatagrams_wall_clock();
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &messages[i].msg_hdr;
        datagrams[i].length = messages[i].msg_len;
        datagrams[i].truncated = (header->msg_flags & MSG_TRUNC) != 0;
        datagrams[i].age = 0;
        from_address(&peers[i], &datagrams[i].peer);
        for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item)) {
            if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
            int64_t age = now - (stamp.tv_sec * second + stamp.tv_nsec);
            // The wall clock may have been set meanwhile: an age beyond a second is not believed.
            datagrams[i].age = age > 0 && age < second ? age : 0;
        }
    }
    return received;
}

int cdatagrams_send(int descriptor, const cdatagrams_datagram *datagrams, int count) {
    if (count == 1) {
        address peer;
        socklen_t size = to_address(&datagrams->peer, &peer);
        ssize_t sent = sendto(descriptor, datagrams->bytes, datagrams->length, MSG_DONTWAIT, &peer.any, size);
        return sent < 0 ? -errno : 1;
    }
    struct mmsghdr messages[CDATAGRAMS_BATCH];
    struct iovec vectors[CDATAGRAMS_BATCH];
    address peers[CDATAGRAMS_BATCH];
    if (count > CDATAGRAMS_BATCH) count = CDATAGRAMS_BATCH;
    for (int i = 0; i < count; i++) {
        vectors[i].iov_base = datagrams[i].bytes;
        vectors[i].iov_len = datagrams[i].length;
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = to_address(&datagrams[i].peer, &peers[i]),
            .msg_iov = &vectors[i], .msg_iovlen = 1,
        };
    }
    int sent = sendmmsg(descriptor, messages, (unsigned)count, MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

int cdatagrams_send_segments(
    int descriptor, const cdatagrams_endpoint *peer, const uint8_t *bytes, uint32_t length, uint16_t segment) {
    union {
        struct cmsghdr alignment;
        uint8_t octets[CMSG_SPACE(sizeof(uint16_t))];
    } control = { 0 };
    address remote;
    socklen_t size = to_address(peer, &remote);
    struct iovec vector = { .iov_base = (void *)bytes, .iov_len = length };
    struct msghdr header = {
        .msg_name = &remote, .msg_namelen = size, .msg_iov = &vector, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control,
    };
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = IPPROTO_UDP;
    item->cmsg_type = UDP_SEGMENT;
    item->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(item), &segment, sizeof segment);
    return sendmsg(descriptor, &header, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int cdatagrams_poll_open(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll < 0 ? -errno : poll;
}

int cdatagrams_poll_add(int poll, int descriptor, uint64_t token) {
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = token };
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int cdatagrams_poll_remove(int poll, int descriptor) {
    struct epoll_event unused = { 0 };
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &unused) < 0 ? -errno : 0;
}

int cdatagrams_poll_ready(int poll, uint64_t *tokens, int count) {
    struct epoll_event events[CDATAGRAMS_BATCH];
    if (count > CDATAGRAMS_BATCH) count = CDATAGRAMS_BATCH;
    int ready = epoll_wait(poll, events, count, 0);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < ready; i++) tokens[i] = events[i].data.u64;
    return ready;
}

int64_t cdatagrams_wall_clock(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * second + time.tv_nsec;
}
