/*
** entity_tag.c - see entity_tag.h.
*/
#include "entity_tag.h"

#include <string.h>

static const char *skip_spaces(const char *at)
{
  return at + strspn(at, " \t");
}

bool wats_entity_tag_read(const char **text, struct wats_entity_tag *tag)
{
  const char *at = *text, *end;
  bool weak = at[0] == 'W' && at[1] == '/';
  if (weak) at += 2;
  if (*at++ != '"') return false;
  end = strchr(at, '"');
  if (!end) return false;
  tag->at = at;
  tag->length = (size_t)(end - at);
  tag->weak = weak;
  *text = end + 1;
  return true;
}

bool wats_entity_tag_of(const struct wats_headers *fields,
                        struct wats_entity_tag *tag)
{
  struct wats_entity_tag read;
  size_t position = 0;
  const char *name, *value;
  if (!wats_headers_next(fields, &position, "etag", &name, &value) ||
      !wats_entity_tag_read(&value, &read) || *value ||
      wats_headers_next(fields, &position, "etag", &name, &value))
    return false;
  *tag = read;
  return true;
}

bool wats_entity_tag_weakly_equal(const struct wats_entity_tag *a,
                                  const struct wats_entity_tag *b)
{
  return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

bool wats_entity_tag_strongly_equal(const struct wats_entity_tag *a,
                                    const struct wats_entity_tag *b)
{
  return !a->weak && !b->weak && wats_entity_tag_weakly_equal(a, b);
}

/* One line: its members, empty ones read over (RFC 9110, 5.6.1.2). */
struct members {
  size_t count;
  bool star, match, broken;
};

static void look_in_line(const char *at, const struct wats_entity_tag *wanted,
                         struct members *seen)
{
  struct wats_entity_tag tag;
  for (at = skip_spaces(at); *at && !seen->broken; at = skip_spaces(at)) {
    if (*at == ',') {
      at++;
      continue;
    }
    seen->count++;
    if (*at == '*') {
      seen->star = true;
      at++;
    } else if (!wats_entity_tag_read(&at, &tag)) {
      seen->broken = true;
    } else if (wanted && wats_entity_tag_weakly_equal(wanted, &tag)) {
      seen->match = true;
    }
    at = skip_spaces(at);
    if (*at && *at != ',') seen->broken = true;
  }
}

enum wats_tag_list wats_entity_tag_look_up(const struct wats_headers *fields,
                                           const char *name,
                                           const struct wats_entity_tag *tag)
{
  struct members seen = {0, false, false, false};
  size_t position = 0;
  const char *spelt, *value;
  bool there = false;
  while (wats_headers_next(fields, &position, name, &spelt, &value)) {
    there = true;
    look_in_line(value, tag, &seen);
  }
  if (!there) return WATS_TAG_LIST_ABSENT;
  if (seen.broken || (seen.star && seen.count > 1)) return WATS_TAG_LIST_BROKEN;
  if (seen.star) return WATS_TAG_LIST_ANY;
  return seen.match ? WATS_TAG_LIST_MATCH : WATS_TAG_LIST_NO_MATCH;
}
