/*
** profile.h - what the transfers of one client have in common: TLS, the way to
** the server, limits, standing header fields. Immutable after creation,
** counted, any thread. For transfer.c, and those who make profiles.
**
** Transfers of different profiles share the engine's connections where libcurl
** finds that they may: never across another certificate, proxy, socket or
** address.
*/
#ifndef WATS_PROFILE_H
#define WATS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "handles.h"

/* What is accepted, unless a request says otherwise. */
#define WATS_ACCEPT "application/json"

/* How to get to the server; all zero: directly. Texts are copied. */
struct wats_connection_options {
  const char *client_cert;  /* PEM file; NULL: none */
  const char *client_key;   /* PEM file; NULL: in client_cert */
  const char *key_password; /* NULL: the key has none */
  const char *proxy;        /* URL; NULL: none */
  bool proxy_from_environment;
  const char *unix_socket; /* path; NULL: none */
  int ip_version;          /* 4, 6, or 0: either */
  bool all_codings; /* ask for all content codings that libcurl can undo, in
                       place of gzip, which we do ourselves */
  const char *const *connect_to; /* "host:port:address:port", see
                                    CURLOPT_CONNECT_TO */
  size_t connect_to_count;
};

struct wats_profile_options {
  const char *user_agent;
  const char *authorization; /* value of the field, or NULL */
  const char *ca_file;       /* PEM file instead of the system's, or NULL */
  bool verify;               /* certificate and host name */
  int64_t connect_timeout_ns;
  long low_speed_bytes; /* fewer bytes per second than this ... */
  long low_speed_s;     /* ... for so long is a timeout; 0 = off */
  struct wats_connection_options connection;
};

struct wats_profile {
  _Atomic unsigned references;
  uint64_t id;
  bool verify;
  char *ca_file;
  char *client_cert, *client_key, *key_password;
  char *proxy;
  bool proxy_from_environment;
  char *unix_socket;
  int ip_version;
  bool all_codings;
  struct curl_slist *connect_to;
  long connect_timeout_ms;
  long low_speed_bytes, low_speed_s;
  struct curl_slist *fields;
};

enum wats_errc wats_profile_create(const struct wats_profile_options *options,
                                   struct wats_profile **out,
                                   struct wats_error *error);
struct wats_profile *wats_profile_retain(struct wats_profile *profile);
/* Accepts NULL. Overwrites the credentials before the memory is freed. */
void wats_profile_release(struct wats_profile *profile);

/* Before each transfer; costs nothing when the handle had the same before. On
** failure the handle is nobody's. */
CURLcode wats_profile_apply(const struct wats_profile *profile,
                            struct wats_handle *handle);

/* Header fields in libcurl's form. WATS_ERR_MEMORY: the list is unchanged. */
enum wats_errc wats_fields_add(struct curl_slist **list, const char *name,
                               const char *value);
enum wats_errc wats_fields_add_line(struct curl_slist **list, const char *line);
/* Overwrites them first. Accepts NULL. */
void wats_fields_free(struct curl_slist *list);

/* At least 1: libcurl takes 0 for "no limit". */
long wats_to_ms(int64_t ns);

#endif
