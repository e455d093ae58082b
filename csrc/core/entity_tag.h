/*
** entity_tag.h - ETag fields and lists of them (RFC 9110, sections 8.8.3 and
** 13.1.2).
**
** Strict where a guess could pass old bytes off as current: a tag stands in
** double quotes, W/ before it is upper case. Between the quotes anything goes
** but a quote, commas and spaces too. Pure: any thread may call, nothing is
** allocated.
*/
#ifndef WATS_ENTITY_TAG_H
#define WATS_ENTITY_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "headers.h"

struct wats_entity_tag {
  const char *at; /* between the quotes; in the text that was read */
  size_t length;
  bool weak;
};

/*
** Reads the tag that `*text` begins with, and leaves `*text` behind it. False,
** with both untouched, when it begins with none.
*/
bool wats_entity_tag_read(const char **text, struct wats_entity_tag *tag);
/* The ETag of these fields: one line with one tag and nothing else. */
bool wats_entity_tag_of(const struct wats_headers *fields,
                        struct wats_entity_tag *tag);

/* 8.8.3.2: the same characters; for strong also neither of them weak. */
bool wats_entity_tag_weakly_equal(const struct wats_entity_tag *a,
                                  const struct wats_entity_tag *b);
bool wats_entity_tag_strongly_equal(const struct wats_entity_tag *a,
                                    const struct wats_entity_tag *b);

enum wats_tag_list {
  WATS_TAG_LIST_ABSENT,
  WATS_TAG_LIST_BROKEN, /* not a list of tags, or * beside others */
  WATS_TAG_LIST_ANY,    /* * */
  WATS_TAG_LIST_MATCH,  /* `tag` is among them, by weak comparison */
  WATS_TAG_LIST_NO_MATCH
};

/* All lines named `name` as one list. `tag` may be NULL: there is none. */
enum wats_tag_list wats_entity_tag_look_up(const struct wats_headers *fields,
                                           const char *name,
                                           const struct wats_entity_tag *tag);

#endif
