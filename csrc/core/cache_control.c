/*
** cache_control.c - see cache_control.h.
*/
#include "cache_control.h"

#include <stddef.h>
#include <string.h>

#include "ascii.h"

struct text {
  const char *at, *end;
};

struct directive {
  struct text name;
  struct text argument; /* without its quotes */
  bool has_argument;
  bool well_formed;
  bool open_quote; /* no closing quote: what else it hides is not known */
};

static bool is_space(char c)
{
  return c == ' ' || c == '\t';
}

static bool is_token_char(char c)
{
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
      (c >= '0' && c <= '9'))
    return true;
  return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static void skip_spaces(struct text *t)
{
  while (t->at < t->end && is_space(*t->at))
    t->at++;
}

static struct text take_token(struct text *t)
{
  struct text token = {t->at, t->at};
  while (t->at < t->end && is_token_char(*t->at))
    t->at++;
  token.end = t->at;
  return token;
}

/* From the opening quote to behind the closing one, or to the end. */
static bool take_quoted(struct text *t, struct text *inside)
{
  inside->at = ++t->at;
  while (t->at < t->end && *t->at != '"')
    t->at += (*t->at == '\\' && t->at + 1 < t->end) ? 2 : 1;
  inside->end = t->at;
  if (t->at == t->end) return false;
  t->at++;
  return true;
}

/*
** To the comma that ends this member; commas in quotes do not. False when a
** quote stays open.
*/
static bool skip_member(struct text *t)
{
  struct text ignored;
  while (t->at < t->end && *t->at != ',') {
    if (*t->at != '"')
      t->at++;
    else if (!take_quoted(t, &ignored))
      return false;
  }
  return true;
}

/* The next member of the list; false at the end. */
static bool next_directive(struct text *t, struct directive *d)
{
  memset(d, 0, sizeof *d);
  while (t->at < t->end && (is_space(*t->at) || *t->at == ','))
    t->at++;
  if (t->at == t->end) return false;
  d->name = take_token(t);
  d->well_formed = d->name.at < d->name.end;
  if (t->at < t->end && *t->at == '=') {
    t->at++;
    d->has_argument = true;
    if (t->at < t->end && *t->at == '"') {
      d->open_quote = !take_quoted(t, &d->argument);
    } else {
      d->argument = take_token(t);
      if (d->argument.at == d->argument.end) d->well_formed = false;
    }
  }
  skip_spaces(t);
  if (t->at < t->end && *t->at != ',') d->well_formed = false;
  if (!skip_member(t)) d->open_quote = true;
  if (d->open_quote) d->well_formed = false;
  return true;
}

static bool is_named(const struct directive *d, const char *name)
{
  const char *at = d->name.at;
  for (; at < d->name.end && *name; at++, name++) {
    if (wats_ascii_lower(*at) != *name) return false;
  }
  return at == d->name.end && !*name;
}

/* Digits and nothing else; stops growing at WATS_SECONDS_MAX. */
static bool read_seconds(struct text t, int64_t *seconds)
{
  int64_t value = 0;
  if (t.at == t.end) return false;
  for (; t.at < t.end; t.at++) {
    if (*t.at < '0' || *t.at > '9') return false;
    value = value * 10 + (*t.at - '0');
    if (value > WATS_SECONDS_MAX) value = WATS_SECONDS_MAX;
  }
  *seconds = value;
  return true;
}

static void keep_smallest(int64_t *member, int64_t value)
{
  if (*member == WATS_SECONDS_NONE || value < *member) *member = value;
}

static void apply_number(struct wats_cache_control *cc,
                         const struct directive *d)
{
  static const struct {
    const char *name;
    size_t offset;
  } members[] = {
      {"max-age", offsetof(struct wats_cache_control, max_age)},
      {"stale-while-revalidate",
       offsetof(struct wats_cache_control, stale_while_revalidate)},
      {"stale-if-error", offsetof(struct wats_cache_control, stale_if_error)},
      {"max-stale", offsetof(struct wats_cache_control, max_stale)},
  };
  size_t i;
  int64_t value = 0;
  bool good = d->well_formed && read_seconds(d->argument, &value);
  if (is_named(d, "min-fresh")) {
    if (!good) value = WATS_SECONDS_MAX;
    if (value > cc->min_fresh) cc->min_fresh = value;
    return;
  }
  for (i = 0; i < sizeof members / sizeof *members; i++)
    if (is_named(d, members[i].name)) {
      if (!good) value = 0;
      if (d->well_formed && !d->has_argument && is_named(d, "max-stale"))
        value = WATS_SECONDS_MAX;
      keep_smallest((int64_t *)((char *)cc + members[i].offset), value);
      return;
    }
}

static void apply(struct wats_cache_control *cc, const struct directive *d)
{
  bool plain = d->well_formed && !d->has_argument;
  if (d->open_quote) cc->no_cache = true;
  if (is_named(d, "no-store"))
    cc->no_store = true;
  else if (is_named(d, "no-cache"))
    cc->no_cache = true;
  else if (is_named(d, "must-revalidate"))
    cc->must_revalidate = true;
  else if (is_named(d, "only-if-cached"))
    cc->only_if_cached = true;
  else if (is_named(d, "private"))
    cc->is_private = true;
  else if (is_named(d, "public"))
    cc->is_public |= plain;
  else if (is_named(d, "immutable"))
    cc->immutable |= plain;
  else if (is_named(d, "must-understand"))
    cc->must_understand |= plain;
  else
    apply_number(cc, d);
}

void wats_cache_control_init(struct wats_cache_control *cc)
{
  memset(cc, 0, sizeof *cc);
  cc->max_age = cc->min_fresh = cc->max_stale = WATS_SECONDS_NONE;
  cc->stale_while_revalidate = cc->stale_if_error = WATS_SECONDS_NONE;
}

void wats_cache_control_parse(struct wats_cache_control *cc, const char *line,
                              size_t length)
{
  struct text t = {line, line + length};
  struct directive d;
  while (next_directive(&t, &d))
    apply(cc, &d);
}

bool wats_age_parse(const char *line, size_t length, int64_t *seconds)
{
  struct text t = {line, line + length};
  struct text member;
  skip_spaces(&t);
  member = take_token(&t);
  skip_spaces(&t);
  if (t.at < t.end && *t.at != ',') return false;
  return read_seconds(member, seconds);
}
