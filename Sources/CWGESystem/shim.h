// What glibc declares for those alone who ask for its own extensions.
#ifndef CWGESYSTEM_SHIM_H
#define CWGESYSTEM_SHIM_H

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
// Declared here, for _GNU_SOURCE changes types that Swift's own view of the headers has without it.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int pipe2(int[2], int);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
#endif

/// A connection that no program inherits; -1 with errno.
static inline int wge_accept(int listener) {
#ifdef __linux__
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
#else
  int connection = accept(listener, NULL, NULL);
  if (connection >= 0) fcntl(connection, F_SETFD, FD_CLOEXEC);
  return connection;
#endif
}

/// A pipe that no program inherits; -1 with errno.
static inline int wge_pipe(int ends[2]) {
#ifdef __linux__
  return pipe2(ends, O_CLOEXEC);
#else
  int made = pipe(ends);
  if (made == 0) {
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  }
  return made;
#endif
}

/// Lets a program start in a folder.
static inline int wge_spawn_in(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

#endif
