/* Places calls at a rate through a B2BUA and answers them, both ends in one process, and says what came of them.
 *
 * INVITE-180-200-ACK-BYE-200 over UDP, retransmitted as RFC 3261 section 17 says. Calls begin when they are due
 * whatever became of those before (open loop).
 * The number of a call is the user of its Request-URI and of the Contact of the answering end.
 *
 * Two times are told of each call. "setup" is what the calling end sees, from its INVITE to the moment that it has read
 * the 200: the generator looks at its sockets every 0.2 ms, so that time and its own waits for a processor are in it.
 * "server" is what the server took of it: from sending the INVITE to its arrival at the answering end, and from sending
 * the 200 to its arrival at the calling end, where arrival is the kernel's time stamp. What this program does between
 * them is no part of it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "CThreads.h"

enum { T1 = 500, T2 = 4000, TIMEOUT = 32000, BATCH = 64, LARGEST = 4096 };
enum { SLOTS = 1 << 20 };
enum state { FREE, INVITING, ANSWERED, LEAVING, COMPLETED, REJECTED, FAILED };

struct call {
    uint32_t number;
    uint8_t state, acked, proceeding, measured;
    uint16_t interval;          /* of the next retransmission, ms */
    uint16_t answer_interval;
    int64_t begun, left;        /* us */
    int64_t invite_sent, invite_arrived, answer_sent;   /* ns of the wall clock, of the first one of each; or 0 */
    char to_tag[48];            /* of the server, on the calling side */
    char target[72];            /* its Contact */
    char *answer;               /* the 200 that waits for its ACK */
};

/* Deadlines with the same delay come in order: one queue for each delay. */
struct entry { int64_t due; uint32_t number; uint8_t kind; };
struct queue { int64_t delay; struct entry *entries; size_t first, count, capacity; };
enum kind { RESEND, RESEND_ANSWER, LEAVE };
static struct queue queues[] = {{.delay = T1 * 1000}, {.delay = 2 * T1 * 1000}, {.delay = 4 * T1 * 1000},
                                {.delay = T2 * 1000}, {.delay = 2 * T2 * 1000}, {.delay = 4 * T2 * 1000},
                                {.delay = 0 /* hold */}};
enum { HOLD = 6 };

static struct call *calls;
static int caller, callee;
static struct sockaddr_in server, caller_address, callee_address;
static char server_text[32], caller_text[32], callee_text[32];
static uint32_t run;
static volatile sig_atomic_t released;

static struct {
    uint64_t begun, answered, completed, overloaded, rejected, failed, bye_failed, ack_missing, resent, dropped;
    uint64_t goodput, strangers;
} count;
struct times { uint32_t *values; size_t count, capacity; };
static struct times setup;      /* us, of measured calls */
static struct times in_server;  /* the same, less what the answering end and this program's looks at sockets took */
static int64_t window_start, window_end, lag;

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The clock of the kernel's time stamps. */
static int64_t wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fatal(const char *what) {
    perror(what);
    exit(2);
}

static void release(int signal) {
    (void)signal;
    released = 1;
}

/* Deadlines */

static void schedule(int64_t delay, uint32_t number, uint8_t kind, int64_t now) {
    struct queue *queue = &queues[HOLD];
    if (kind != LEAVE)
        for (queue = queues; queue->delay < delay && queue < &queues[HOLD - 1]; queue++) {}
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? queue->capacity * 2 : 1024;
        struct entry *entries = malloc(capacity * sizeof *entries);
        if (!entries) fatal("malloc");
        for (size_t i = 0; i < queue->count; i++)
            entries[i] = queue->entries[(queue->first + i) % queue->capacity];
        free(queue->entries);
        *queue = (struct queue){queue->delay, entries, 0, queue->count, capacity};
    }
    queue->entries[(queue->first + queue->count++) % queue->capacity] =
        (struct entry){now + queue->delay, number, kind};
}

/* Sending */

static void send_text(int socket, const struct sockaddr_in *to, const char *text, size_t length) {
    while (sendto(socket, text, length, 0, (const struct sockaddr *)to, sizeof *to) < 0) {
        if (errno == ECONNREFUSED || errno == EINTR) continue;
        if (errno != EAGAIN && errno != ENOBUFS) fatal("sendto");
        struct pollfd writable = {socket, POLLOUT, 0};
        poll(&writable, 1, 10);
    }
}

__attribute__((format(printf, 1, 2))) static void call_out(const char *format, ...) {
    char text[LARGEST];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    send_text(caller, &server, text, (size_t)length);
}

static void send_invite(const struct call *call) {
    static const char body[] = "v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                               "m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
                               "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n";
    call_out("INVITE sip:%u@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x-%u-i\r\nMax-Forwards: 70\r\n"
             "From: <sip:load@ims.example>;tag=%x\r\nTo: <sip:%u@ims.example>\r\nCall-ID: %x-%u@load\r\n"
             "CSeq: 1 INVITE\r\nContact: <sip:load@%s>\r\nP-Asserted-Identity: <sip:load@ims.example>\r\n"
             "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
             call->number, server_text, caller_text, run, call->number, call->number, call->number, run, call->number,
             caller_text, sizeof body - 1, body);
}

/* ACK of a 2xx (own branch, to the Contact), or of a refusal (the INVITE's branch and URI). */
static void send_ack(const struct call *call, int is_success, const char *to_tag) {
    char uri[96];
    if (is_success) snprintf(uri, sizeof uri, "%s", call->target);
    else snprintf(uri, sizeof uri, "sip:%u@%s", call->number, server_text);
    call_out("ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x-%u-%c\r\nMax-Forwards: 70\r\n"
             "From: <sip:load@ims.example>;tag=%x\r\nTo: <sip:%u@ims.example>;tag=%s\r\nCall-ID: %x-%u@load\r\n"
             "CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
             uri, caller_text, run, call->number, is_success ? 'a' : 'i', call->number, call->number, to_tag, run,
             call->number);
}

static void send_bye(const struct call *call) {
    call_out("BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x-%u-b\r\nMax-Forwards: 70\r\n"
             "From: <sip:load@ims.example>;tag=%x\r\nTo: <sip:%u@ims.example>;tag=%s\r\nCall-ID: %x-%u@load\r\n"
             "CSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
             call->target, caller_text, run, call->number, call->number, call->number, call->to_tag, run, call->number);
}

/* Reading */

static void note(struct times *times, int64_t microseconds) {
    if (times->count == times->capacity) {
        times->capacity = times->capacity ? times->capacity * 2 : 4096;
        times->values = realloc(times->values, times->capacity * sizeof *times->values);
        if (!times->values) fatal("realloc");
    }
    times->values[times->count++] = microseconds > 0 ? (uint32_t)microseconds : 0;
}

struct text { const char *start; size_t length; };

/* The value of the first field `name` (with its colon), without leading spaces. */
static struct text field(const char *message, const char *name) {
    size_t length = strlen(name);
    for (const char *line = strstr(message, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (*line == '\r') break;
        if (strncasecmp(line, name, length)) continue;
        const char *value = line + length, *end = strstr(value, "\r\n");
        while (*value == ' ') value++;
        return (struct text){value, end ? (size_t)(end - value) : strlen(value)};
    }
    return (struct text){"", 0};
}

static void copy_between(char *to, size_t size, struct text from, const char *start, const char *ends) {
    *to = 0;
    const char *found = memmem(from.start, from.length, start, strlen(start));
    if (!found) return;
    found += strlen(start);
    size_t length = strcspn(found, ends), room = (size_t)(from.start + from.length - found);
    if (length > room) length = room;
    if (length >= size) length = size - 1;
    memcpy(to, found, length);
    to[length] = 0;
}

static struct call *find(uint32_t number) {
    struct call *call = &calls[number % SLOTS];
    return call->state != FREE && call->number == number ? call : NULL;
}

static void leave(struct call *call, int64_t now) {
    call->state = LEAVING;
    call->interval = T1;
    call->left = now;
    send_bye(call);
    schedule(T1 * 1000, call->number, RESEND, now);
}

static void finish(struct call *call, enum state state) {
    call->state = (uint8_t)state;
}

static int64_t hold;            /* us; negative: until SIGUSR1 */

static void answered(struct call *call, const char *message, int64_t now, int64_t arrived) {
    copy_between(call->to_tag, sizeof call->to_tag, field(message, "To:"), ";tag=", ";\r");
    copy_between(call->target, sizeof call->target, field(message, "Contact:"), "<", ">");
    send_ack(call, 1, call->to_tag);
    call->state = ANSWERED;
    count.answered++;
    if (call->measured) {
        note(&setup, now - call->begun);
        if (call->invite_arrived && call->answer_sent)
            note(&in_server, (call->invite_arrived - call->invite_sent + arrived - call->answer_sent) / 1000);
    }
    if (hold == 0) leave(call, now);
    else if (hold > 0) schedule(hold, call->number, LEAVE, now);
}

/* A response, or a request of the server, at the calling end. */
static void caller_received(char *message, int64_t now, int64_t arrived) {
    if (strncmp(message, "SIP/2.0 ", 8)) {
        /* The server hangs up, which nobody asked it to do. */
        if (!strncmp(message, "BYE ", 4)) count.dropped++;
        return;
    }
    int status = atoi(message + 8);
    struct text id = field(message, "Call-ID:"), sequence = field(message, "CSeq:");
    unsigned of_run = 0, number = 0;
    if (sscanf(id.start, "%x-%u@", &of_run, &number) != 2 || of_run != run) { count.strangers++; return; }
    struct call *call = find(number);
    if (!call) return;
    int is_bye = sequence.start[0] == '2';
    if (is_bye) {
        if (status < 200 || call->state != LEAVING) return;
        if (status < 300) {
            finish(call, COMPLETED);
            count.completed++;
            if (now >= window_start && now < window_end) count.goodput++;
        } else {
            finish(call, FAILED);
            count.bye_failed++;
        }
        return;
    }
    if (status < 200) {
        call->proceeding = 1;
    } else if (status < 300) {
        if (call->state == INVITING) answered(call, message, now, arrived);
        else if (call->state == ANSWERED || call->state == LEAVING || call->state == COMPLETED)
            send_ack(call, 1, call->to_tag);
    } else {
        char tag[48];
        copy_between(tag, sizeof tag, field(message, "To:"), ";tag=", ";\r");
        send_ack(call, 0, tag);
        if (call->state != INVITING) return;
        finish(call, REJECTED);
        if (status == 503) count.overloaded++;
        else count.rejected++;
    }
}

/* A request at the answering end. */
static void callee_received(char *message, const struct sockaddr_in *from, int64_t now, int64_t arrived) {
    char *user = strstr(message, "sip:");
    if (!strncmp(message, "SIP/2.0", 7) || !user) return;
    uint32_t number = (uint32_t)strtoul(user + 4, NULL, 10);
    struct call *call = find(number);
    if (!call) return;
    if (!strncmp(message, "ACK ", 4)) {
        call->acked = 1;
        free(call->answer);
        call->answer = NULL;
        return;
    }
    int is_invite = !strncmp(message, "INVITE ", 7);
    if (is_invite && call->answer) {
        send_text(callee, from, call->answer, strlen(call->answer));
        return;
    }
    struct text via = field(message, "Via:"), source = field(message, "From:"), to = field(message, "To:"),
                id = field(message, "Call-ID:"), sequence = field(message, "CSeq:");
    char head[LARGEST], text[LARGEST];
    snprintf(head, sizeof head, "Via: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s%s\r\nCall-ID: %.*s\r\nCSeq: %.*s\r\n",
             (int)via.length, via.start, (int)source.length, source.start, (int)to.length, to.start,
             is_invite ? ";tag=" : "", is_invite ? "callee" : "", (int)id.length, id.start, (int)sequence.length,
             sequence.start);
    if (!is_invite) {
        int length = snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n%sContent-Length: 0\r\n\r\n", head);
        send_text(callee, from, text, (size_t)length);
        return;
    }
    call->invite_arrived = arrived;
    static const char body[] = "v=0\r\no=load 2 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                               "m=audio 6002 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
                               "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n";
    int length = snprintf(text, sizeof text, "SIP/2.0 180 Ringing\r\n%sContact: <sip:%u@%s>\r\nContent-Length: 0\r\n\r\n",
                          head, number, callee_text);
    send_text(callee, from, text, (size_t)length);
    length = snprintf(text, sizeof text,
                      "SIP/2.0 200 OK\r\n%sContact: <sip:%u@%s>\r\nContent-Type: application/sdp\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      head, number, callee_text, sizeof body - 1, body);
    call->answer_sent = wall_ns();
    send_text(callee, from, text, (size_t)length);
    call->answer = strdup(text);
    call->answer_interval = T1;
    schedule(T1 * 1000, number, RESEND_ANSWER, now);
}

/* When the kernel took a datagram from the network; 0 if it does not say. */
static int64_t arrival(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(part), sizeof time);
        return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return 0;
}

static int receive(int socket, int64_t now) {
    static char buffers[BATCH][LARGEST], controls[BATCH][CMSG_SPACE(sizeof(struct timespec))];
    static struct sockaddr_in from[BATCH];
    static struct iovec vectors[BATCH];
    static struct mmsghdr messages[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){buffers[i], LARGEST - 1};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i],
                                              .msg_iov = &vectors[i], .msg_iovlen = 1,
                                              .msg_control = controls[i], .msg_controllen = sizeof controls[i]};
    }
    int received = recvmmsg(socket, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < received; i++) {
        buffers[i][messages[i].msg_len] = 0;
        if (socket == caller) caller_received(buffers[i], now, arrival(&messages[i].msg_hdr));
        else callee_received(buffers[i], &from[i], now, arrival(&messages[i].msg_hdr));
    }
    return received;
}

/* Time */

static uint16_t doubled(uint16_t interval) { return interval * 2 > T2 ? T2 : (uint16_t)(interval * 2); }

static void handle(struct entry entry, int64_t now) {
    struct call *call = find(entry.number);
    if (!call) return;
    switch (entry.kind) {
    case LEAVE:
        if (call->state == ANSWERED) leave(call, now);
        break;
    case RESEND_ANSWER:
        if (!call->answer) break;
        if (now - call->begun > (int64_t)TIMEOUT * 1000) {
            count.ack_missing++;
            free(call->answer);
            call->answer = NULL;
            break;
        }
        count.resent++;
        call->answer_interval = doubled(call->answer_interval);
        send_text(callee, &server, call->answer, strlen(call->answer));
        schedule(call->answer_interval * 1000, call->number, RESEND_ANSWER, now);
        break;
    case RESEND: {
        int is_invite = call->state == INVITING;
        if (!is_invite && call->state != LEAVING) break;
        if (now - (is_invite ? call->begun : call->left) > (int64_t)TIMEOUT * 1000) {
            if (is_invite) count.failed++;
            else count.bye_failed++;
            finish(call, FAILED);
            break;
        }
        if (!is_invite || !call->proceeding) {
            count.resent++;
            if (is_invite) send_invite(call);
            else send_bye(call);
        }
        /* Only an INVITE goes on doubling beyond T2 (RFC 3261 section 17.1.1.2). */
        call->interval = is_invite ? (uint16_t)(call->interval * 2) : doubled(call->interval);
        schedule(call->interval * 1000, call->number, RESEND, now);
    }
    }
}

static int begin(uint32_t number, int64_t now) {
    struct call *call = &calls[number % SLOTS];
    if (call->state == INVITING || call->state == ANSWERED || call->state == LEAVING) return 0;
    free(call->answer);
    *call = (struct call){.number = number, .state = INVITING, .interval = T1, .begun = now};
    call->measured = now >= window_start && now < window_end;
    count.begun++;
    call->invite_sent = wall_ns();
    send_invite(call);
    schedule(T1 * 1000, number, RESEND, now);
    return 1;
}

/* User and system time of a process in clock ticks; 0 without one. */
static unsigned long cpu_ticks(const char *pid) {
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = pid ? fopen(path, "r") : NULL;
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *end = strrchr(text, ')');
    if (end) sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return user + system;
}

static int ascending(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static double percentile(const struct times *times, double share) {
    return times->count ? times->values[(size_t)(share * (double)(times->count - 1))] / 1000.0 : 0;
}

static struct sockaddr_in address(const char *text) {
    char host[32];
    int port = 0;
    struct sockaddr_in result = {.sin_family = AF_INET};
    if (sscanf(text, "%31[0-9.]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &result.sin_addr) != 1) {
        fprintf(stderr, "sipload: %s is not ADDRESS:PORT\n", text);
        exit(64);
    }
    result.sin_port = htons((uint16_t)port);
    return result;
}

static int bound(const struct sockaddr_in *local) {
    int size = 4 << 20, on = 1, descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) fatal("socket");
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fatal("SO_TIMESTAMPNS");
    if (bind(descriptor, (const struct sockaddr *)local, sizeof *local) < 0) fatal("bind");
    return descriptor;
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: sipload SERVER CALLER CALLEE CALLS-PER-SECOND SECONDS "
                        "[--warm-up SECONDS] [--hold SECONDS|release] [--progress CALLS]\n"
                        "       [--window-cpu PID]\n"
                        "  SERVER, CALLER and CALLEE are ADDRESS:PORT; with --hold release the calls stay until SIGUSR1\n");
        return 64;
    }
    snprintf(server_text, sizeof server_text, "%s", argv[1]);
    snprintf(caller_text, sizeof caller_text, "%s", argv[2]);
    snprintf(callee_text, sizeof callee_text, "%s", argv[3]);
    server = address(argv[1]);
    caller_address = address(argv[2]);
    callee_address = address(argv[3]);
    double rate = atof(argv[4]), seconds = atof(argv[5]), warm_up = 0;
    uint64_t progress = 0;
    const char *watched = NULL;
    unsigned long cpu_start = 0, cpu_end = 0;
    int is_window_open = 0, is_idle = 1;
    for (int i = 6; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--warm-up")) warm_up = atof(argv[i + 1]);
        else if (!strcmp(argv[i], "--hold")) hold = strcmp(argv[i + 1], "release") ? (int64_t)(atof(argv[i + 1]) * 1e6) : -1;
        else if (!strcmp(argv[i], "--window-cpu")) watched = argv[i + 1];
        else if (!strcmp(argv[i], "--progress")) progress = strtoull(argv[i + 1], NULL, 10);
    }
    queues[HOLD].delay = hold > 0 ? hold : 0;
    calls = calloc(SLOTS, sizeof *calls);
    if (!calls) fatal("calloc");
    /* What else runs on this processor stands for other machines, and must not keep this one waiting. */
    cthreads_set_turn(100000);
    caller = bound(&caller_address);
    callee = bound(&callee_address);
    signal(SIGUSR1, release);
    int64_t start = now_us(), now = start, end = start + (int64_t)((warm_up + seconds) * 1e6), paused = 0;
    run = (uint32_t)start;
    window_start = start + (int64_t)(warm_up * 1e6);
    window_end = end;
    uint32_t next = 0, last = (uint32_t)((warm_up + seconds) * rate + 0.5), is_held = 0, released_upto = 0;
    for (;;) {
        /* Not poll: on loopback it is the server that would spend its time on waking us up. */
        if (is_idle) nanosleep(&(struct timespec){0, 200000}, NULL);
        now = now_us();
        if (!is_window_open && now >= window_start) {
            cpu_start = cpu_ticks(watched);
            is_window_open = 1;
        }
        if (!cpu_end && now >= window_end) cpu_end = cpu_ticks(watched);
        int from_server = receive(caller, now), to_callee = receive(callee, now);
        is_idle = from_server < BATCH && to_callee < BATCH;
        for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
            struct queue *queue = &queues[i];
            while (queue->count && queue->entries[queue->first].due <= now) {
                struct entry entry = queue->entries[queue->first];
                queue->first = (queue->first + 1) % queue->capacity;
                queue->count--;
                handle(entry, now);
            }
        }
        for (int burst = 0; burst < BATCH && next < last; burst++) {
            int64_t due = start + paused + (int64_t)((double)next / rate * 1e6);
            if (due > now) break;
            if (now - due > lag) lag = now - due;
            if (!begin(next, now)) { paused += now - due + 1000; break; }
            next++;
            if (progress && next % progress == 0) {
                printf("begun=%u answered=%lu completed=%lu overloaded=%lu failed=%lu bye_failed=%lu\n", next,
                       count.answered, count.completed, count.overloaded, count.rejected + count.failed,
                       count.bye_failed);
                fflush(stdout);
            }
        }
        if (next < last) continue;
        uint64_t ended = count.completed + count.overloaded + count.rejected + count.failed + count.bye_failed;
        if (hold < 0) {
            if (!is_held && count.answered + ended >= count.begun) {
                printf("held=%lu\n", count.answered);
                fflush(stdout);
                is_held = 1;
            }
            if (!released) {
                end = now;  /* Patience counts from the release. */
                continue;
            }
            for (int burst = 0; burst < 8 && released_upto < last; burst++, released_upto++) {
                struct call *call = find(released_upto);
                if (call && call->state == ANSWERED) leave(call, now);
            }
        }
        if (ended >= count.begun || now > end + (int64_t)(TIMEOUT + 2000) * 1000 + (hold > 0 ? hold : 0)) break;
    }
    if (!cpu_end) cpu_end = cpu_ticks(watched);
    for (struct times *times = &setup; times; times = times == &setup ? &in_server : NULL)
        qsort(times->values, times->count, sizeof *times->values, ascending);
    uint64_t in_dialog = count.completed + count.bye_failed;
    printf("offered=%.0f begun=%lu answered=%lu completed=%lu goodput=%.1f overloaded=%lu rejected=%lu failed=%lu "
           "bye_failed=%lu ack_missing=%lu dropped=%lu in_dialog=%.5f resent=%lu setup_p50_ms=%.2f setup_p99_ms=%.2f "
           "setup_max_ms=%.2f server_p50_ms=%.3f server_p99_ms=%.3f cpu=%.0f generator_lag_ms=%.0f\n",
           rate, count.begun, count.answered, count.completed, (double)count.goodput / seconds, count.overloaded,
           count.rejected, count.failed, count.bye_failed, count.ack_missing, count.dropped,
           in_dialog ? (double)count.completed / (double)in_dialog : 1, count.resent, percentile(&setup, 0.5),
           percentile(&setup, 0.99), percentile(&setup, 1), percentile(&in_server, 0.5), percentile(&in_server, 0.99),
           100.0 * (double)(cpu_end - cpu_start) / (double)sysconf(_SC_CLK_TCK) / seconds,
           (double)lag / 1000);
    return 0;
}
