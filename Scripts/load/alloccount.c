/// Counts the calls of the allocator. Preloaded (LD_PRELOAD) into a program that asks for `alloccount`.
///
///   cc -O2 -shared -fPIC -o alloccount.so Scripts/load/alloccount.c
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

// The allocator of the C library under its other names, so that nothing has to be looked up.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static uint64_t calls;

/// Calls of malloc, calloc, realloc and the aligned ones, by all threads since the program began.
uint64_t alloccount(void) {
    return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

static void count(void) {
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count();
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : 12;
}
