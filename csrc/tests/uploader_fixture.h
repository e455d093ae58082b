/*
** uploader_fixture.h - a peer, a client, a queue and its uploader, on a clock
** that the test moves; reports are known by a number.
*/
#ifndef WATS_UPLOADER_FIXTURE_H
#define WATS_UPLOADER_FIXTURE_H

#include "core/uploader.h"

#include "client_fixture.h"
#include "files.h"

static struct wats_uploader_member *member;
static struct wats_error error;

#define TAKEN "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"uuid\":\"x\"}"

#ifdef WATS_WITHOUT_QUEUE

/* The one test of a file then. */
static inline void test_is_left_out(void)
{
  struct wats_uploader_options options = {0};
  CHECK_INT(wats_uploader_join(&options, &member, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "queue: built without SQLite");
}

#else

static struct wats_outbox *box;

/* Waits for up to ten seconds, without doing anything else. */
#define WAIT(condition)                                                        \
  do {                                                                         \
    int left_ = 2000;                                                          \
    bool met_;                                                                 \
    while (!(met_ = (condition)) && left_-- > 0)                               \
      peer_sleep(5);                                                           \
    if (!met_) printf("%s\n", #condition);                                     \
    CHECK(met_);                                                               \
  } while (0)

static inline struct wats_outbox *open_outbox(void)
{
  struct wats_outbox_options options = {.path = scratch_file("box"),
                                        .clock = &fake.clock};
  struct wats_outbox *o = NULL;
  if (wats_outbox_open(&options, &o, &error) != WATS_OK) {
    printf("%s\n", error.message);
    abort();
  }
  return o;
}

static inline enum wats_errc join_with(struct wats_client *c,
                                       struct wats_uploader_member **out,
                                       unsigned concurrency, int64_t spread_ns)
{
  const struct wats_uploader_options options = {.outbox = box,
                                                .client = c,
                                                .concurrency = concurrency,
                                                .recovery_spread_ns =
                                                    spread_ns};
  return wats_uploader_join(&options, out, &error);
}

static inline void join(void)
{
  CHECK_INT(join_with(client, &member, 0, 0), WATS_OK);
  if (!member) abort();
  CHECK_INT(wats_uploader_subscribe(member, NULL), WATS_OK);
}

/* All but the member. */
static inline void open_queue(void)
{
  remove_files("box*");
  open_client();
  box = open_outbox();
}

static inline void open_uploader(void)
{
  open_queue();
  join();
}

static inline void close_uploader(void)
{
  wats_uploader_leave(member, true);
  member = NULL;
  wats_outbox_release(box);
  box = NULL;
  close_world();
}

/* ---- reports ------------------------------------------------------------ */

static inline const unsigned char *id_of(unsigned number)
{
  static _Thread_local unsigned char uuid[WATS_UUID];
  memset(uuid, 0, sizeof uuid);
  uuid[6] = 0x40;
  uuid[8] = 0x80;
  uuid[14] = (unsigned char)(number >> 8);
  uuid[15] = (unsigned char)number;
  return uuid;
}

static inline const char *id_text(unsigned number)
{
  static _Thread_local char text[WATS_UUID_TEXT];
  wats_uuid_write(id_of(number), text);
  return text;
}

static inline void enqueue_as(unsigned number, const char *serial,
                              const char *note)
{
  struct wats_outbox_report r = {.target = wats_client_base_url(client),
                                 .priority = WATS_OUTBOX_USUAL};
  struct wats_error why;
  char text[512];
  r.body = text;
  r.length = (size_t)snprintf(text, sizeof text,
                              "{\"id\":\"%s\",\"type\":\"T\",\"pn\":\"P\","
                              "\"sn\":\"%s\",\"note\":\"%s\"}",
                              id_text(number), serial, note);
  CHECK_INT(wats_report_head_read(text, r.length, &r.head, &why), WATS_OK);
  if (wats_outbox_submit(box, &r, 1, NULL, &why) != WATS_OK) {
    printf("%s\n", why.message);
    CHECK(false);
  }
}

/* Of a unit of its own. */
static inline void enqueue(unsigned number)
{
  char serial[16];
  snprintf(serial, sizeof serial, "%u", number);
  enqueue_as(number, serial, "");
}

static inline void enqueue_many(unsigned first, unsigned count)
{
  for (; count > 0; count--)
    enqueue(first++);
}

/* Which report request `i` brought; -1: none. */
static inline int sent_report(int i)
{
  const char *key = peer_field(peer, i, "Idempotency-Key");
  unsigned char uuid[WATS_UUID];
  if (!key || !wats_uuid_read(key, strlen(key), uuid)) return -1;
  return uuid[14] << 8 | uuid[15];
}

/* ---- looking ------------------------------------------------------------ */

static inline struct wats_outbox_stats rows(void)
{
  struct wats_outbox_stats s;
  struct wats_error why;
  memset(&s, 0, sizeof s);
  CHECK_INT(wats_outbox_stats(box, wats_client_base_url(client), &s, &why),
            WATS_OK);
  return s;
}

static inline uint64_t in_state(enum wats_outbox_state state)
{
  return rows().rows[state];
}

static inline uint64_t sent(void)
{
  return rows().sent;
}

static inline uint64_t waiting(void)
{
  return in_state(WATS_OUTBOX_WAITING);
}

static inline uint64_t left(void)
{
  struct wats_outbox_stats s = rows();
  return s.rows[WATS_OUTBOX_READY] + s.rows[WATS_OUTBOX_WAITING] +
         s.rows[WATS_OUTBOX_BLOCKED] + s.rows[WATS_OUTBOX_IN_FLIGHT];
}

static inline struct wats_outbox_row row_of(unsigned number)
{
  struct wats_outbox_found found;
  struct wats_outbox_row row;
  memset(&found, 0, sizeof found);
  CHECK_INT(wats_outbox_get(box, id_of(number), &found, NULL), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_KEPT);
  row = found.row;
  wats_outbox_found_free(&found);
  return row;
}

static inline struct wats_uploader_stats uploader(void)
{
  struct wats_uploader_stats s;
  wats_uploader_stats(member, &s);
  return s;
}

/* Kinds of the events that have come, in order: "s", "d", "p", "r", "l". */
static inline const char *events(void)
{
  static char kinds[64];
  struct wats_uploader_event e;
  size_t n = strlen(kinds);
  while (n + 1 < sizeof kinds && wats_uploader_next_event(member, &e))
    kinds[n++] = "sdprl"[e.kind];
  kinds[n] = '\0';
  return kinds;
}

static inline bool move_on(int64_t ns)
{
  wats_fake_clock_advance(&fake, ns);
  return true;
}

#endif
#endif
