/*
** httpd_absent.c - httpd.h in a build without libmicrohttpd: no server can be
** made, so nothing else is ever called.
*/
#include "httpd.h"

#ifdef WATS_WITHOUT_HEALTH

#include <stddef.h>
#include <unistd.h>

enum wats_errc wats_httpd_create(const struct wats_httpd_options *options,
                                 struct wats_httpd **out,
                                 struct wats_error *error)
{
  (void)out;
  if (options->listener) close(options->listener->fd);
  return wats_fail(error, WATS_ERR_ARGUMENT, "built without libmicrohttpd");
}

void wats_httpd_destroy(struct wats_httpd *httpd)
{
  (void)httpd;
}

const char *wats_httpd_version(void)
{
  return NULL;
}

uint16_t wats_httpd_port(const struct wats_httpd *httpd)
{
  (void)httpd;
  return 0;
}

enum wats_errc wats_httpd_wait(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error)
{
  (void)httpd;
  (void)timeout_ns;
  (void)watched;
  (void)count;
  (void)ready;
  return wats_fail(error, WATS_ERR_ARGUMENT, "built without libmicrohttpd");
}

enum wats_errc wats_httpd_run(struct wats_httpd *httpd,
                              struct wats_error *error)
{
  (void)httpd;
  return wats_fail(error, WATS_ERR_ARGUMENT, "built without libmicrohttpd");
}

enum wats_errc wats_httpd_step(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error)
{
  return wats_httpd_wait(httpd, timeout_ns, watched, count, ready, error);
}

bool wats_httpd_amend(struct wats_httpd *httpd, uint64_t id,
                      struct wats_httpd_reply *reply)
{
  (void)httpd;
  (void)id;
  (void)reply;
  return false;
}

void wats_httpd_reply_init(struct wats_httpd_reply *reply)
{
  *reply = (struct wats_httpd_reply){.status = 200};
}

void wats_httpd_reply_free(struct wats_httpd_reply *reply)
{
  (void)reply;
}

void wats_httpd_abandon(struct wats_httpd *httpd)
{
  (void)httpd;
}

#endif
