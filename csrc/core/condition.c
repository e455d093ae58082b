/*
** condition.c - see condition.h. Section numbers are RFC 9110's.
*/
#include "condition.h"

#include <stddef.h>
#include <string.h>

#include "entity_tag.h"
#include "http_date.h"

bool wats_condition_is_field(const char *name)
{
  static const char *const names[] = {
      "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
      "if-range", "range"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (wats_name_equal(name, names[i])) return true;
  return false;
}

/* The date in the only field of that name. */
static bool read_date(const struct wats_headers *h, const char *field,
                      int64_t wall_s, int64_t *seconds)
{
  size_t position = 0;
  const char *name, *value, *ignored;
  return wats_headers_next(h, &position, field, &name, &value) &&
         !wats_headers_next(h, &position, field, &name, &ignored) &&
         wats_http_date_parse(value, strlen(value), wall_s, seconds);
}

static enum wats_condition judge_tags(enum wats_tag_list list, int status)
{
  bool match = list == WATS_TAG_LIST_ANY || list == WATS_TAG_LIST_MATCH;
  return match && status == 200 ? WATS_CONDITION_FALSE_304
                                : WATS_CONDITION_TRUE;
}

static enum wats_condition judge_date(const struct wats_headers *request,
                                      int status,
                                      const struct wats_headers *stored,
                                      int64_t wall_s)
{
  int64_t since, modified;
  if (!read_date(request, "if-modified-since", wall_s, &since))
    return WATS_CONDITION_NONE;
  if (status == 200 && (read_date(stored, "last-modified", wall_s, &modified) ||
                        read_date(stored, "date", wall_s, &modified)))
    return modified <= since ? WATS_CONDITION_FALSE_304 : WATS_CONDITION_TRUE;
  return WATS_CONDITION_TRUE;
}

/* In the order of 13.2.2. */
enum wats_condition wats_condition_judge(const struct wats_headers *request,
                                         int status,
                                         const struct wats_headers *stored,
                                         int64_t wall_s)
{
  struct wats_entity_tag tag;
  enum wats_tag_list list;
  if (!request) return WATS_CONDITION_NONE;
  if (wats_headers_get(request, "if-match") ||
      wats_headers_get(request, "if-unmodified-since"))
    return WATS_CONDITION_NOT_OURS;
  list = wats_entity_tag_look_up(
      request, "if-none-match", wats_entity_tag_of(stored, &tag) ? &tag : NULL);
  if (list != WATS_TAG_LIST_ABSENT) return judge_tags(list, status);
  return judge_date(request, status, stored, wall_s);
}

static bool is_sent_with_304(const char *name, bool has_tag)
{
  static const char *const names[] = {
      "cache-control", "content-location", "date", "etag", "expires", "vary"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (wats_name_equal(name, names[i])) return true;
  return !has_tag && wats_name_equal(name, "last-modified");
}

enum wats_errc
wats_condition_not_modified_fields(const struct wats_headers *stored,
                                   struct wats_headers *out)
{
  const char *tag = wats_headers_get(stored, "etag"), *name, *value;
  size_t position = 0, length = out->block.length, count = out->count;
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK &&
         wats_headers_next(stored, &position, NULL, &name, &value))
    if (is_sent_with_304(name, tag && *tag))
      code = wats_headers_add(out, name, strlen(name), value, strlen(value));
  if (code != WATS_OK) {
    out->block.length = length;
    out->count = count;
  }
  return code;
}
