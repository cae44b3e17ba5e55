// libxcrypt: crypt_r hashes with state that the caller owns, so calls may run in parallel.
#ifndef CWGECRYPT_SHIM_H
#define CWGECRYPT_SHIM_H
#include <crypt.h>
#endif
