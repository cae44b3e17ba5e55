// libgit2 for Swift. Only what Swift cannot call itself is wrapped: the variadic git_libgit2_opts and
// initialisers whose version argument is a macro.
#ifndef CWGEGIT2_SHIM_H
#define CWGEGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <git2/sys/transport.h>

static inline int wge_git_set_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

static inline int wge_git_enable(int option, int on) {
  return git_libgit2_opts(option, on);
}

#endif
