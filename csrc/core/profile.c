/*
** profile.c - see profile.h.
*/
#include "profile.h"

#include <stdatomic.h>
#include <string.h>

#include "alloc.h"
#include "buffer.h"
#include "clock.h"

/* ---- header fields ------------------------------------------------------ */

static void wipe(char *bytes, size_t length)
{
  volatile char *byte = bytes;
  while (length--)
    *byte++ = 0;
}

/* The value may be a credential: no copy of ours is left in freed memory. */
enum wats_errc wats_fields_add(struct curl_slist **list, const char *name,
                               const char *value)
{
  struct wats_buffer line;
  struct curl_slist *grown = NULL;
  wats_buffer_init(&line, 0);
  /* "Name;" is how libcurl is told of a field with an empty value. */
  if (wats_buffer_reserve(&line, strlen(name) + strlen(value) + 3) == WATS_OK &&
      wats_buffer_printf(&line, *value ? "%s: %s" : "%s;%s", name, value) ==
          WATS_OK &&
      wats_buffer_terminate(&line) == WATS_OK)
    grown = curl_slist_append(*list, line.data);
  wipe(line.data, line.length);
  wats_buffer_free(&line);
  if (!grown) return WATS_ERR_MEMORY;
  *list = grown;
  return WATS_OK;
}

enum wats_errc wats_fields_add_line(struct curl_slist **list, const char *line)
{
  struct curl_slist *grown = curl_slist_append(*list, line);
  if (!grown) return WATS_ERR_MEMORY;
  *list = grown;
  return WATS_OK;
}

void wats_fields_free(struct curl_slist *list)
{
  struct curl_slist *field;
  for (field = list; field; field = field->next)
    wipe(field->data, strlen(field->data));
  curl_slist_free_all(list);
}

long wats_to_ms(int64_t ns)
{
  int64_t ms = ns / WATS_NS_PER_MS;
  if (ms < 1) return 1; /* 0 would mean "no limit" */
  return ms > INT32_MAX ? INT32_MAX : (long)ms;
}

/* ---- creating ----------------------------------------------------------- */

static enum wats_errc copy(char **out, const char *text)
{
  if (!text) return WATS_OK;
  *out = wats_strndup(text, strlen(text));
  return *out ? WATS_OK : WATS_ERR_MEMORY;
}

static enum wats_errc fill_connection(struct wats_profile *p,
                                      const struct wats_connection_options *o)
{
  enum wats_errc code = copy(&p->client_cert, o->client_cert);
  size_t i;
  p->ip_version = o->ip_version;
  p->all_codings = o->all_codings;
  p->proxy_from_environment = o->proxy_from_environment;
  if (code == WATS_OK) code = copy(&p->client_key, o->client_key);
  if (code == WATS_OK) code = copy(&p->key_password, o->key_password);
  if (code == WATS_OK) code = copy(&p->proxy, o->proxy);
  if (code == WATS_OK) code = copy(&p->unix_socket, o->unix_socket);
  for (i = 0; code == WATS_OK && i < o->connect_to_count; i++)
    code = wats_fields_add_line(&p->connect_to, o->connect_to[i]);
  return code;
}

static enum wats_errc fill(struct wats_profile *p,
                           const struct wats_profile_options *o)
{
  enum wats_errc code = wats_fields_add(&p->fields, "Accept", WATS_ACCEPT);
  if (code == WATS_OK && o->user_agent)
    code = wats_fields_add(&p->fields, "User-Agent", o->user_agent);
  if (code == WATS_OK && o->authorization)
    code = wats_fields_add(&p->fields, "Authorization", o->authorization);
  if (code == WATS_OK) code = copy(&p->ca_file, o->ca_file);
  if (code == WATS_OK) code = fill_connection(p, &o->connection);
  return code;
}

enum wats_errc wats_profile_create(const struct wats_profile_options *options,
                                   struct wats_profile **out,
                                   struct wats_error *error)
{
  static _Atomic uint64_t last_id;
  struct wats_profile *p = wats_calloc(1, sizeof *p);
  if (!p) return wats_fail_memory(error);
  atomic_init(&p->references, 1);
  p->id = atomic_fetch_add(&last_id, 1) + 1;
  p->verify = options->verify;
  p->connect_timeout_ms = wats_to_ms(options->connect_timeout_ns);
  p->low_speed_bytes = options->low_speed_bytes;
  p->low_speed_s = options->low_speed_s;
  if (fill(p, options) != WATS_OK) {
    wats_profile_release(p);
    return wats_fail_memory(error);
  }
  *out = p;
  return WATS_OK;
}

struct wats_profile *wats_profile_retain(struct wats_profile *profile)
{
  atomic_fetch_add_explicit(&profile->references, 1, memory_order_relaxed);
  return profile;
}

static void free_secret(char *text)
{
  if (text) wipe(text, strlen(text));
  wats_free(text);
}

void wats_profile_release(struct wats_profile *profile)
{
  struct wats_profile *p = profile;
  if (!p ||
      atomic_fetch_sub_explicit(&p->references, 1, memory_order_acq_rel) != 1)
    return;
  wats_fields_free(p->fields);
  curl_slist_free_all(p->connect_to);
  wats_free(p->ca_file);
  wats_free(p->client_cert);
  wats_free(p->client_key);
  free_secret(p->key_password);
  free_secret(p->proxy);
  wats_free(p->unix_socket);
  wats_free(p);
}

/* ---- setting a handle --------------------------------------------------- */

/*
** A file stands instead of the system's authorities, so their directory must go
** too. NULL would mean "none": a handle that had a file gets libcurl's
** built-in places back. A TLS library may know of no directory at all.
*/
static CURLcode apply_authorities(CURL *curl, const char *file)
{
  const curl_version_info_data *built_in = curl_version_info(CURLVERSION_NOW);
  const char *directory = file ? NULL : built_in->capath;
  CURLcode code =
      curl_easy_setopt(curl, CURLOPT_CAINFO, file ? file : built_in->cainfo);
  if (code != CURLE_OK && (file || built_in->cainfo)) return code;
  code = curl_easy_setopt(curl, CURLOPT_CAPATH, directory);
  return directory ? code : CURLE_OK;
}

/* What is not given is set to nothing: the handle may have been another's. */
static CURLcode apply_client_cert(CURL *curl, const struct wats_profile *p)
{
  const char *key = p->client_key ? p->client_key : p->client_cert;
  CURLcode code = curl_easy_setopt(curl, CURLOPT_SSLCERT, p->client_cert);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
  if (code != CURLE_OK || !p->client_cert)
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_KEYPASSWD, NULL)
                            : code;
  /* Without a password OpenSSL would ask for one at the terminal. */
  return curl_easy_setopt(curl, CURLOPT_KEYPASSWD,
                          p->key_password ? p->key_password : "");
}

/* NULL means "from the environment" to libcurl, and "" none at all. */
static CURLcode apply_proxy(CURL *curl, const struct wats_profile *p)
{
  const char *none = p->proxy_from_environment ? NULL : "";
  CURLcode code =
      curl_easy_setopt(curl, CURLOPT_PROXY, p->proxy ? p->proxy : none);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_NOPROXY, none);
  return code;
}

static CURLcode apply_route(CURL *curl, const struct wats_profile *p)
{
  static const long versions[] = {[0] = CURL_IPRESOLVE_WHATEVER,
                                  [4] = CURL_IPRESOLVE_V4,
                                  [6] = CURL_IPRESOLVE_V6};
  CURLcode code = apply_proxy(curl, p);
  curl_easy_setopt(curl, CURLOPT_IPRESOLVE, versions[p->ip_version]);
  /* By itself libcurl takes gzip that ends too early for whole. */
  curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING,
                   p->all_codings ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, p->connect_to);
  if (code == CURLE_OK)
    code = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, p->unix_socket);
  return code;
}

CURLcode wats_profile_apply(const struct wats_profile *p,
                            struct wats_handle *handle)
{
  CURL *curl = handle->curl;
  CURLcode code;
  /* A list is not copied, and may have gone with its profile. */
  if (handle->profile_id == p->id) return CURLE_OK;
  handle->profile_id = 0;
  code = apply_authorities(curl, p->ca_file);
  if (code == CURLE_OK) code = apply_client_cert(curl, p);
  if (code == CURLE_OK) code = apply_route(curl, p);
  if (code != CURLE_OK) return code;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, p->fields);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, p->verify ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, p->verify ? 2L : 0L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, p->connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, p->low_speed_bytes);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, p->low_speed_s);
  handle->profile_id = p->id;
  return CURLE_OK;
}
