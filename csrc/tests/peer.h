/*
** peer.h - a server that says exactly what it is told, byte for byte.
**
** It listens on 127.0.0.1, on a port that the system picks. A script of turns
** is played in order: each request that comes, on whatever connection, takes
** the next one; the last turn serves all that follow if it is PEER_AGAIN. With
** no turn left the connection is closed. What came is kept to be looked at.
** One thread takes connections, one more serves each; peer_close ends all of
** them. Faults are the point: it knows no more HTTP than where a request ends.
*/
#ifndef WATS_PEER_H
#define WATS_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/sync.h"
#include "test.h"

enum peer_end {
  PEER_KEEP,      /* wait for the next request */
  PEER_CLOSE,     /* FIN: read and write */
  PEER_RESET,     /* RST */
  PEER_SILENT,    /* keep it open, but read no more until peer_close */
  PEER_AT_ACCEPT, /* play the turn before anything is read; then close */
  PEER_IDLE_CLOSE /* answer, and close a moment later, without a word */
};

struct peer_turn {
  const char *bytes; /* borrowed until peer_close */
  size_t length;
  enum peer_end end;
  bool again;   /* stays for all requests that follow */
  int delay_ms; /* before the first byte */
  int drip_ms;  /* between one byte and the next; 0: all at once */
};

#define PEER_TURNS       64
#define PEER_REQUESTS    64 /* kept; all are counted */
#define PEER_CONNECTIONS 128

struct peer_request {
  char *text; /* head and body, NUL-terminated */
  size_t length;
  size_t head; /* with its blank line */
  int connection;
};

struct peer {
  int listener, port;
  char url[64]; /* "http://127.0.0.1:port" */
  struct wats_thread thread;
  struct wats_mutex mutex; /* over what follows */
  bool closing;
  struct peer_turn turns[PEER_TURNS];
  int turn_count, turn_next;
  struct peer_request requests[PEER_REQUESTS];
  int request_count, connection_count;
  struct {
    int fd;
    struct wats_thread thread;
    struct peer *peer;
    int number;
  } connections[PEER_CONNECTIONS];
};

static inline void peer_sleep(int ms)
{
  struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
  nanosleep(&t, NULL);
}

/* In slices, so that peer_close need not wait for it. */
static inline void peer_wait(struct peer *p, int ms)
{
  bool closing = false;
  while (ms > 0 && !closing) {
    int slice = ms < 20 ? ms : 20;
    peer_sleep(slice);
    ms -= slice;
    wats_mutex_lock(&p->mutex);
    closing = p->closing;
    wats_mutex_unlock(&p->mutex);
  }
}

static inline bool peer_write(int fd, const char *bytes, size_t length)
{
  while (length) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

/* Where the head ends, or 0. */
static inline size_t peer_head_length(const char *text, size_t length)
{
  size_t i;
  for (i = 3; i < length; i++)
    if (memcmp(text + i - 3, "\r\n\r\n", 4) == 0) return i + 1;
  return 0;
}

static inline size_t peer_body_length(const char *head)
{
  const char *field = strstr(head, "\r\nContent-Length: ");
  return field ? strtoul(field + 18, NULL, 10) : 0;
}

/* One whole request; false at the end of the connection. */
static inline bool peer_read(int fd, struct peer_request *out)
{
  size_t room = 65536, wanted = 0;
  out->text = malloc(room + 1);
  out->length = out->head = 0;
  while (out->text && (!out->head || out->length < wanted)) {
    ssize_t n;
    if (out->length == room) {
      char *more = realloc(out->text, (room *= 2) + 1);
      if (!more) break;
      out->text = more;
    }
    n = recv(fd, out->text + out->length, room - out->length, 0);
    if (n <= 0) break;
    out->length += (size_t)n;
    out->text[out->length] = '\0';
    if (out->head) continue;
    out->head = peer_head_length(out->text, out->length);
    if (out->head) wanted = out->head + peer_body_length(out->text);
  }
  if (out->head && out->length >= wanted) return true;
  free(out->text);
  return false;
}

/* False when the script is over: then the connection ends. */
static inline bool peer_next_turn(struct peer *p, struct peer_turn *turn)
{
  bool any;
  wats_mutex_lock(&p->mutex);
  any = p->turn_next < p->turn_count;
  if (any) *turn = p->turns[p->turn_next];
  if (any && !turn->again) p->turn_next++;
  wats_mutex_unlock(&p->mutex);
  return any;
}

/* Is the turn to come one that is played before anything is read? */
static inline bool peer_acts_first(struct peer *p)
{
  bool first;
  wats_mutex_lock(&p->mutex);
  first = p->turn_next < p->turn_count &&
          p->turns[p->turn_next].end == PEER_AT_ACCEPT;
  wats_mutex_unlock(&p->mutex);
  return first;
}

static inline void peer_keep_request(struct peer *p,
                                     struct peer_request *request, int number)
{
  request->connection = number;
  wats_mutex_lock(&p->mutex);
  if (p->request_count < PEER_REQUESTS)
    p->requests[p->request_count] = *request;
  else
    free(request->text);
  p->request_count++;
  wats_mutex_unlock(&p->mutex);
}

/* Returns whether the connection stays. */
static inline bool peer_play(struct peer *p, int fd,
                             const struct peer_turn *turn)
{
  struct linger reset = {1, 0};
  size_t i;
  peer_wait(p, turn->delay_ms);
  for (i = 0; turn->drip_ms && i < turn->length; i++) {
    if (!peer_write(fd, turn->bytes + i, 1)) return false;
    peer_wait(p, turn->drip_ms);
  }
  if (!turn->drip_ms && !peer_write(fd, turn->bytes, turn->length))
    return false;
  switch (turn->end) {
  case PEER_KEEP:
    return true;
  case PEER_SILENT:
    peer_wait(p, 60000);
    return false;
  case PEER_RESET:
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return false;
  case PEER_IDLE_CLOSE:
    peer_wait(p, 30);
    return false;
  default:
    return false;
  }
}

static inline void *peer_serve(void *argument)
{
  struct peer *p = ((void **)argument)[0];
  int number = (int)(intptr_t)((void **)argument)[1];
  int fd = p->connections[number].fd;
  struct peer_turn turn;
  bool stays = true;
  free(argument);
  if (peer_acts_first(p) && peer_next_turn(p, &turn)) {
    peer_play(p, fd, &turn);
    stays = false;
  }
  while (stays) {
    struct peer_request request;
    if (!peer_read(fd, &request)) break;
    peer_keep_request(p, &request, number);
    stays = peer_next_turn(p, &turn) && peer_play(p, fd, &turn);
  }
  wats_mutex_lock(&p->mutex);
  p->connections[number].fd = -1;
  wats_mutex_unlock(&p->mutex);
  close(fd);
  return NULL;
}

static inline void peer_take_connection(struct peer *p, int fd)
{
  void **argument = malloc(2 * sizeof *argument);
  int number, one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  wats_mutex_lock(&p->mutex);
  number = p->connection_count;
  if (!argument || p->closing || number == PEER_CONNECTIONS) {
    close(fd);
    free(argument);
  } else {
    argument[0] = p;
    argument[1] = (void *)(intptr_t)number;
    p->connections[number].fd = fd;
    p->connection_count++;
    if (wats_thread_start(&p->connections[number].thread, peer_serve, argument))
      abort();
  }
  wats_mutex_unlock(&p->mutex);
}

static inline void *peer_accept(void *argument)
{
  struct peer *p = argument;
  for (;;) {
    int fd = accept(p->listener, NULL, NULL);
    if (fd < 0) return NULL; /* peer_close shut it */
    peer_take_connection(p, fd);
  }
}

static inline struct peer *peer_open(void)
{
  struct sockaddr_in address = {0};
  socklen_t size = sizeof address;
  struct peer *p = calloc(1, sizeof *p);
  if (!p || wats_mutex_init(&p->mutex)) abort();
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(p->listener, (struct sockaddr *)&address, size) ||
      listen(p->listener, 64) ||
      getsockname(p->listener, (struct sockaddr *)&address, &size))
    abort();
  p->port = ntohs(address.sin_port);
  snprintf(p->url, sizeof p->url, "http://127.0.0.1:%d", p->port);
  if (wats_thread_start(&p->thread, peer_accept, p)) abort();
  return p;
}

/* Adds a turn; returns it, so that its other members can be set. Not while
** requests are under way that it should serve. */
static inline struct peer_turn *peer_bytes(struct peer *p, const char *bytes,
                                           size_t length, enum peer_end end)
{
  struct peer_turn *turn;
  wats_mutex_lock(&p->mutex);
  if (p->turn_count == PEER_TURNS) abort();
  turn = &p->turns[p->turn_count];
  memset(turn, 0, sizeof *turn);
  turn->bytes = bytes;
  turn->length = length;
  turn->end = end;
  p->turn_count++;
  wats_mutex_unlock(&p->mutex);
  return turn;
}

static inline struct peer_turn *peer_says(struct peer *p, const char *text)
{
  return peer_bytes(p, text, strlen(text), PEER_KEEP);
}

static inline struct peer_turn *peer_ends(struct peer *p, const char *text,
                                          enum peer_end end)
{
  return peer_bytes(p, text, strlen(text), end);
}

/* Says it to every request from now on. */
static inline void peer_repeats(struct peer *p, const char *text)
{
  wats_mutex_lock(&p->mutex);
  if (p->turn_count == PEER_TURNS) abort();
  p->turns[p->turn_count++] = (struct peer_turn){
      .bytes = text, .length = strlen(text), .end = PEER_KEEP, .again = true};
  wats_mutex_unlock(&p->mutex);
}

/* How many requests came, over how many connections. */
static inline int peer_requests(struct peer *p)
{
  int n;
  wats_mutex_lock(&p->mutex);
  n = p->request_count;
  wats_mutex_unlock(&p->mutex);
  return n;
}

static inline int peer_connections(struct peer *p)
{
  int n;
  wats_mutex_lock(&p->mutex);
  n = p->connection_count;
  wats_mutex_unlock(&p->mutex);
  return n;
}

/* Request `i` (from 0) as it came, or "" when there is none. */
static inline const char *peer_request(struct peer *p, int i)
{
  const char *text;
  wats_mutex_lock(&p->mutex);
  text = i >= 0 && i < p->request_count && i < PEER_REQUESTS
             ? p->requests[i].text
             : "";
  wats_mutex_unlock(&p->mutex);
  return text;
}

/* The value of a field in request `i`, in a buffer of its own; NULL: absent. */
static inline const char *peer_field(struct peer *p, int i, const char *name)
{
  static _Thread_local char value[512];
  char wanted[96];
  const char *text = peer_request(p, i), *at;
  const char *end = strstr(text, "\r\n\r\n");
  snprintf(wanted, sizeof wanted, "\r\n%s:", name);
  at = strstr(text, wanted);
  if (!at || !end || at > end) return NULL;
  at += strlen(wanted);
  at += strspn(at, " ");
  snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
  return value;
}

static inline void peer_close(struct peer *p)
{
  int i, n;
  wats_mutex_lock(&p->mutex);
  p->closing = true;
  for (i = 0; i < p->connection_count; i++)
    if (p->connections[i].fd >= 0) shutdown(p->connections[i].fd, SHUT_RDWR);
  n = p->connection_count;
  wats_mutex_unlock(&p->mutex);
  shutdown(p->listener, SHUT_RDWR);
  wats_thread_join(&p->thread);
  close(p->listener);
  for (i = 0; i < n; i++)
    wats_thread_join(&p->connections[i].thread);
  for (i = 0; i < p->request_count && i < PEER_REQUESTS; i++)
    free(p->requests[i].text);
  wats_mutex_destroy(&p->mutex);
  free(p);
}

#endif
