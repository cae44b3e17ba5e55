// What Swift cannot reach of libcurl by itself: its variadic setters and getters, one function per
// argument type, and the start of a detached thread with SIGPIPE blocked.
#ifndef CWGECURL_SHIM_H
#define CWGECURL_SHIM_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

// The type-checking macros of curl.h want literal options; here options are parameters.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

static inline CURLcode wge_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode wge_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl copies strings.
static inline CURLcode wge_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode wge_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode wge_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl copies the bytes.
static inline CURLcode wge_easy_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob;
  blob.data = (void *)bytes;
  blob.len = count;
  blob.flags = CURL_BLOB_COPY;
  return curl_easy_setopt(easy, option, &blob);
}

// The write, header and read callbacks share one signature.
typedef size_t (*wge_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode wge_easy_set_data_callback(CURL *easy, CURLoption option, wge_data_callback callback) {
  return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode wge_easy_set_seek_callback(CURL *easy, curl_seek_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode wge_easy_set_prereq_callback(CURL *easy, curl_prereq_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode wge_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode wge_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode wge_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

static inline void wge_sleep_milliseconds(int milliseconds) {
  struct timespec time;
  time.tv_sec = milliseconds / 1000;
  time.tv_nsec = (long)(milliseconds % 1000) * 1000000;
  nanosleep(&time, NULL);
}

struct wge_thread_start {
  void (*body)(void *);
  void *argument;
};

static inline void *wge_thread_main(void *raw) {
  struct wge_thread_start start = *(struct wge_thread_start *)raw;
  free(raw);
  // A peer that goes away must show as EPIPE, not end the process. SIGPIPE is sent to the thread
  // that writes, so blocking it here changes nothing for the host's other threads.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  start.body(start.argument);
  return NULL;
}

// Runs body(argument) on a new detached thread. Answers 0, or the errno of what failed; then body
// is never called.
static inline int wge_start_thread(void (*body)(void *), void *argument) {
  struct wge_thread_start *start = (struct wge_thread_start *)malloc(sizeof *start);
  if (start == NULL) return ENOMEM;
  start->body = body;
  start->argument = argument;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int failure = pthread_create(&thread, &attributes, wge_thread_main, start);
  pthread_attr_destroy(&attributes);
  if (failure != 0) free(start);
  return failure;
}

#endif
