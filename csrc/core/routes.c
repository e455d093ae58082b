/*
** routes.c - see routes.h.
**
** A node stands for a run of template segments. Its literal children lie in
** one array with their hashes, so that a step down reads one line or two of
** memory; a path segment is hashed once, decoded and folded on the way.
** A node is visited at most once in a match, since its depth says which
** segment it is tried on: backtracking is bounded by the size of the trie.
*/
#include "routes.h"

#include <string.h>

#include "alloc.h"

struct entry { /* an operation at the node where its template ends */
  struct entry *next;
  struct wats_operation operation; /* owns method and path */
};

struct child {
  uint32_t hash; /* of the folded literal */
  struct node *node;
};

struct node {
  struct child *literals;
  size_t literal_count;
  struct node *prefixes;  /* longest first */
  struct node *parameter; /* or NULL */
  struct node *next;      /* in the parent's prefixes */
  struct entry *entries;
  size_t length;
  char text[]; /* folded literal or prefix; empty for a parameter */
};

struct wats_routes {
  struct node *root;
  size_t count;
  uint64_t fingerprint;
};

enum kind { LITERAL, PREFIX, PARAMETER };

struct segment { /* of a template */
  enum kind kind;
  const char *text;
  size_t length; /* of the literal or the prefix */
};

/* --- bytes --------------------------------------------------------------- */

static unsigned char fold(unsigned char c)
{
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static unsigned char take_escape(const char **at, const char *end)
{
  const char *p = *at;
  int high = -1, low = -1;
  if (end - p >= 3) {
    high = hex_digit(p[1]);
    low = hex_digit(p[2]);
  }
  *at = p + 1;
  if (high < 0 || low < 0) return '%';
  *at = p + 3;
  return fold((unsigned char)(high << 4 | low));
}

/* The byte at `*at`, %XX decoded, folded; moves behind it. */
static inline unsigned char next_byte(const char **at, const char *end)
{
  if (**at == '%') return take_escape(at, end);
  return fold((unsigned char)*(*at)++);
}

static uint32_t hash_segment(const char *text, size_t length)
{
  const char *end = text + length;
  uint32_t hash = 2166136261u;
  while (text < end)
    hash = (hash ^ next_byte(&text, end)) * 16777619u;
  return hash;
}

/*
** Bytes of `text` that the folded literal takes up at its beginning, or 0 when
** it does not begin so. (A literal is never empty.)
*/
static size_t begins_with(const char *text, size_t length, const char *literal,
                          size_t literal_length)
{
  const char *at = text, *end = text + length;
  size_t i;
  for (i = 0; i < literal_length; i++) {
    if (at == end) return 0;
    if (next_byte(&at, end) != (unsigned char)literal[i]) return 0;
  }
  return (size_t)(at - text);
}

/* Where the segment that starts at `text` ends. */
static const char *segment_end(const char *text, const char *end)
{
  const char *slash = memchr(text, '/', (size_t)(end - text));
  return slash ? slash : end;
}

/* --- building ------------------------------------------------------------ */

static struct node *node_create(const char *text, size_t length)
{
  struct node *node = wats_calloc(1, sizeof *node + length);
  size_t i;
  if (!node) return NULL;
  node->length = length;
  for (i = 0; i < length; i++)
    node->text[i] = (char)fold((unsigned char)text[i]);
  return node;
}

static void entries_destroy(struct entry *entry)
{
  while (entry) {
    struct entry *next = entry->next;
    wats_free((char *)entry->operation.method);
    wats_free((char *)entry->operation.path);
    wats_free(entry);
    entry = next;
  }
}

/* As deep as the longest template. */
static void node_destroy(struct node *node)
{
  struct node *prefix, *next;
  size_t i;
  if (!node) return;
  for (i = 0; i < node->literal_count; i++)
    node_destroy(node->literals[i].node);
  for (prefix = node->prefixes; prefix; prefix = next) {
    next = prefix->next;
    node_destroy(prefix);
  }
  node_destroy(node->parameter);
  entries_destroy(node->entries);
  wats_free(node->literals);
  wats_free(node);
}

struct wats_routes *wats_routes_create(void)
{
  struct wats_routes *routes = wats_calloc(1, sizeof *routes);
  if (!routes) return NULL;
  routes->root = node_create("", 0);
  if (!routes->root) {
    wats_free(routes);
    return NULL;
  }
  return routes;
}

void wats_routes_destroy(struct wats_routes *routes)
{
  if (!routes) return;
  node_destroy(routes->root);
  wats_free(routes);
}

static bool same_text(const struct node *node, const struct segment *segment)
{
  return node->length == segment->length &&
         begins_with(segment->text, segment->length, node->text,
                     node->length) == segment->length;
}

static struct node *literal_child(struct node *parent,
                                  const struct segment *segment)
{
  uint32_t hash = hash_segment(segment->text, segment->length);
  struct child *grown;
  struct node *node;
  size_t i;
  for (i = 0; i < parent->literal_count; i++)
    if (parent->literals[i].hash == hash &&
        same_text(parent->literals[i].node, segment))
      return parent->literals[i].node;
  grown = wats_realloc(parent->literals,
                       (parent->literal_count + 1) * sizeof *grown);
  if (!grown) return NULL;
  parent->literals = grown;
  node = node_create(segment->text, segment->length);
  if (!node) return NULL;
  grown[parent->literal_count].hash = hash;
  grown[parent->literal_count].node = node;
  parent->literal_count++;
  return node;
}

static struct node *prefix_child(struct node *parent,
                                 const struct segment *segment)
{
  struct node **place = &parent->prefixes, *node;
  while (*place && (*place)->length >= segment->length) {
    if (same_text(*place, segment)) return *place;
    place = &(*place)->next;
  }
  node = node_create(segment->text, segment->length);
  if (!node) return NULL;
  node->next = *place;
  *place = node;
  return node;
}

static struct node *child_for(struct node *parent,
                              const struct segment *segment)
{
  if (segment->kind == LITERAL) return literal_child(parent, segment);
  if (segment->kind == PREFIX) return prefix_child(parent, segment);
  if (!parent->parameter) parent->parameter = node_create("", 0);
  return parent->parameter;
}

/* --- templates ----------------------------------------------------------- */

static bool is_name(const char *text, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++) {
    unsigned char c = fold((unsigned char)text[i]);
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
          c == '-' || c == '.'))
      return false;
  }
  return length > 0;
}

/* What a literal may hold: what a path may, unencoded. */
static bool is_literal(const char *text, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 0x7f || strchr("%?#{}\\\"<>^`|", c)) return false;
  }
  return true;
}

/* Reads a template's segment; false when it is malformed. */
static bool parse_segment(const char *text, size_t length,
                          struct segment *segment)
{
  const char *brace = memchr(text, '{', length);
  size_t literal = brace ? (size_t)(brace - text) : length;
  if (!length || !is_literal(text, literal)) return false;
  segment->text = text;
  segment->length = literal;
  segment->kind = !brace ? LITERAL : literal ? PREFIX : PARAMETER;
  if (!brace) return true;
  return length - literal >= 3 && text[length - 1] == '}' &&
         is_name(brace + 1, length - literal - 2);
}

static enum wats_errc check(const struct wats_operation *operation,
                            struct wats_error *error)
{
  const char *c = operation->method;
  if (!c || !*c)
    return wats_fail(error, WATS_ERR_ARGUMENT, "operation without method");
  for (; *c; c++)
    if (!((*c >= 'A' && *c <= 'Z') || *c == '-'))
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "method \"%.40s\" is not upper case", operation->method);
  if (!operation->path)
    return wats_fail(error, WATS_ERR_ARGUMENT, "operation without path");
  if ((unsigned)operation->volatility > WATS_VOLATILITY_LIVE ||
      operation->family < WATS_NO_FAMILY ||
      operation->family >= WATS_MAX_FAMILIES || operation->domain < 0 ||
      operation->domain > WATS_MAX_DOMAINS ||
      operation->stale >> WATS_MAX_FAMILIES)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "%.120s: volatility, family or domain out of range",
                     operation->path);
  return WATS_OK;
}

/* Splits the template; its segments point into it. */
static enum wats_errc split(const char *path, struct segment *segments,
                            size_t *count, struct wats_error *error)
{
  const char *end = path + strlen(path), *at = path;
  size_t n = 0;
  while (at < end || n == 0) {
    const char *stop;
    if (n == WATS_ROUTES_MAX_SEGMENTS)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "path template \"%.120s\": more than %d segments", path,
                       WATS_ROUTES_MAX_SEGMENTS);
    stop = at < end && *at == '/' ? segment_end(at + 1, end) : NULL;
    if (!stop || !parse_segment(at + 1, (size_t)(stop - at - 1), segments + n))
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "malformed path template \"%.120s\"", path);
    at = stop;
    n++;
  }
  *count = n;
  return WATS_OK;
}

static struct entry *find_entry(const struct node *node, const char *method)
{
  struct entry *entry = node->entries;
  while (entry && strcmp(entry->operation.method, method) != 0)
    entry = entry->next;
  return entry;
}

static struct entry *entry_create(const struct wats_operation *operation)
{
  struct entry *entry = wats_calloc(1, sizeof *entry);
  if (!entry) return NULL;
  entry->operation = *operation;
  entry->operation.method =
      wats_strndup(operation->method, strlen(operation->method));
  entry->operation.path =
      wats_strndup(operation->path, strlen(operation->path));
  if (!entry->operation.method || !entry->operation.path) {
    entries_destroy(entry);
    return NULL;
  }
  return entry;
}

static uint64_t hash_on(uint64_t hash, const void *bytes, size_t length)
{
  const unsigned char *b = bytes;
  while (length--)
    hash = (hash ^ *b++) * UINT64_C(1099511628211); /* FNV-1a */
  return hash;
}

/* What it is, and what a write makes stale. */
static uint64_t operation_hash(const struct wats_operation *o)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  hash = hash_on(hash, o->method, strlen(o->method) + 1);
  hash = hash_on(hash, o->path, strlen(o->path) + 1);
  hash = hash_on(hash, &o->family, sizeof o->family);
  return hash_on(hash, &o->stale, sizeof o->stale);
}

/* Nodes that a failed addition leaves behind carry no operation: they match
** nothing, and the next try finds them. */
enum wats_errc wats_routes_add(struct wats_routes *routes,
                               const struct wats_operation *operation,
                               struct wats_error *error)
{
  struct segment segments[WATS_ROUTES_MAX_SEGMENTS];
  struct node *node = routes->root;
  struct entry *entry;
  size_t count = 0, i;
  enum wats_errc code = check(operation, error);
  if (code) return code;
  code = split(operation->path, segments, &count, error);
  if (code) return code;
  for (i = 0; i < count; i++) {
    node = child_for(node, segments + i);
    if (!node) return wats_fail_memory(error);
  }
  if (find_entry(node, operation->method)) return WATS_OK;
  entry = entry_create(operation);
  if (!entry) return wats_fail_memory(error);
  entry->next = node->entries;
  node->entries = entry;
  routes->count++;
  routes->fingerprint += operation_hash(operation);
  return WATS_OK;
}

uint64_t wats_routes_fingerprint(const struct wats_routes *routes)
{
  return routes->fingerprint;
}

size_t wats_routes_count(const struct wats_routes *routes)
{
  return routes->count;
}

/* --- matching ------------------------------------------------------------ */

static const struct wats_operation *match(const struct node *node,
                                          const char *method, const char *at,
                                          const char *end);

static const struct wats_operation *
match_literal(const struct node *node, const char *method, const char *text,
              const char *stop, const char *end)
{
  size_t length = (size_t)(stop - text), i;
  uint32_t hash;
  if (!node->literal_count) return NULL;
  hash = hash_segment(text, length);
  for (i = 0; i < node->literal_count; i++) {
    const struct node *child = node->literals[i].node;
    if (node->literals[i].hash == hash &&
        begins_with(text, length, child->text, child->length) == length)
      return match(child, method, stop, end);
  }
  return NULL;
}

/* `at` is at a slash or at the end. As deep as the longest template. */
static const struct wats_operation *match(const struct node *node,
                                          const char *method, const char *at,
                                          const char *end)
{
  const struct wats_operation *found;
  const struct node *prefix;
  const char *text, *stop;
  if (at == end) {
    const struct entry *entry = find_entry(node, method);
    return entry ? &entry->operation : NULL;
  }
  text = at + 1;
  stop = segment_end(text, end);
  if (stop == text) return NULL;
  found = match_literal(node, method, text, stop, end);
  for (prefix = node->prefixes; prefix && !found; prefix = prefix->next) {
    size_t taken =
        begins_with(text, (size_t)(stop - text), prefix->text, prefix->length);
    if (taken && text + taken < stop) found = match(prefix, method, stop, end);
  }
  if (!found && node->parameter)
    found = match(node->parameter, method, stop, end);
  return found;
}

/* Bytes of the encoded text that stand for `count` decoded ones. */
static size_t encoded_length(const char *text, const char *end, size_t count)
{
  const char *at = text;
  while (count-- && at < end)
    next_byte(&at, end);
  return (size_t)(at - text);
}

/* Writes the path in the template's spelling; `out` has room for all of it. */
static void spell(const char *template, const char *at, const char *end,
                  struct wats_buffer *out)
{
  char *to = out->data + out->length;
  size_t rest;
  while (*template) {
    const char *stop = segment_end(at + 1, end);
    size_t length = 1 + strcspn(template + 1, "/");
    size_t literal = 1 + strcspn(template + 1, "/{");
    memcpy(to, template, literal);
    to += literal;
    if (literal < length) { /* the parameter, as it came */
      const char *value = at + encoded_length(at, stop, literal);
      memcpy(to, value, (size_t)(stop - value));
      to += stop - value;
    }
    template += length;
    at = stop;
  }
  rest = (size_t)(end - at); /* slashes at the end */
  if (rest) memcpy(to, at, rest);
  out->length = (size_t)(to + rest - out->data);
}

const struct wats_operation *wats_routes_match(const struct wats_routes *routes,
                                               const char *method,
                                               const char *path, size_t length,
                                               struct wats_buffer *canonical)
{
  const struct wats_operation *found = NULL;
  size_t matched = length;
  while (matched > 1 && path[matched - 1] == '/')
    matched--;
  if (matched && path[0] == '/')
    found = match(routes->root, method, path, path + matched);
  if (!canonical || wats_buffer_reserve(canonical, length)) return found;
  if (found)
    spell(found->path, path, path + length, canonical);
  else
    wats_buffer_append(canonical, path, length);
  return found;
}
