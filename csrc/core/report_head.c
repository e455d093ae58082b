/*
** report_head.c - see report_head.h.
*/
#include "report_head.h"

#include <stdint.h>
#include <string.h>

#include "json_reader.h"
#include "utf8.h"

/* Room for a member's name or a UUID in braces; a longer one is cut, and is
** then neither. */
#define SHORT_TEXT 48

enum member { ID, TYPE, PART_NUMBER, SERIAL_NUMBER, REPAIR, REFERENCE, NONE };

static const char *const names[] = {
    [ID] = "id",          [TYPE] = "type",
    [PART_NUMBER] = "pn", [SERIAL_NUMBER] = "sn",
    [REPAIR] = "uur",     [REFERENCE] = "refUUT"};

struct scan {
  struct wats_json_reader reader;
  struct wats_report_head head;
  unsigned seen; /* bits 1 << member */
  bool in_repair;
};

/* ---- UUIDs -------------------------------------------------------------- */

void wats_uuid_write(const unsigned char uuid[WATS_UUID],
                     char text[WATS_UUID_TEXT])
{
  static const char digits[] = "0123456789abcdef";
  size_t i;
  for (i = 0; i < WATS_UUID; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *text++ = '-';
    *text++ = digits[uuid[i] >> 4];
    *text++ = digits[uuid[i] & 15];
  }
  *text = '\0';
}

static int hex_value(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wats_uuid_read(const char *text, size_t length,
                    unsigned char out[WATS_UUID])
{
  unsigned char uuid[WATS_UUID];
  size_t i;
  if (length == WATS_UUID_TEXT + 1 && text[0] == '{' &&
      text[length - 1] == '}') {
    text++;
    length -= 2;
  }
  if (length != WATS_UUID_TEXT - 1) return false;
  for (i = 0; i < WATS_UUID; i++) {
    int high, low;
    if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-') return false;
    high = hex_value(*text++);
    low = hex_value(*text++);
    if (high < 0 || low < 0) return false;
    uuid[i] = (unsigned char)(high << 4 | low);
  }
  memcpy(out, uuid, sizeof uuid);
  return true;
}

static bool is_nil(const unsigned char uuid[WATS_UUID])
{
  static const unsigned char nil[WATS_UUID];
  return memcmp(uuid, nil, sizeof nil) == 0;
}

/* ---- texts -------------------------------------------------------------- */

/* Of the character or escape at `at`, which the reader has found to be whole.
 */
static size_t raw_size(const char *at, const char *end)
{
  if (*at != '\\') return wats_utf8_size(at, end);
  if (at[1] != 'u') return 2;
  /* \ud800 .. \udbff: a pair */
  return (at[2] | 0x20) == 'd' && strchr("89abAB", at[3]) ? 12 : 6;
}

/* The reader's string as a C string, cut to `room`; a NUL in it, which would
** end it, becomes U+FFFD. */
static void copy_text(const struct wats_json_reader *r, char *out, size_t room)
{
  const char *at = r->text, *end = at + r->length;
  while (at < end) {
    char character[12];
    size_t raw = raw_size(at, end);
    size_t size = wats_json_unescape(at, raw, character);
    if (size == 1 && character[0] == '\0') {
      memcpy(character, "\xef\xbf\xbd", 3);
      size = 3;
    }
    if (size >= room) break;
    memcpy(out, character, size);
    out += size;
    room -= size;
    at += raw;
  }
  *out = '\0';
}

static bool read_uuid(const struct wats_json_reader *r,
                      unsigned char out[WATS_UUID])
{
  char text[SHORT_TEXT];
  copy_text(r, text, sizeof text);
  return wats_uuid_read(text, strlen(text), out) && !is_nil(out);
}

/* ---- members ------------------------------------------------------------ */

/* Which one the key is that has just been read, if it is one of ours here. */
static enum member find_member(const struct scan *s)
{
  const struct wats_json_reader *r = &s->reader;
  unsigned from = ID, to = REPAIR, m;
  char unescaped[SHORT_TEXT];
  const char *name = r->text;
  size_t length = r->length;
  if (r->depth == 2 && s->in_repair)
    from = to = REFERENCE;
  else if (r->depth != 1)
    return NONE;
  if (r->escaped) {
    copy_text(r, unescaped, sizeof unescaped);
    name = unescaped;
    length = strlen(name);
  }
  for (m = from; m <= to; m++)
    if (length == strlen(names[m]) && memcmp(name, names[m], length) == 0)
      return (enum member)m;
  return NONE;
}

static enum wats_errc refuse(struct wats_error *error, const char *name,
                             const char *problem)
{
  return wats_fail(error, WATS_ERR_DECODE, "not a report: \"%s\" %s", name,
                   problem);
}

static enum wats_errc take_name(struct scan *s, enum member m,
                                enum wats_json_event event,
                                struct wats_error *error)
{
  char *out = m == PART_NUMBER ? s->head.part_number : s->head.serial_number;
  if (event == WATS_JSON_NULL) return WATS_OK;
  if (event != WATS_JSON_STRING)
    return refuse(error, names[m], "is neither a text nor null");
  copy_text(&s->reader, out, WATS_REPORT_NAME + 1);
  return WATS_OK;
}

/* `event` is the value's first. What a repair refers to is only read where it
** can be: a wrong one is for the server to judge. */
static enum wats_errc take_value(struct scan *s, enum member m,
                                 enum wats_json_event event,
                                 struct wats_error *error)
{
  struct wats_report_head *head = &s->head;
  char type[SHORT_TEXT];
  switch (m) {
  case ID:
    if (event == WATS_JSON_STRING && read_uuid(&s->reader, head->uuid))
      return WATS_OK;
    return refuse(error, names[m], "is no UUID, or the nil one");
  case TYPE:
    if (event == WATS_JSON_STRING) {
      copy_text(&s->reader, type, sizeof type);
      head->type = type[0];
      if (strcmp(type, "T") == 0 || strcmp(type, "R") == 0) return WATS_OK;
    }
    return refuse(error, names[m], "is neither \"T\" nor \"R\"");
  case PART_NUMBER:
  case SERIAL_NUMBER:
    return take_name(s, m, event, error);
  case REPAIR:
    s->in_repair = event == WATS_JSON_OBJECT;
    return WATS_OK;
  default:
    head->has_reference =
        event == WATS_JSON_STRING && read_uuid(&s->reader, head->reference);
    return WATS_OK;
  }
}

/* A member that is given twice: who reads the report may take either. */
static enum wats_errc take_member(struct scan *s, struct wats_error *error)
{
  enum member m = find_member(s);
  enum wats_json_event event;
  if (m == NONE) return WATS_OK;
  if (s->seen & 1u << m) return refuse(error, names[m], "is there twice");
  s->seen |= 1u << m;
  event = wats_json_next(&s->reader);
  if (event == WATS_JSON_ERROR)
    return wats_json_reader_error(&s->reader, error);
  return take_value(s, m, event, error);
}

/* All behind the first brace. */
static enum wats_errc read_members(struct scan *s, struct wats_error *error)
{
  struct wats_json_reader *r = &s->reader;
  enum wats_json_event event;
  while ((event = wats_json_next(r)) > WATS_JSON_END) {
    if (event == WATS_JSON_KEY && r->depth <= 2) {
      enum wats_errc code = take_member(s, error);
      if (code != WATS_OK) return code;
    } else if (event == WATS_JSON_OBJECT_END && r->depth <= 1)
      s->in_repair = false;
  }
  return event == WATS_JSON_END ? WATS_OK : wats_json_reader_error(r, error);
}

enum wats_errc wats_report_head_read(const char *text, size_t length,
                                     struct wats_report_head *out,
                                     struct wats_error *error)
{
  struct scan s;
  enum wats_json_event event;
  enum wats_errc code;
  memset(&s.head, 0, sizeof s.head);
  s.seen = 0;
  s.in_repair = false;
  wats_json_reader_init(&s.reader, text, length);
  event = wats_json_next(&s.reader);
  if (event == WATS_JSON_ERROR) return wats_json_reader_error(&s.reader, error);
  if (event != WATS_JSON_OBJECT)
    return wats_fail(error, WATS_ERR_DECODE,
                     "not a report: a JSON object is expected");
  code = read_members(&s, error);
  if (code != WATS_OK) return code;
  if (!(s.seen & 1u << ID)) return refuse(error, names[ID], "is missing");
  if (!(s.seen & 1u << TYPE)) return refuse(error, names[TYPE], "is missing");
  if (s.head.type != 'R') s.head.has_reference = false;
  if (!s.head.has_reference)
    memset(s.head.reference, 0, sizeof s.head.reference);
  *out = s.head;
  return WATS_OK;
}
