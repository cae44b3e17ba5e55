#ifndef C_HEAP_USE_H
#define C_HEAP_USE_H
#include <stddef.h>

/// Bytes that this process has allocated and not freed; 0 where the C library does not say.
size_t heap_use(void);

/// Hands memory that was freed, and that the C library kept, back to the system, where it can.
void heap_give_back(void);

#endif
