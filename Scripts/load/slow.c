/* Holds TCP connections that send one octet a second each, opening anew those that the server closes; or takes such
 * connections in, as the least that any server has to do for them.
 *
 *   slow send ADDRESS:PORT CONNECTIONS SOURCE-NETWORK
 *   slow take ADDRESS:PORT
 *
 * SOURCE-NETWORK is the first three numbers of the IPv4 addresses to come from, such as 127.0.20. "send" prints "ready"
 * once all connections have been tried, and when it is told to end how many were opened, refused and closed, and how
 * many octets were sent. "take" reads, and closes each connection 5 s after it came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 1 << 16, EVENTS = 256, PERIOD = 1000, LIFETIME = 5000 };
static const char message[] =
    "INVITE sip:slow@ims.example SIP/2.0\r\nVia: SIP/2.0/TCP slow.example;branch=z9hG4bKslow\r\nX-Padding: ";

static volatile sig_atomic_t ended;
static int epoll;

static void end(int signal) {
    (void)signal;
    ended = 1;
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void fatal(const char *what) {
    perror(what);
    exit(2);
}

static void watch(int descriptor, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u32 = number};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) fatal("epoll_ctl");
}

/* Sending: each connection has its turn once in a period, all of them evenly spread. */

struct sender { int descriptor; size_t sent; };
static struct { uint64_t opened, refused, closed, octets; } count;

static void open_sender(struct sender *sender, uint32_t index, const struct sockaddr_in *server, const char *network) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    char text[32];
    snprintf(text, sizeof text, "%s.%u", network, index % 250 + 1);
    if (inet_pton(AF_INET, text, &source.sin_addr) != 1) exit(64);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) fatal("socket");
    if (bind(descriptor, (const struct sockaddr *)&source, sizeof source) < 0 ||
        (connect(descriptor, (const struct sockaddr *)server, sizeof *server) < 0 && errno != EINPROGRESS)) {
        count.refused++;
        close(descriptor);
        return;
    }
    count.opened++;
    *sender = (struct sender){descriptor, 0};
    watch(descriptor, index);
}

static void send_octet(struct sender *sender) {
    char octet = sender->sent < sizeof message - 1 ? message[sender->sent] : 'x';
    if (send(sender->descriptor, &octet, 1, MSG_NOSIGNAL) != 1) return;
    sender->sent++;
    count.octets++;
}

static void close_sender(struct sender *sender) {
    close(sender->descriptor);
    sender->descriptor = -1;
    count.closed++;
}

static void run_senders(const struct sockaddr_in *server, uint32_t connections, const char *network) {
    struct sender *senders = calloc(connections, sizeof *senders);
    if (!senders) fatal("calloc");
    for (uint32_t i = 0; i < connections; i++) senders[i].descriptor = -1;
    struct epoll_event events[EVENTS];
    int64_t start = now_ms();
    uint64_t turns = 0;
    while (!ended) {
        int ready = epoll_wait(epoll, events, EVENTS, 1);
        for (int i = 0; i < ready; i++) {
            struct sender *sender = &senders[events[i].data.u32];
            char reply[4096];
            /* Nothing is expected back: what comes, or the end of the stream, ends the connection. */
            ssize_t length = recv(sender->descriptor, reply, sizeof reply, 0);
            if (length >= 0 || (errno != EAGAIN && errno != EINTR)) close_sender(sender);
        }
        uint64_t due = (uint64_t)(now_ms() - start) * connections / PERIOD;
        for (; turns < due && !ended; turns++) {
            uint32_t index = (uint32_t)(turns % connections);
            if (senders[index].descriptor < 0) open_sender(&senders[index], index, server, network);
            else send_octet(&senders[index]);
            if (turns + 1 == connections) {
                puts("ready");
                fflush(stdout);
            }
        }
    }
    uint32_t standing = 0;
    for (uint32_t i = 0; i < connections; i++) standing += senders[i].descriptor >= 0;
    printf("opened=%lu refused=%lu closed=%lu standing=%u octets=%lu\n", count.opened, count.refused, count.closed,
           standing, count.octets);
}

/* Taking */

static void run_sink(const struct sockaddr_in *local) {
    static struct { int64_t due; int descriptor; } waiting[SLOTS];
    uint32_t first = 0, last = 0;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0) fatal("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (const struct sockaddr *)local, sizeof *local) < 0 || listen(listener, 1024) < 0) fatal("bind");
    watch(listener, (uint32_t)listener);
    struct epoll_event events[EVENTS];
    while (!ended) {
        int ready = epoll_wait(epoll, events, EVENTS, 100);
        int64_t now = now_ms();
        /* Until then a descriptor is kept, whatever its peer does, so that none is closed for another. */
        for (; first != last && waiting[first % SLOTS].due <= now; first++) close(waiting[first % SLOTS].descriptor);
        for (int i = 0; i < ready; i++) {
            int descriptor = (int)events[i].data.u32;
            if (descriptor == listener) {
                while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    waiting[last % SLOTS].due = now + LIFETIME;
                    waiting[last++ % SLOTS].descriptor = descriptor;
                    watch(descriptor, (uint32_t)descriptor);
                }
                continue;
            }
            char octets[4096];
            if (recv(descriptor, octets, sizeof octets, 0) == 0) epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
        }
    }
}

int main(int argc, char **argv) {
    char host[32];
    int port = 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int sends = argc == 5 && !strcmp(argv[1], "send"), takes = argc == 3 && !strcmp(argv[1], "take");
    if (!(sends || takes) || sscanf(argv[2], "%31[0-9.]:%d", host, &port) != 2 ||
        inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fputs("usage: slow send ADDRESS:PORT CONNECTIONS SOURCE-NETWORK\n       slow take ADDRESS:PORT\n", stderr);
        return 64;
    }
    address.sin_port = htons((uint16_t)port);
    signal(SIGTERM, end);
    signal(SIGINT, end);
    epoll = epoll_create1(0);
    if (epoll < 0) fatal("epoll_create1");
    if (sends) run_senders(&address, (uint32_t)atoi(argv[3]), argv[4]);
    else run_sink(&address);
    return 0;
}
