#ifndef CWGE_ALLOCATIONS_H
#define CWGE_ALLOCATIONS_H

/// Blocks that this process has asked the C library's heap for since it started; -1 where they cannot be counted.
///
/// For measuring only: an executable that links this target counts each call of malloc and its kin, which costs a few
/// nanoseconds a call. Counting needs glibc.
long long wge_allocations(void);

#endif
