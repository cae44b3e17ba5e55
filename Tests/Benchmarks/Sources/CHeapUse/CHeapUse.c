#include "CHeapUse.h"
#include <stdlib.h>

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
#include <malloc.h>
size_t heap_use(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
void heap_give_back(void) { malloc_trim(0); }
#else
size_t heap_use(void) { return 0; }
void heap_give_back(void) {}
#endif
