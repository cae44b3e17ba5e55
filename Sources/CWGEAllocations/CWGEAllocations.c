#include "CWGEAllocations.h"
#include <stddef.h>
#include <stdlib.h>

#if defined(__GLIBC__)
#include <errno.h>

// The functions of the C library by their own names; those of the standard's names, below, take their place in the
// executable that links this file, and in all libraries that it loads.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static long long count;

static void note(void) { __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED); }

long long wge_allocations(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  note();
  return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
  note();
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  note();
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *block = result;
  return 0;
}
#else
long long wge_allocations(void) { return -1; }
#endif
