/*
** health_state.h - what the parts of health.h share.
**
**   health_slots.c   slots, the process's one server, fork
**   health_server.c  its two threads: requests in, answers out
**   health_figures.c gauges of slots and checks
**   health_view.c    what stands how, and what follows from that
**   health_pages.c   the same as JSON
**   health_probe.c   is the server that a slot needs there?
**
** One lock guards all that changes, of all slots and servers; it is held for
** copies alone, never while something is read that may wait. Locks are taken in
** this order: `life` (starting and stopping), `turn` (the serving thread works;
** a fork waits for it), the lock.
*/
#ifndef WATS_HEALTH_STATE_H
#define WATS_HEALTH_STATE_H

#include <stdatomic.h>

#include "client_pending.h"
#include "health.h"
#include "health_accept.h"
#include "health_access.h"
#include "httpd.h"
#include "notify.h"
#include "service.h"
#include "sync.h"

struct wats_health_check {
  char name[WATS_HEALTH_NAME + 1];
  char text[WATS_HEALTH_TEXT + 1];
  bool ok;
  struct wats_metric *gauge;
};

struct wats_health {
  struct wats_health *next;          /* in the server's list */
  struct wats_health_server *server; /* NULL: stopped, or a child's parent's */
  unsigned references;
  char *slot;
  struct wats_registry *registry; /* retained */
  struct wats_client *client;     /* retained */
  struct wats_health_source queue;
  int64_t timeout_ns; /* of the heartbeat; 0: none */
  _Atomic int64_t beat_ns;
  struct wats_metric *age; /* gauge; NULL: no heartbeat */
  struct wats_health_check *checks;
  size_t check_count;
  int64_t server_within_ns;
  /* The serving thread's: */
  int64_t probed_ns; /* -1: never */
  bool probing;
  struct wats_health *next_probing; /* in the server's list */
};

enum wats_health_page {
  WATS_HEALTH_PAGE_OVERALL,
  WATS_HEALTH_PAGE_LIVE,
  WATS_HEALTH_PAGE_READY,
  WATS_HEALTH_PAGE_DETAILS,
  WATS_HEALTH_PAGE_METRICS,
  WATS_HEALTH_PAGES /* none of them */
};

struct wats_health_job { /* a page that the working thread makes */
  struct wats_health_job *next;
  uint64_t id; /* of the request */
  enum wats_health_page page;
  bool full;
  enum wats_health_format format;
  struct wats_httpd_reply reply;
};

struct wats_health_jobs {
  struct wats_health_job *first, *last;
};

struct wats_health_server {
  /* Never changed while it runs. */
  char *host, *socket, *instance, *versions; /* host as asked for */
  int asked_port;
  char **allowed;
  size_t allowed_count;
  bool silent;
  struct wats_listener listener;
  struct wats_health_access access;
  struct wats_registry *registry;
  struct wats_service service;
  struct wats_httpd *httpd;
  struct wats_notify news; /* for the serving thread */
  int64_t started_ns;
  struct wats_thread serving, working;
  atomic_bool closing; /* the serving thread is to end */
  /* Under the lock: */
  unsigned references; /* the process's, the working thread's */
  struct wats_health *slots;
  /* Under `jobs_lock`: */
  struct wats_mutex jobs_lock;
  struct wats_cond jobs_news;
  struct wats_health_jobs waiting, done;
  unsigned job_count;
  bool stopping, working_now; /* the working thread is to end; has a job */
  /* The serving thread's: */
  struct wats_arrivals *arrivals; /* of probes; NULL: none was needed yet */
  struct wats_health *probing;    /* whose probe is under way; retained */
  int64_t next_sign_ns;           /* of life, to the service manager */
  bool told_status;               /* the manager knows of one that is lost */
  int64_t next_probe_ns;
};

/* ---- health_slots.c ----------------------------------------------------- */

void wats_health_lock(void);
void wats_health_unlock(void);
/* With the lock. */
void wats_health_retain_slot(struct wats_health *health);
/* Without it: what the slot held is let go. */
void wats_health_release_slot(struct wats_health *health);
void wats_health_release_server(struct wats_health_server *server);

/* ---- health_server.c ---------------------------------------------------- */

/* Listens and starts both threads; on failure nothing is left, but what the
** caller put into `server` is still his. */
enum wats_errc wats_health_server_start(struct wats_health_server *server,
                                        struct wats_error *error);
/* Ends them: the port is free when this returns. The working thread may take
** longer, and keeps its reference until then. */
void wats_health_server_stop(struct wats_health_server *server);
/* Around a fork. */
void wats_health_server_pause(void);
void wats_health_server_resume(void);
void wats_health_server_abandon(struct wats_health_server *server);

/* ---- health_figures.c --------------------------------------------------- */

/* Shows the slot's heartbeat, if it has one; `collect` is called before each
** read-out from now on. Figures that memory is too short for are left out. */
void wats_health_figures_begin(struct wats_health *health,
                               void (*collect)(void *context));
/* With the lock. Nothing of the slot is shown any more. */
void wats_health_figures_end(struct wats_health *health);
/* With the lock. */
void wats_health_figure_check(const struct wats_health *health,
                              struct wats_health_check *check);
void wats_health_figure_uncheck(const struct wats_health *health,
                                struct wats_health_check *check);

/* ---- health_view.c ------------------------------------------------------ */

enum wats_health_reach {
  WATS_HEALTH_UNKNOWN, /* nobody has asked it yet */
  WATS_HEALTH_ONLINE,
  WATS_HEALTH_OFFLINE,
  WATS_HEALTH_CLOSED /* the client is */
};
enum wats_health_reach wats_health_reach(struct wats_client *client,
                                         struct wats_client_stats *stats);

struct wats_health_slot_view {
  struct wats_health *health; /* retained */
  struct wats_health_check *checks;
  size_t check_count;
  int64_t beat_age_ns; /* -1: no heartbeat */
  enum wats_health_reach reach;
  struct wats_client_stats client; /* when there is one */
  struct wats_health_queue queue;  /* when queue_code is WATS_OK */
  enum wats_errc queue_code;
  char queue_problem[240];
};

struct wats_health_view {
  struct wats_health_slot_view *slots;
  size_t count;
  bool alive, ready;
  struct wats_buffer reason;   /* "": there is none; terminated */
  struct wats_buffer warnings; /* as JSON: the elements of an array */
};

/* How long ago the last heartbeat was; -1: none is switched on. */
int64_t wats_health_beat_age(const struct wats_health *health, int64_t now_ns);
/* With the lock. Is every heartbeat fresh? `reason` (may be NULL) gets which is
** not; *any (may be NULL) whether there is one at all. */
bool wats_health_alive(const struct wats_health_server *server, int64_t now_ns,
                       struct wats_buffer *reason, bool *any);
/* Without the lock: looks at all that slots have brought. WATS_ERR_MEMORY. */
enum wats_errc wats_health_view_take(struct wats_health_server *server,
                                     int64_t now_ns,
                                     struct wats_health_view *out);
void wats_health_view_free(struct wats_health_view *view);

/* ---- health_pages.c ----------------------------------------------------- */

/* Fills the reply; on failure (WATS_ERR_MEMORY) it is of no use. */
enum wats_errc wats_health_page_live(struct wats_health_server *server,
                                     bool full, struct wats_httpd_reply *reply);
enum wats_errc wats_health_page(struct wats_health_server *server,
                                struct wats_health_job *job);
/* {"error": text} */
enum wats_errc wats_health_page_error(int status, const char *text,
                                      struct wats_httpd_reply *reply);

/* ---- health_probe.c ----------------------------------------------------- */

/* Asks the servers that nobody has asked lately; says when to come again. */
int64_t wats_health_probe(struct wats_health_server *server, int64_t now_ns);
/* What came of that; the answers themselves are noted by the client. */
void wats_health_probe_end(struct wats_health_server *server);
/* The descriptor that is readable when there is something; -1: none. */
int wats_health_probe_fd(const struct wats_health_server *server);
void wats_health_probe_close(struct wats_health_server *server);

#endif
