#ifndef C_HEAP_USE_H
#define C_HEAP_USE_H
#include <stddef.h>

/// Bytes that this process has allocated and not freed; 0 where the C library does not say.
size_t heap_use(void);

#endif
