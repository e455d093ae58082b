/*
** health_server.c - the two threads of the health server; see health_state.h.
**
** The serving thread takes requests in and sends answers out. What it does not
** know without asking others it hands to the working thread as a job; until
** that is done the answer to the request is a delayed 503, which the job's
** answer replaces (wats_httpd_amend). So a lock that somebody holds on a queue
** for long costs the page that wants to know of the queue, and no other one.
**
** While `turn` is held the serving thread may be anywhere in the HTTP server; a
** fork takes it, so that the child finds that in one piece.
*/
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "ascii.h"
#include "health_state.h"

/* Pages that wait for the working thread; more are refused. */
#define MOST_JOBS 64
/* When something fails that should not. */
#define PAUSE_NS 50000000L

static struct wats_mutex turn = WATS_MUTEX_INIT;

void wats_health_server_pause(void)
{
  wats_mutex_lock(&turn);
}

void wats_health_server_resume(void)
{
  wats_mutex_unlock(&turn);
}

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* ---- jobs --------------------------------------------------------------- */

static void append(struct wats_health_jobs *jobs, struct wats_health_job *job)
{
  job->next = NULL;
  if (jobs->last)
    jobs->last->next = job;
  else
    jobs->first = job;
  jobs->last = job;
}

static struct wats_health_job *take_first(struct wats_health_jobs *jobs)
{
  struct wats_health_job *job = jobs->first;
  if (!job) return NULL;
  jobs->first = job->next;
  if (!jobs->first) jobs->last = NULL;
  return job;
}

static void free_job(struct wats_health_job *job)
{
  wats_httpd_reply_free(&job->reply);
  wats_free(job);
}

static void free_jobs(struct wats_health_jobs *jobs)
{
  struct wats_health_job *job;
  while ((job = take_first(jobs)) != NULL)
    free_job(job);
}

/* A page that could not be made for want of memory says at least that. */
static void do_job(struct wats_health_server *server,
                   struct wats_health_job *job)
{
  if (wats_health_page(server, job) == WATS_OK) return;
  wats_httpd_reply_free(&job->reply);
  wats_httpd_reply_init(&job->reply);
  if (wats_health_page_error(503, "not enough memory", &job->reply))
    job->reply.action = WATS_HTTPD_CLOSE;
}

static void *work(void *argument)
{
  struct wats_health_server *server = argument;
  struct wats_health_job *job;
  wats_mutex_lock(&server->jobs_lock);
  while (!server->stopping) {
    job = take_first(&server->waiting);
    if (!job) {
      wats_cond_wait(&server->jobs_news, &server->jobs_lock);
      continue;
    }
    server->working_now = true;
    wats_mutex_unlock(&server->jobs_lock);
    do_job(server, job);
    wats_mutex_lock(&server->jobs_lock);
    server->working_now = false;
    append(&server->done, job);
    if (!server->stopping) wats_notify_signal(&server->news);
  }
  free_jobs(&server->waiting);
  free_jobs(&server->done);
  wats_mutex_unlock(&server->jobs_lock);
  wats_cond_destroy(&server->jobs_news);
  wats_mutex_destroy(&server->jobs_lock);
  wats_health_release_server(server);
  return NULL;
}

/* ---- requests ----------------------------------------------------------- */

/* A target may be a whole URL, as for a proxy: then it is cut behind its
** "http://name:port", which is to be served here as what Host says is. NULL: it
** is not. */
static const char *path_of(const struct wats_health_server *server,
                           const char *target)
{
  static const char scheme[] = "http://";
  char host[256];
  size_t length;
  if (strlen(target) < sizeof scheme - 1 ||
      !wats_ascii_equal(target, scheme, sizeof scheme - 1))
    return target;
  target += sizeof scheme - 1;
  length = strcspn(target, "/?");
  if (length >= sizeof host) return NULL;
  memcpy(host, target, length);
  host[length] = '\0';
  if (!wats_health_access_serves(&server->access, host)) return NULL;
  return target[length] == '/' ? target + length : "/";
}

static enum wats_health_page page_of(const char *target)
{
  static const struct {
    const char *path;
    enum wats_health_page page;
  } pages[] = {{"/health", WATS_HEALTH_PAGE_OVERALL},
               {"/", WATS_HEALTH_PAGE_OVERALL},
               {"/health/live", WATS_HEALTH_PAGE_LIVE},
               {"/health/ready", WATS_HEALTH_PAGE_READY},
               {"/health/details", WATS_HEALTH_PAGE_DETAILS},
               {"/metrics", WATS_HEALTH_PAGE_METRICS}};
  size_t length = strcspn(target, "?"), i;
  for (i = 0; i < sizeof pages / sizeof *pages; i++)
    if (strlen(pages[i].path) == length &&
        memcmp(pages[i].path, target, length) == 0)
      return pages[i].page;
  return WATS_HEALTH_PAGES;
}

static bool is_read(const struct wats_httpd_request *request)
{
  return strcmp(request->method, "GET") == 0 ||
         strcmp(request->method, "HEAD") == 0;
}

static bool has_body(const struct wats_httpd_request *request)
{
  return request->body.length || request->body_too_large;
}

/* Whoever breaks the rules is not served again on this connection. */
static enum wats_errc refuse(int status, const char *text, const char *name,
                             const char *value, struct wats_httpd_reply *reply)
{
  enum wats_errc code = wats_health_page_error(status, text, reply);
  if (!code) code = wats_headers_set(&reply->headers, "Connection", "close");
  if (!code && name) code = wats_headers_set(&reply->headers, name, value);
  return code;
}

/* Hands it to the working thread; what there is to say if that never gets to
** it. */
static enum wats_errc let_work(struct wats_health_server *server,
                               const struct wats_httpd_request *request,
                               enum wats_health_page page, bool full,
                               struct wats_httpd_reply *reply)
{
  struct wats_health_job *job = wats_calloc(1, sizeof *job);
  enum wats_errc code =
      wats_health_page_error(503, "no answer could be had in time", reply);
  bool taken;
  if (!job || code) {
    wats_free(job);
    return WATS_ERR_MEMORY;
  }
  job->id = request->id;
  job->page = page;
  job->full = full;
  job->format =
      wats_health_accept(wats_headers_get(&request->headers, "Accept"));
  wats_httpd_reply_init(&job->reply);
  wats_mutex_lock(&server->jobs_lock);
  taken = server->job_count < MOST_JOBS;
  if (taken) {
    server->job_count++;
    append(&server->waiting, job);
    wats_cond_signal(&server->jobs_news);
  }
  wats_mutex_unlock(&server->jobs_lock);
  if (taken)
    reply->delay_ns = WATS_HEALTH_PATIENCE;
  else
    free_job(job);
  return WATS_OK;
}

static enum wats_errc answer(struct wats_health_server *server,
                             const struct wats_httpd_request *request,
                             struct wats_httpd_reply *reply)
{
  const char *path = path_of(server, request->target);
  enum wats_health_page page = path ? page_of(path) : WATS_HEALTH_PAGES;
  bool probe = page == WATS_HEALTH_PAGE_LIVE || page == WATS_HEALTH_PAGE_READY;
  enum wats_health_right right =
      wats_health_access_judge(&server->access, &request->headers, probe);
  if (right == WATS_HEALTH_WRONG_HOST || !path)
    return refuse(421, "this host is not served here (see allowed_hosts)", NULL,
                  NULL, reply);
  if (!is_read(request))
    return refuse(405, "GET and HEAD only", "Allow", "GET, HEAD", reply);
  if (has_body(request))
    return refuse(413, "no body expected", NULL, NULL, reply);
  if (page == WATS_HEALTH_PAGES)
    return wats_health_page_error(404, "Not found", reply);
  if (right == WATS_HEALTH_UNAUTHORIZED)
    return refuse(401, "a bearer token is needed", "WWW-Authenticate",
                  "Bearer realm=\"wats\"", reply);
  if (right == WATS_HEALTH_FORBIDDEN)
    return refuse(403, "only on loopback, or with a token that is set", NULL,
                  NULL, reply);
  if (page == WATS_HEALTH_PAGE_LIVE)
    return wats_health_page_live(server, right == WATS_HEALTH_FULL, reply);
  return let_work(server, request, page, right == WATS_HEALTH_FULL, reply);
}

static void on_request(void *context, const struct wats_httpd_request *request,
                       struct wats_httpd_reply *reply)
{
  if (answer(context, request, reply)) reply->action = WATS_HTTPD_CLOSE;
}

/* What the working thread has done goes out, unless its time was over. */
static void deliver(struct wats_health_server *server)
{
  struct wats_health_jobs done;
  struct wats_health_job *job;
  wats_mutex_lock(&server->jobs_lock);
  done = server->done;
  server->done = (struct wats_health_jobs){NULL, NULL};
  for (job = done.first; job; job = job->next)
    server->job_count--;
  wats_mutex_unlock(&server->jobs_lock);
  while ((job = take_first(&done)) != NULL) {
    (void)wats_httpd_amend(server->httpd, job->id, &job->reply);
    free_job(job);
  }
}

/* ---- the service manager ------------------------------------------------ */

/* What does not live, for those who ask systemctl; no longer when it does. A
** control character in a slot's name would begin a message of its own. */
static void tell_status(struct wats_health_server *server, bool alive,
                        const struct wats_buffer *reason)
{
  struct wats_buffer status;
  size_t i;
  if (alive && !server->told_status) return;
  server->told_status = !alive;
  wats_buffer_init(&status, 0);
  if (wats_buffer_append_string(&status, "STATUS=") == WATS_OK &&
      wats_buffer_append(&status, reason->data, reason->length) == WATS_OK &&
      wats_buffer_terminate(&status) == WATS_OK) {
    for (i = 0; i < status.length; i++)
      if ((unsigned char)status.data[i] < ' ') status.data[i] = ' ';
    wats_service_tell(&server->service, status.data);
  }
  wats_buffer_free(&status);
}

/* The next one is due in a third of the manager's patience, so that one may
** come late. */
static void give_sign(struct wats_health_server *server, int64_t time)
{
  struct wats_buffer reason;
  bool alive, any;
  if (time < server->next_sign_ns) return;
  server->next_sign_ns = wats_time_add(time, server->service.watchdog_ns / 3);
  wats_buffer_init(&reason, 0);
  wats_health_lock();
  alive = wats_health_alive(server, time, &reason, &any);
  wats_health_unlock();
  if (alive && any) wats_service_tell(&server->service, "WATCHDOG=1");
  tell_status(server, alive, &reason);
  wats_buffer_free(&reason);
}

/* ---- the serving thread ------------------------------------------------- */

/* Until something happens, or something is due. */
static bool wait_for_news(struct wats_health_server *server)
{
  int watched[2] = {server->news.read_fd, wats_health_probe_fd(server)};
  size_t count = watched[1] >= 0 ? 2 : 1;
  int64_t due = server->next_sign_ns < server->next_probe_ns
                    ? server->next_sign_ns
                    : server->next_probe_ns;
  int64_t left = due == WATS_NEVER ? WATS_NEVER : due - now();
  int ready;
  return wats_httpd_wait(server->httpd, left > 0 ? left : 0, watched, count,
                         &ready, NULL) == WATS_OK;
}

static void *serve(void *argument)
{
  struct wats_health_server *server = argument;
  const struct timespec pause = {0, PAUSE_NS};
  while (!atomic_load(&server->closing)) {
    bool fine = wait_for_news(server);
    /* Before what it stands for is looked at, so that none is missed. */
    wats_notify_clear(&server->news);
    wats_mutex_lock(&turn);
    deliver(server);
    if (wats_httpd_run(server->httpd, NULL) != WATS_OK) fine = false;
    wats_mutex_unlock(&turn);
    give_sign(server, now());
    wats_health_probe_end(server);
    server->next_probe_ns = wats_health_probe(server, now());
    if (!fine) nanosleep(&pause, NULL);
  }
  wats_mutex_lock(&turn);
  wats_httpd_destroy(server->httpd);
  server->httpd = NULL;
  wats_mutex_unlock(&turn);
  wats_health_probe_close(server);
  return NULL;
}

/* ---- starting and stopping ---------------------------------------------- */

static enum wats_errc listen_there(struct wats_health_server *server,
                                   struct wats_error *error)
{
  enum wats_errc code =
      server->socket
          ? wats_listener_unix(server->socket, &server->listener, error)
          : wats_listener_inet(server->host, (uint16_t)server->asked_port,
                               &server->listener, error);
  struct wats_httpd_options options = {.listener = &server->listener,
                                       .max_body = 1,
                                       .max_head = WATS_HEALTH_HEAD,
                                       .max_connections =
                                           WATS_HEALTH_CONNECTIONS,
                                       .max_age_ns = WATS_HEALTH_LIFE,
                                       .make_room = true,
                                       .handler = on_request,
                                       .context = server};
  if (code) return code;
  server->access.local = server->listener.loopback;
  server->access.own = server->host;
  server->access.allowed = server->allowed;
  server->access.allowed_count = server->allowed_count;
  server->access.any_host =
      server->socket || (!server->listener.loopback && !server->allowed_count);
  code = wats_httpd_create(&options, &server->httpd, error);
  if (code && server->socket)
    wats_listener_unlink(&server->listener, server->socket);
  return code;
}

static enum wats_errc open_parts(struct wats_health_server *server,
                                 struct wats_error *error)
{
  enum wats_errc code = wats_mutex_init(&server->jobs_lock);
  if (code) return wats_fail_memory(error);
  if (wats_cond_init(&server->jobs_news)) {
    code = wats_fail_memory(error);
    goto no_condition;
  }
  code = wats_notify_open(&server->news, error);
  if (code) goto no_news;
  code = listen_there(server, error);
  if (!code) return WATS_OK;
  wats_notify_close(&server->news);
no_news:
  wats_cond_destroy(&server->jobs_news);
no_condition:
  wats_mutex_destroy(&server->jobs_lock);
  return code;
}

static void close_port(struct wats_health_server *server)
{
  if (server->socket) wats_listener_unlink(&server->listener, server->socket);
  wats_notify_close(&server->news);
  wats_service_close(&server->service);
}

static void end_working(struct wats_health_server *server)
{
  struct wats_thread thread = server->working;
  bool busy;
  wats_mutex_lock(&server->jobs_lock);
  server->stopping = true;
  busy = server->working_now;
  wats_cond_signal(&server->jobs_news);
  wats_mutex_unlock(&server->jobs_lock);
  if (busy)
    wats_thread_detach(&thread); /* it may wait for somebody else's lock */
  else
    wats_thread_join(&thread);
}

enum wats_errc wats_health_server_start(struct wats_health_server *server,
                                        struct wats_error *error)
{
  enum wats_errc code = open_parts(server, error);
  if (code) return code;
  server->service.fd = -1;
  if (!server->silent) (void)wats_service_open(&server->service);
  server->next_sign_ns = server->service.watchdog_ns ? 0 : WATS_NEVER;
  server->next_probe_ns = WATS_NEVER;
  server->references++; /* the working thread's */
  if (wats_thread_start(&server->working, work, server) != WATS_OK) {
    server->references--;
    wats_cond_destroy(&server->jobs_news);
    wats_mutex_destroy(&server->jobs_lock);
  } else if (wats_thread_start(&server->serving, serve, server) != WATS_OK)
    end_working(server);
  else
    return WATS_OK;
  wats_httpd_destroy(server->httpd);
  close_port(server);
  return wats_fail(error, WATS_ERR_IO, "no thread to be had");
}

void wats_health_server_stop(struct wats_health_server *server)
{
  atomic_store(&server->closing, true);
  wats_notify_signal(&server->news);
  wats_thread_join(&server->serving); /* it has closed the port */
  end_working(server);
  close_port(server);
}

void wats_health_server_abandon(struct wats_health_server *server)
{
  wats_httpd_abandon(server->httpd);
  wats_notify_close(&server->news);
  wats_service_close(&server->service);
}
