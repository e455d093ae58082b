/*
** cache_rows.h - the table of stored answers in SQLite, over one connection.
**
** A row is found by an id, which is a digest of the cache key that only the
** holder of the file's salt can make, and a variant (cache_pack.h). Neither key
** nor credential is in the file. A sum over each row finds damage that SQLite
** does not look for.
**
** One thread at a time for each connection; several connections, of several
** processes, may be at work. Losing what was written last, to a power cut, is
** nothing against what waiting for the disk would cost: `synchronous=OFF`. A
** killed process loses nothing that was committed. The journal is a rollback
** journal: idle connections hold no lock and map nothing, so that a fork, or a
** file that is set aside under them, does no harm.
*/
#ifndef WATS_CACHE_ROWS_H
#define WATS_CACHE_ROWS_H

#include "db.h"
#include "sha256.h"

#define WATS_ROW_ID       WATS_SHA256_SIZE
#define WATS_ROW_VARIANT  16
#define WATS_ROW_SALT     32
#define WATS_ROW_VARIANTS 8 /* kept of one id, the latest */
/* No row may be larger than this part of the bound. */
#define WATS_ROW_PART 8

struct wats_cache_rows;

struct wats_cache_rows_options {
  const char *path;
  uint64_t max_bytes;
  unsigned naps, nap_us; /* see db.h */
  const _Atomic bool *stop;
};

enum wats_errc
wats_cache_rows_open(const struct wats_cache_rows_options *options,
                     struct wats_cache_rows **out,
                     enum wats_db_trouble *trouble, struct wats_error *error);
/* How long it waits for others from now on. */
void wats_cache_rows_patience(struct wats_cache_rows *rows, unsigned naps,
                              unsigned nap_us);
/* Accepts NULL. */
void wats_cache_rows_close(struct wats_cache_rows *rows);
/* The file's salt: the key of all digests in it. */
const struct wats_hmac_key *
wats_cache_rows_key(const struct wats_cache_rows *rows);
/* False: the file at the path is another one than is open, or none. */
bool wats_cache_rows_are_current(const struct wats_cache_rows *rows);

struct wats_cache_row {
  unsigned char id[WATS_ROW_ID], variant[WATS_ROW_VARIANT];
  uint64_t generation, since; /* cache_epoch.h; below 2^63 */
  int64_t asked_ns;           /* since the machine was started: of those of one
                                 `since` the later one counts */
  int64_t used_s;             /* when it was last of use, about */
  const void *head, *body;
  size_t head_length, body_length;
  /* of one that was found: */
  int64_t number;
  uint32_t sum;
  struct wats_cache_rows *rows;
};

/*
** Calls `visit` for the rows of that id, the latest first, until it returns
** false. Bodies are not read before they are asked for, see below; what a row
** points to ends with the call.
*/
void wats_cache_rows_find(struct wats_cache_rows *rows,
                          const unsigned char id[WATS_ROW_ID],
                          bool (*visit)(void *context,
                                        struct wats_cache_row *row),
                          void *context, enum wats_db_trouble *trouble);
/* Within `visit`: reads the body in; false: the sum is wrong. */
bool wats_cache_row_complete(struct wats_cache_row *row);

/* Number of rows; O(n). -1 when it cannot be had. */
int64_t wats_cache_rows_count(struct wats_cache_rows *rows);
/* Bytes that are in use, and of the file. */
int64_t wats_cache_rows_bytes(struct wats_cache_rows *rows);
int64_t wats_cache_rows_file_bytes(struct wats_cache_rows *rows);

/* ---- writing, within begin and commit ----------------------------------- */

enum wats_errc wats_cache_rows_begin(struct wats_cache_rows *rows,
                                     enum wats_db_trouble *trouble,
                                     struct wats_error *error);
enum wats_errc wats_cache_rows_commit(struct wats_cache_rows *rows,
                                      enum wats_db_trouble *trouble,
                                      struct wats_error *error);
void wats_cache_rows_rollback(struct wats_cache_rows *rows);

/*
** Puts a row in place of the one of its id and variant, unless that is younger;
** the least recently used give way where there is no room. WATS_ERR_TOO_LARGE:
** larger than a part of the bound; what of its id is older is gone, too.
*/
enum wats_errc wats_cache_rows_put(struct wats_cache_rows *rows,
                                   const struct wats_cache_row *row,
                                   enum wats_db_trouble *trouble,
                                   struct wats_error *error);
/* Was of use; `used_s` at its later end. */
enum wats_errc wats_cache_rows_touch(struct wats_cache_rows *rows,
                                     int64_t number, int64_t used_s,
                                     enum wats_db_trouble *trouble,
                                     struct wats_error *error);
enum wats_errc wats_cache_rows_remove(struct wats_cache_rows *rows,
                                      int64_t number,
                                      enum wats_db_trouble *trouble,
                                      struct wats_error *error);
/* All but those of this generation that are younger. */
enum wats_errc wats_cache_rows_wipe(struct wats_cache_rows *rows,
                                    uint64_t generation, uint64_t since,
                                    enum wats_db_trouble *trouble,
                                    struct wats_error *error);

#endif
