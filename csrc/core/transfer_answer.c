/*
** transfer_answer.c - see transfer_answer.h.
**
** The head is kept as it comes and taken apart at its blank line. gzip is
** undone when all of it is there: only then is it known to be whole, which
** libcurl's own decoding (7.88) does not look at.
*/
#include "transfer_answer.h"

#include <stdint.h>
#include <string.h>

#include "ascii.h"
#include "gzip.h"

/* Room for the fields of most answers, in one block that malloc has at hand. */
#define USUAL_HEAD ((size_t)1000)

/* A larger buffer is not kept for the next answer. */
#define MOST_SPARE ((size_t)8192)

/* Digits of a length that fits into an int64_t. */
#define LENGTH_DIGITS 18

void wats_answer_init(struct wats_answer *a, size_t max_body, bool decode,
                      struct wats_error *error)
{
  memset(a, 0, sizeof *a);
  a->length = -1;
  a->max_body = max_body ? max_body : 1;
  a->decode = decode;
  a->error = error;
  wats_buffer_init(&a->head, 0);
  wats_headers_init(&a->headers, 0);
  wats_buffer_init(&a->body, a->max_body);
}

/* The limit stays its own. */
static void borrow(struct wats_buffer *b, struct wats_buffer *spare)
{
  b->data = spare->data;
  b->capacity = spare->capacity;
  wats_buffer_init(spare, 0);
}

void wats_answer_borrow(struct wats_answer *a, struct wats_buffer *spare)
{
  a->spare = spare;
  borrow(&a->head, spare);
  borrow(&a->headers.block, spare + 1);
  borrow(&a->body, spare + 2);
}

static void give_back(struct wats_buffer *b, struct wats_buffer *spare)
{
  if (b->capacity > MOST_SPARE) wats_buffer_free(b);
  wats_buffer_init(spare, 0);
  spare->data = b->data;
  spare->capacity = b->capacity;
  wats_buffer_init(b, b->limit);
}

void wats_answer_free(struct wats_answer *a)
{
  if (a->spare) {
    give_back(&a->head, a->spare);
    give_back(&a->headers.block, a->spare + 1);
    give_back(&a->body, a->spare + 2);
  }
  a->spare = NULL;
  wats_buffer_free(&a->head);
  wats_headers_free(&a->headers);
  wats_buffer_free(&a->body);
}

static bool refuse(struct wats_answer *a, enum wats_errc code)
{
  a->refusal = code;
  return false;
}

static bool refuse_body(struct wats_answer *a, enum wats_errc code)
{
  if (code == WATS_ERR_MEMORY) return refuse(a, wats_fail_memory(a->error));
  return refuse(a, wats_fail(a->error, WATS_ERR_TOO_LARGE,
                             "the answer has more than max_body = %zu bytes",
                             a->max_body));
}

/* ---- lengths and codings ------------------------------------------------ */

static bool is_space(char c)
{
  return c == ' ' || c == '\t';
}

/* A member of a list: the next one starts behind it. "" at the end. */
static const char *next_member(const char **list, size_t *length)
{
  const char *start = *list + strspn(*list, ", \t");
  *length = strcspn(start, ",");
  *list = start + *length;
  while (*length && is_space(start[*length - 1]))
    --*length;
  return start;
}

static bool read_length(const char *text, size_t length, int64_t *out)
{
  size_t i;
  *out = 0;
  if (length == 0 || length > LENGTH_DIGITS) return false;
  for (i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    *out = *out * 10 + (text[i] - '0');
  }
  return true;
}

/* A Content-Length, which may be said twice, but not in two ways. */
static void take_length(struct wats_answer *a, const char *list)
{
  do {
    size_t size;
    int64_t length;
    const char *member = next_member(&list, &size);
    if (!read_length(member, size, &length) ||
        (a->length >= 0 && a->length != length))
      a->lengths_differ = true;
    else
      a->length = length;
  } while (*list);
}

/*
** Said at the end of the head, so that the connection ends with it: where an
** answer's end is in doubt, so is the beginning of the next one (RFC 9112,
** section 6.3).
*/
static bool lengths_agree(struct wats_answer *a)
{
  if (a->transfer_coded || !a->lengths_differ) return true;
  return refuse(a, wats_fail(a->error, WATS_ERR_PROTOCOL,
                             "the answer's Content-Length is malformed or "
                             "contradicts itself"));
}

/* -1 where it is not known. */
static int64_t announced_length(const struct wats_answer *a)
{
  return a->lengths_differ ? -1 : a->length;
}

static bool is_named(const char *name, size_t length, const char *other,
                     size_t other_length)
{
  return length == other_length && wats_ascii_equal(name, other, length);
}

/* Seen as it comes: to look for each of them in the block later would take
** longer than all else that is done with the head. */
static void note_field(struct wats_answer *a, const char *name, size_t length,
                       const char *value)
{
  if (is_named(name, length, "Content-Length", 14))
    take_length(a, value);
  else if (is_named(name, length, "Content-Encoding", 16))
    a->content_coded = true;
  else if (is_named(name, length, "Transfer-Encoding", 17))
    a->transfer_coded = true;
}

/* ---- head ------------------------------------------------------------- */

static void begin_head(struct wats_answer *a)
{
  a->in_head = true;
  a->head_ended = a->folded = false;
  a->transfer_coded = a->content_coded = a->lengths_differ = false;
  a->length = -1;
  a->lines = 0;
  wats_buffer_clear(&a->head);
  wats_headers_clear(&a->headers);
}

/* What a folded line was folded from (RFC 9112, section 5.2). */
static void unfold(struct wats_buffer *head)
{
  char *at = head->data, *end = head->data + head->length;
  while (at && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    if (at + 1 < end && is_space(at[1])) {
      *at = ' ';
      if (at > head->data && at[-1] == '\r') at[-1] = ' ';
    }
    at++;
  }
}

/* Values are not for error messages: one may be a cookie. */
static bool take_field(struct wats_answer *a, const char *line, size_t length)
{
  const char *colon = memchr(line, ':', length);
  size_t name = colon ? (size_t)(colon - line) : 0;
  size_t place = a->headers.block.length;
  enum wats_errc code = colon ? wats_headers_add(&a->headers, line, name,
                                                 colon + 1, length - name - 1)
                              : WATS_ERR_ARGUMENT;
  if (code == WATS_OK) {
    note_field(a, line, name, a->headers.block.data + place + name + 1);
    return true;
  }
  if (code == WATS_ERR_MEMORY) return refuse(a, wats_fail_memory(a->error));
  return refuse(a,
                wats_fail(a->error, WATS_ERR_PROTOCOL,
                          "the answer has a malformed header field (\"%.*s\")",
                          (int)(name < 60 ? name : 60), line));
}

/* Of a usual line, two of the bytes round name and value are not kept. */
static size_t room_for_fields(const struct wats_answer *a)
{
  size_t spare = 2 * a->lines;
  return a->head.length > spare ? a->head.length - spare : 0;
}

static bool take_fields(struct wats_answer *a)
{
  const char *at = a->head.data, *end = at + a->head.length;
  if (a->folded) unfold(&a->head);
  if (wats_buffer_reserve_exactly(&a->headers.block, room_for_fields(a)) !=
      WATS_OK)
    return refuse(a, wats_fail_memory(a->error));
  while (at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    if (length && at[length - 1] == '\r') length--;
    if (!take_field(a, at, length)) return false;
    at = stop ? stop + 1 : end;
  }
  return true;
}

static bool keep_line(struct wats_answer *a, const char *line, size_t length)
{
  enum wats_errc code = WATS_OK;
  if (is_space(*line)) a->folded = true;
  a->lines++;
  if (!a->head.data) code = wats_buffer_reserve_exactly(&a->head, USUAL_HEAD);
  if (code == WATS_OK) code = wats_buffer_append(&a->head, line, length);
  return code == WATS_OK || refuse(a, wats_fail_memory(a->error));
}

bool wats_answer_line(struct wats_answer *a, const char *line, size_t length)
{
  a->head_bytes += length;
  if (a->head_bytes > WATS_ANSWER_HEAD)
    return refuse(a, wats_fail(a->error, WATS_ERR_TOO_LARGE,
                               "the answer's header fields have more than "
                               "%zu bytes",
                               WATS_ANSWER_HEAD));
  if (!a->in_head && length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
    begin_head(a);
    return true;
  }
  if (!a->in_head) return true; /* a trailer: of the body, and not used */
  if (length == 0 || *line == '\n' || (*line == '\r' && length <= 2)) {
    a->in_head = false;
    a->head_ended = true;
    return take_fields(a) && lengths_agree(a);
  }
  return keep_line(a, line, length);
}

/* ---- body ------------------------------------------------------------- */

static bool is_coding(const char *text, size_t length, const char *name)
{
  return length == strlen(name) && wats_ascii_equal(text, name, length);
}

/* Is the body gzip, once? False when it is something else that we cannot undo.
 */
static bool read_coding(struct wats_answer *a)
{
  size_t position = 0;
  const char *name, *list;
  if (!a->content_coded) return true;
  while (wats_headers_next(&a->headers, &position, "Content-Encoding", &name,
                           &list)) {
    const char *whole = list;
    while (*list) {
      size_t size;
      const char *member = next_member(&list, &size);
      bool gzip =
          is_coding(member, size, "gzip") || is_coding(member, size, "x-gzip");
      if (size == 0 || is_coding(member, size, "identity")) continue;
      if (!gzip || a->encoded)
        return refuse(a, wats_fail(a->error, WATS_ERR_DECODE,
                                   "the answer's Content-Encoding is \"%.60s\","
                                   " which was not asked for",
                                   whole));
      a->encoded = true;
    }
  }
  return true;
}

/*
** Before the first byte: how large may it be, how large does it say it is. What
** gzip cannot make smaller it makes a little larger.
*/
static bool begin_body(struct wats_answer *a)
{
  int64_t length = announced_length(a);
  if (a->decode && !read_coding(a)) return false;
  if (a->encoded && a->max_body < SIZE_MAX / 2)
    a->body.limit = a->max_body + a->max_body / 1000 + 1024;
  if (length <= 0) return true;
  if ((uint64_t)length > a->body.limit)
    return refuse_body(a, WATS_ERR_TOO_LARGE);
  (void)wats_buffer_reserve_exactly(&a->body, (size_t)length);
  return true;
}

bool wats_answer_begin(struct wats_answer *a, size_t most)
{
  int64_t length = announced_length(a);
  if (a->decode && !read_coding(a)) return false;
  if (most == 0) return true;
  a->max_body = most;
  if (!a->encoded && length > 0 && (uint64_t)length > most)
    return refuse_body(a, WATS_ERR_TOO_LARGE);
  return true;
}

bool wats_answer_bytes(struct wats_answer *a, const char *bytes, size_t length)
{
  enum wats_errc code;
  if (length == 0) return true;
  if (a->body.length == 0 && !begin_body(a)) return false;
  code = wats_buffer_append(&a->body, bytes, length);
  return code == WATS_OK || refuse_body(a, code);
}

static enum wats_errc decode(struct wats_answer *a)
{
  struct wats_buffer plain;
  enum wats_errc code;
  if (!a->encoded || a->body.length == 0) return WATS_OK;
  wats_buffer_init(&plain, a->max_body);
  code = wats_gzip_decompress(a->body.data, a->body.length, &plain, NULL);
  if (code == WATS_OK) {
    wats_buffer_free(&a->body);
    a->body = plain;
    return WATS_OK;
  }
  wats_buffer_free(&plain);
  if (code == WATS_ERR_DECODE)
    return wats_fail(a->error, code,
                     "the answer's gzip is broken or ends too early");
  refuse_body(a, code);
  return code;
}

static enum wats_errc check(struct wats_answer *a, int status)
{
  if (!a->head_ended)
    return wats_fail(a->error, WATS_ERR_CONNECTION,
                     "the connection ended within the answer's header fields");
  if (status < 200)
    return wats_fail(a->error, WATS_ERR_PROTOCOL,
                     "the answer's status is %d, which ends no exchange",
                     status);
  return WATS_OK;
}

enum wats_errc wats_answer_finish(struct wats_answer *a, int status,
                                  int http_version, struct wats_response **out)
{
  struct wats_response *response;
  enum wats_errc code = check(a, status);
  if (code == WATS_OK) code = decode(a);
  if (code != WATS_OK) return code;
  response = wats_response_make(&a->headers, &a->body);
  if (!response) return wats_fail_memory(a->error);
  response->status = status;
  response->http_version = http_version;
  *out = response;
  return WATS_OK;
}
