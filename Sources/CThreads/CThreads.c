#define _GNU_SOURCE
#include "CThreads.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first version of struct sched_attr (sched_setattr(2)), which no header of the C library has before 2.41. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static long get(struct attributes *attributes) {
    return syscall(SYS_sched_getattr, 0, attributes, sizeof *attributes, 0);
}

int cthreads_set_turn(int64_t nanoseconds) {
    struct attributes attributes = { 0 };
    if (get(&attributes) < 0) return -errno;
    if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return 0;
    attributes.size = sizeof attributes;
    attributes.runtime = (uint64_t)nanoseconds;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}

int64_t cthreads_turn(void) {
    struct attributes attributes = { 0 };
    return get(&attributes) < 0 ? 0 : (int64_t)attributes.runtime;
}
