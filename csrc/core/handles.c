/*
** handles.c - see handles.h.
*/
#include "handles.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "at_fork.h"
#include "clock.h"
#include "sync.h"

static struct wats_mutex pool_mutex = WATS_MUTEX_INIT;
static struct wats_handle *pool; /* guarded by pool_mutex, as is pool_size */
static size_t pool_size;
static struct wats_once once = WATS_ONCE_INIT;
static _Atomic long connections; /* open ones; of this process */

static void before_fork(void)
{
  wats_mutex_lock(&pool_mutex);
}

static void in_parent(void)
{
  wats_mutex_unlock(&pool_mutex);
}

/*
** The sockets of the parent's handles are shared with it: closing them here
** would shut its TLS sessions, so the child forgets them.
*/
static void in_child(void)
{
  pool = NULL;
  pool_size = 0;
  atomic_store(&connections, 0);
  wats_mutex_unlock(&pool_mutex);
}

/* Our threads live to the end of the process, and OpenSSL takes itself apart
** when exit begins: whoever of them is in it then crashes. It is told not to.
** Without effect where the host has it already, or libcurl has another. */
static void keep_openssl(void)
{
#if defined(RTLD_DEFAULT)
  const uint64_t no_atexit = 0x00080000; /* OPENSSL_INIT_NO_ATEXIT */
  int (*init)(uint64_t, const void *) = NULL;
  *(void **)&init = dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
  if (init) (void)init(no_atexit, NULL);
#endif
}

/* Never undone: another library of the host may be using libcurl. */
static void start(void)
{
  keep_openssl();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)wats_at_fork(WATS_FORK_HANDLES, before_fork, in_parent, in_child);
}

void wats_handles_start(void)
{
  wats_once(&once, start);
}

void wats_handle_begin(struct wats_handle *handle)
{
  if (!handle->begun_ns)
    handle->begun_ns = wats_clock_monotonic(&wats_system_clock);
}

static int on_resolve(void *resolver, void *reserved, void *handle)
{
  (void)resolver;
  (void)reserved;
  wats_handle_begin(handle);
  return 0;
}

/*
** A station's script starts other programs: one that inherited a connection
** would keep it open for as long as it runs.
*/
static curl_socket_t open_socket(void *handle, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
  curl_socket_t fd;
  (void)purpose;
  wats_handle_begin(handle);
#ifdef SOCK_CLOEXEC
  fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
              address->protocol);
#else
  fd = socket(address->family, address->socktype, address->protocol);
  if (fd != CURL_SOCKET_BAD) fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (fd != CURL_SOCKET_BAD)
    atomic_fetch_add_explicit(&connections, 1, memory_order_relaxed);
  return fd;
}

/* The handle that opened it may be gone. */
static int close_socket(void *nothing, curl_socket_t fd)
{
  (void)nothing;
  atomic_fetch_sub_explicit(&connections, 1, memory_order_relaxed);
  return close(fd);
}

size_t wats_handles_connections(void)
{
  long open = atomic_load_explicit(&connections, memory_order_relaxed);
  return open > 0 ? (size_t)open : 0;
}

static struct wats_handle *create_handle(void)
{
  struct wats_handle *handle = wats_calloc(1, sizeof *handle);
  CURL *curl;
  if (!handle) return NULL;
  handle->curl = curl = curl_easy_init();
  if (!curl) {
    wats_free(handle);
    return NULL;
  }
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle->message);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* not even from environment */
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, handle);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  curl_easy_setopt(curl, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
  curl_easy_setopt(curl, CURLOPT_RESOLVER_START_DATA, handle);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  return handle;
}

static void destroy_handle(struct wats_handle *handle)
{
  size_t i;
  curl_easy_cleanup(handle->curl);
  for (i = 0; i < WATS_HANDLE_SPARE; i++)
    wats_buffer_free(&handle->spare[i]);
  wats_free(handle);
}

struct wats_handle *wats_handle_take(void)
{
  struct wats_handle *handle;
  wats_once(&once, start);
  wats_mutex_lock(&pool_mutex);
  handle = pool;
  if (handle) {
    pool = handle->next;
    pool_size--;
  }
  wats_mutex_unlock(&pool_mutex);
  return handle ? handle : create_handle();
}

void wats_handle_give(struct wats_handle *handle)
{
  bool full;
  wats_mutex_lock(&pool_mutex);
  full = pool_size >= WATS_IDLE_HANDLES;
  if (!full) {
    handle->next = pool;
    pool = handle;
    pool_size++;
  }
  wats_mutex_unlock(&pool_mutex);
  if (full) destroy_handle(handle);
}

void wats_handles_drain(void)
{
  struct wats_handle *handle;
  wats_mutex_lock(&pool_mutex);
  handle = pool;
  pool = NULL;
  pool_size = 0;
  wats_mutex_unlock(&pool_mutex);
  while (handle) {
    struct wats_handle *next = handle->next;
    destroy_handle(handle);
    handle = next;
  }
}
