// libssh2 for Swift. Its everyday functions are macros over `_ex` ones, which are called directly.
#ifndef CWGESSH2_SHIM_H
#define CWGESSH2_SHIM_H

#include <libssh2.h>

#endif
