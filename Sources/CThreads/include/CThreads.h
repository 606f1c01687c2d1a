/// The scheduler of Linux, as far as a thread may speak with it about itself, for Swift.
#ifndef SIDETONE_CTHREADS_H
#define SIDETONE_CTHREADS_H

#include <stdint.h>

/// Asks for turns of `nanoseconds` (100 000 to 100 000 000) on the processor for the calling thread (sched_setattr(2),
/// `sched_runtime` of SCHED_OTHER, Linux 6.12). Its share stays the same; a thread with shorter turns interrupts it when
/// it wakes up. Older kernels take the request and do nothing; a thread of a real-time policy is left as it is.
///
/// Answers 0, or a negative `errno`.
int cthreads_set_turn(int64_t nanoseconds);

/// The turns of the calling thread in nanoseconds; 0 where the kernel does not say.
int64_t cthreads_turn(void);

#endif
