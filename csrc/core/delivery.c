/*
** delivery.c - see delivery.h.
*/
#include "delivery.h"

#include <string.h>

#include "ascii.h"
#include "clock.h"
#include "crc32c.h"
#include "json_reader.h"
#include "utf8.h"

/* Of an answer, what tells it from others. */
#define LOOKED_AT 4096
/* Of an answer that people see. */
#define SHOWN 160

/* ---- confirming --------------------------------------------------------- */

static bool is_named(const struct wats_json_reader *r, const char *name)
{
  size_t length = strlen(name);
  return r->length == length && wats_ascii_equal(r->text, name, length);
}

/* A UUID of another report? */
static bool is_another(const struct wats_json_reader *r,
                       const unsigned char uuid[WATS_UUID])
{
  unsigned char other[WATS_UUID];
  char text[512];
  size_t length;
  if (r->length > sizeof text) return false; /* none, however it is escaped */
  length = wats_json_unescape(r->text, r->length, text);
  return wats_uuid_read(text, length, other) &&
         memcmp(other, uuid, sizeof other) != 0;
}

struct confirmation {
  struct wats_json_reader reader;
  const unsigned char *uuid;
  bool named, another;
};

/* The value of a key of the object has its turn. */
static enum wats_json_event read_member(struct confirmation *c)
{
  struct wats_json_reader *r = &c->reader;
  bool id = is_named(r, "ID");
  enum wats_json_event event;
  if (!id && !is_named(r, "uuid")) return WATS_JSON_KEY;
  event = wats_json_next(r);
  if (event != WATS_JSON_STRING || r->length == 0) return event;
  c->named = true;
  if (id && is_another(r, c->uuid)) c->another = true;
  return event;
}

bool wats_delivery_confirms(const char *body, size_t length,
                            const unsigned char uuid[WATS_UUID])
{
  struct confirmation c = {.uuid = uuid};
  enum wats_json_event event;
  unsigned level = 1;
  bool inside = true; /* the object that counts */
  wats_json_reader_init(&c.reader, body, length);
  event = wats_json_next(&c.reader);
  if (event == WATS_JSON_ARRAY) {
    event = wats_json_next(&c.reader);
    level = 2;
  }
  if (event != WATS_JSON_OBJECT) return false;
  while (event > WATS_JSON_END) {
    event = wats_json_next(&c.reader);
    if (inside && event == WATS_JSON_KEY && c.reader.depth == level)
      event = read_member(&c);
    else if (event == WATS_JSON_OBJECT_END && c.reader.depth < level)
      inside = false;
  }
  return event == WATS_JSON_END && c.named && !c.another;
}

/* ---- what an answer says ------------------------------------------------ */

/* The text of a member that servers explain themselves in; its length, or 0. */
static size_t find_message(const char *body, size_t length, char *out,
                           size_t room)
{
  static const char *const names[] = {"message", "detail", "title", "error"};
  struct wats_json_reader r;
  enum wats_json_event event;
  size_t found = 0, best = sizeof names / sizeof *names, i;
  wats_json_reader_init(&r, body, length);
  if (wats_json_next(&r) != WATS_JSON_OBJECT) return 0;
  while ((event = wats_json_next(&r)) > WATS_JSON_END) {
    if (event != WATS_JSON_KEY || r.depth != 1) continue;
    for (i = 0; i < best; i++)
      if (is_named(&r, names[i])) break;
    if (i == best) continue;
    if (wats_json_next(&r) != WATS_JSON_STRING || r.length == 0) continue;
    best = i;
    found = r.length < room ? r.length : room;
    if (r.length <= room)
      found = wats_json_unescape(r.text, r.length, out);
    else
      memcpy(out, r.text, found);
  }
  return found;
}

static bool is_html(const char *body, size_t length)
{
  while (length && (*body == ' ' || *body == '\n' || *body == '\r' ||
                    *body == '\t' || (unsigned char)*body >= 0x80)) {
    body++; /* a byte order mark too */
    length--;
  }
  return length && *body == '<';
}

/* A part of it for people, as ": words", or "". wats_fail sees to it that it
** stays one line of whole characters. */
static void excerpt(const struct wats_delivery_outcome *o, char out[SHOWN + 3])
{
  size_t n, whole;
  out[0] = '\0';
  if (!o->length) return;
  if (is_html(o->body, o->length)) {
    memcpy(out, ": a page in HTML", sizeof ": a page in HTML");
    return;
  }
  n = find_message(o->body, o->length, out + 2, SHOWN);
  if (n == 0) {
    n = o->length < SHOWN ? o->length : SHOWN;
    memcpy(out + 2, o->body, n);
  }
  memcpy(out, ": ", 2);
  whole = wats_utf8_invalid_at(out + 2, n);
  if (n - whole < 4) n = whole; /* a character that was cut in two */
  out[2 + n] = '\0';
}

static void say(struct wats_delivery_decision *d, const char *before,
                const struct wats_delivery_outcome *o, const char *behind)
{
  struct wats_error line;
  char words[SHOWN + 3];
  if (o->code != WATS_OK)
    (void)wats_fail(&line, o->code, "%s%s%s%s%s", before,
                    wats_errc_name(o->code), o->message ? ": " : "",
                    o->message ? o->message : "", behind);
  else {
    excerpt(o, words);
    (void)wats_fail(&line, WATS_OK, "%sHTTP %d%s%s", before, o->status, words,
                    behind);
  }
  memcpy(d->reason, line.message, sizeof d->reason);
}

static bool is_word(char c)
{
  char lower = wats_ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         (signed char)c < 0;
}

/* Of status and body, but for words with a digit in them: request numbers and
** times, which each answer has its own of. */
static uint32_t fingerprint(const struct wats_delivery_outcome *o)
{
  unsigned char status[2] = {(unsigned char)(o->status >> 8),
                             (unsigned char)o->status};
  size_t length = o->length < LOOKED_AT ? o->length : LOOKED_AT, i = 0;
  uint32_t crc = wats_crc32c(0, status, sizeof status);
  while (i < length) {
    size_t begin = i;
    bool digits = false;
    while (i < length && is_word(o->body[i])) {
      digits |= o->body[i] >= '0' && o->body[i] <= '9';
      i++;
    }
    if (i == begin) i++; /* a mark between words */
    if (!digits) crc = wats_crc32c(crc, o->body + begin, i - begin);
  }
  return crc;
}

/* ---- delays ------------------------------------------------------------- */

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
  return value < least ? least : value > most ? most : value;
}

/* At random in least .. most. */
static int64_t between(uint64_t random, int64_t least, int64_t most)
{
  return least + (int64_t)(random % ((uint64_t)(most - least) + 1));
}

/* base * 2^times, at most `most`. */
static int64_t doubled(int64_t base, unsigned times, int64_t most)
{
  while (times-- > 0 && base < most)
    base = base > most / 2 ? most : base * 2;
  return base < most ? base : most;
}

static int64_t retry_delay(const struct wats_delivery_outcome *o)
{
  int64_t longest =
      doubled(WATS_DELIVERY_BASE_NS, o->attempts, WATS_DELIVERY_LONGEST_NS);
  int64_t delay = between(o->random, 0, longest);
  if (o->retry_after_ns >= 0)
    delay += clamp(o->retry_after_ns, WATS_DELIVERY_LEAST_ASKED_NS,
                   WATS_DELIVERY_MOST_ASKED_NS);
  return clamp(delay, 0, WATS_DELIVERY_MOST_ASKED_NS);
}

static int64_t soon(const struct wats_delivery_outcome *o)
{
  int64_t least = doubled(WATS_DELIVERY_SOON_NS, 2 * o->rejections,
                          WATS_DELIVERY_LONGEST_NS / 2);
  return between(o->random, least, 2 * least);
}

/* ---- the target --------------------------------------------------------- */

void wats_delivery_resume_hold(struct wats_delivery *delivery)
{
  delivery->held = delivery->blamed = true;
  delivery->probe_ns = WATS_DELIVERY_PROBE_NS;
  delivery->rejected = WATS_DELIVERY_REJECTIONS;
  memset(delivery->last_rejected, 0, sizeof delivery->last_rejected);
}

static void lift(struct wats_delivery *t)
{
  t->held = t->blamed = false;
}

/* What was under way when the hold began sets no probe: there is one. */
static void set_probe(struct wats_delivery *t,
                      const struct wats_delivery_outcome *o, bool begins,
                      struct wats_delivery_decision *d)
{
  if (!t->held || (!begins && !o->probe)) return;
  d->probe_ns = clamp(between(o->random, t->probe_ns, 2 * t->probe_ns),
                      WATS_DELIVERY_PROBE_NS, WATS_DELIVERY_LAST_PROBE_NS);
  if (d->verdict == WATS_DELIVERY_HOLD)
    t->probe_ns = doubled(t->probe_ns, 1, WATS_DELIVERY_LAST_PROBE_NS);
}

static void hold(struct wats_delivery *t, const struct wats_delivery_outcome *o,
                 bool blamed, struct wats_delivery_decision *d)
{
  bool begins = !t->held;
  d->verdict = WATS_DELIVERY_HOLD;
  if (begins) t->probe_ns = WATS_DELIVERY_PROBE_NS;
  t->held = true;
  t->blamed = blamed;
  set_probe(t, o, begins, d);
}

static bool is_new_rejection(const struct wats_delivery *t,
                             const unsigned char uuid[WATS_UUID])
{
  unsigned i;
  for (i = 0; i < t->rejected; i++)
    if (memcmp(t->last_rejected[i], uuid, WATS_UUID) == 0) return false;
  return t->rejected < WATS_DELIVERY_REJECTIONS;
}

/* ---- verdicts ----------------------------------------------------------- */

static void set_aside(struct wats_delivery *t,
                      const struct wats_delivery_outcome *o,
                      struct wats_delivery_decision *d)
{
  hold(t, o, true, d);
  d->delay_ns = WATS_DELIVERY_ASIDE_NS;
  say(d, "the server refuses one report after another, the last with ", o, "");
}

static void reject(struct wats_delivery *t,
                   const struct wats_delivery_outcome *o,
                   struct wats_delivery_decision *d)
{
  unsigned times = o->rejections + 1;
  d->rejected = true;
  d->rejection = fingerprint(o);
  if (is_new_rejection(t, o->uuid))
    memcpy(t->last_rejected[t->rejected++], o->uuid, WATS_UUID);
  if (t->rejected == WATS_DELIVERY_REJECTIONS) {
    set_aside(t, o, d);
    return;
  }
  lift(t); /* it lets us in, and reads reports */
  say(d, "", o, "");
  if ((times >= 2 && d->rejection == o->rejection) ||
      times >= WATS_DELIVERY_MOST_REJECTIONS)
    d->verdict = WATS_DELIVERY_BURY;
  else {
    d->verdict = WATS_DELIVERY_REJECTED;
    d->delay_ns = soon(o);
  }
}

static void confirm(struct wats_delivery *t,
                    const struct wats_delivery_outcome *o,
                    struct wats_delivery_decision *d)
{
  if (!wats_delivery_confirms(o->body, o->length, o->uuid)) {
    hold(t, o, false, d);
    say(d, "the answer does not confirm the report: ", o, "");
    return;
  }
  lift(t);
  t->rejected = 0;
  d->verdict = WATS_DELIVERY_SENT;
}

static void retry(struct wats_delivery *t,
                  const struct wats_delivery_outcome *o,
                  struct wats_delivery_decision *d)
{
  d->verdict = WATS_DELIVERY_RETRY;
  d->delay_ns = retry_delay(o);
  say(d, "", o, "");
  set_probe(t, o, false, d);
}

static void refuse_all(struct wats_delivery *t,
                       const struct wats_delivery_outcome *o,
                       struct wats_delivery_decision *d)
{
  const char *behind = "";
  if (o->code == WATS_OK) {
    if (o->status == 401 || o->status == 403 || o->status == 407)
      behind = " (the token is not accepted)";
    else if (o->status == 404 || o->status == 405)
      behind = " (no WATS server is there)";
    else if (o->status >= 300 && o->status < 400)
      behind = " (a redirect that is not followed)";
  }
  hold(t, o, false, d);
  say(d, "", o, behind);
}

static void decide_answer(struct wats_delivery *t,
                          const struct wats_delivery_outcome *o,
                          struct wats_delivery_decision *d)
{
  if (o->status >= 200 && o->status < 300)
    confirm(t, o, d);
  else if (o->status >= 300 && o->status < 400)
    refuse_all(t, o, d);
  else
    switch (o->status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
      refuse_all(t, o, d);
      break;
    case 408:
    case 425:
    case 429:
      retry(t, o, d);
      break;
    default:
      if (o->status >= 400 && o->status < 500)
        reject(t, o, d);
      else
        retry(t, o, d);
    }
}

/* Not tried: a probe that was to see something sees it a moment later. */
static void not_tried(struct wats_delivery *t,
                      const struct wats_delivery_outcome *o,
                      enum wats_delivery_verdict verdict,
                      struct wats_delivery_decision *d)
{
  int64_t wait_ns = clamp(o->retry_after_ns, WATS_DELIVERY_LEAST_ASKED_NS,
                          WATS_DELIVERY_LONGEST_NS);
  d->verdict = verdict;
  say(d, "", o, "");
  if (verdict == WATS_DELIVERY_WAIT) d->delay_ns = wait_ns;
  if (t->held && o->probe) d->probe_ns = wait_ns;
}

void wats_delivery_decide(struct wats_delivery *delivery,
                          const struct wats_delivery_outcome *o,
                          struct wats_delivery_decision *out)
{
  memset(out, 0, sizeof *out);
  out->probe_ns = -1;
  switch (o->code) {
  case WATS_OK:
    decide_answer(delivery, o, out);
    break;
  case WATS_ERR_TLS:
  case WATS_ERR_REDIRECT:
  case WATS_ERR_ARGUMENT: /* such as a URL that nobody takes: for people */
    refuse_all(delivery, o, out);
    break;
  case WATS_ERR_CIRCUIT_OPEN:
  case WATS_ERR_RATE_LIMITED:
  case WATS_ERR_QUEUE_FULL:
  case WATS_ERR_IO:
  case WATS_ERR_MEMORY:
    not_tried(delivery, o, WATS_DELIVERY_WAIT, out);
    break;
  case WATS_ERR_CANCELLED:
  case WATS_ERR_CLOSED:
    not_tried(delivery, o, WATS_DELIVERY_RELEASE, out);
    break;
  default:
    retry(delivery, o, out);
  }
}
