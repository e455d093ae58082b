/*
** outbox_absent.c - outbox.h for a build without SQLite: none can be opened, so
** nothing else is ever called.
*/
#include "outbox.h"

#ifdef WATS_WITHOUT_QUEUE

static enum wats_errc left_out(struct wats_error *error)
{
  return wats_fail(error, WATS_ERR_ARGUMENT, "the queue: built without SQLite");
}

enum wats_errc wats_outbox_open(const struct wats_outbox_options *options,
                                struct wats_outbox **out,
                                struct wats_error *error)
{
  (void)options;
  (void)out;
  return left_out(error);
}

struct wats_outbox *wats_outbox_retain(struct wats_outbox *outbox)
{
  return outbox;
}

void wats_outbox_release(struct wats_outbox *outbox)
{
  (void)outbox;
}

const char *wats_outbox_path(const struct wats_outbox *outbox)
{
  (void)outbox;
  return "";
}

const struct wats_clock *wats_outbox_clock(const struct wats_outbox *outbox)
{
  (void)outbox;
  return &wats_system_clock;
}

enum wats_errc wats_outbox_submit(struct wats_outbox *outbox,
                                  const struct wats_outbox_report *reports,
                                  size_t count,
                                  enum wats_outbox_receipt *receipts,
                                  struct wats_error *error)
{
  (void)outbox;
  (void)reports;
  (void)count;
  (void)receipts;
  return left_out(error);
}

void wats_outbox_claim_free(struct wats_outbox_claim *claim)
{
  (void)claim;
}

enum wats_errc wats_outbox_turn(struct wats_outbox *outbox,
                                struct wats_outbox_turn *turn,
                                struct wats_error *error)
{
  (void)outbox;
  (void)turn;
  return left_out(error);
}

enum wats_errc wats_outbox_recovered(struct wats_outbox *outbox,
                                     const char *target, int64_t spread_ns,
                                     struct wats_error *error)
{
  (void)outbox;
  (void)target;
  (void)spread_ns;
  return left_out(error);
}

enum wats_errc wats_outbox_pause(struct wats_outbox *outbox, const char *target,
                                 const char *reason, struct wats_error *error)
{
  (void)outbox;
  (void)target;
  (void)reason;
  return left_out(error);
}

enum wats_errc wats_outbox_tend(struct wats_outbox *outbox,
                                struct wats_error *error)
{
  (void)outbox;
  return left_out(error);
}

uint64_t wats_outbox_changes(struct wats_outbox *outbox)
{
  (void)outbox;
  return 0;
}

enum wats_errc wats_outbox_listen(struct wats_outbox *outbox,
                                  const struct wats_notify *notify)
{
  (void)outbox;
  (void)notify;
  return WATS_ERR_ARGUMENT;
}

void wats_outbox_unlisten(struct wats_outbox *outbox,
                          const struct wats_notify *notify)
{
  (void)outbox;
  (void)notify;
}

const char *wats_outbox_state_name(enum wats_outbox_state state)
{
  (void)state;
  return "";
}

enum wats_errc wats_outbox_stats(struct wats_outbox *outbox, const char *target,
                                 struct wats_outbox_stats *out,
                                 struct wats_error *error)
{
  (void)outbox;
  (void)target;
  (void)out;
  return left_out(error);
}

enum wats_errc wats_outbox_stats_within(struct wats_outbox *outbox,
                                        const char *target, int64_t patience_ns,
                                        struct wats_outbox_stats *out,
                                        struct wats_error *error)
{
  (void)patience_ns;
  return wats_outbox_stats(outbox, target, out, error);
}

void wats_outbox_counts(struct wats_outbox *outbox,
                        struct wats_outbox_counts *out)
{
  const struct wats_outbox_counts none = {0};
  (void)outbox;
  *out = none;
}

enum wats_errc wats_outbox_list(struct wats_outbox *outbox,
                                const struct wats_outbox_query *query,
                                struct wats_outbox_row **rows, size_t *count,
                                struct wats_error *error)
{
  (void)outbox;
  (void)query;
  (void)rows;
  (void)count;
  return left_out(error);
}

enum wats_errc wats_outbox_get(struct wats_outbox *outbox,
                               const unsigned char uuid[WATS_UUID],
                               struct wats_outbox_found *out,
                               struct wats_error *error)
{
  (void)outbox;
  (void)uuid;
  (void)out;
  return left_out(error);
}

void wats_outbox_found_free(struct wats_outbox_found *found)
{
  (void)found;
}

enum wats_errc wats_outbox_retry(struct wats_outbox *outbox,
                                 const unsigned char uuid[WATS_UUID],
                                 enum wats_outbox_done *done,
                                 struct wats_error *error)
{
  (void)outbox;
  (void)uuid;
  (void)done;
  return left_out(error);
}

enum wats_errc wats_outbox_discard(struct wats_outbox *outbox,
                                   const unsigned char uuid[WATS_UUID],
                                   enum wats_outbox_done *done,
                                   struct wats_error *error)
{
  return wats_outbox_retry(outbox, uuid, done, error);
}

enum wats_errc wats_outbox_expedite(struct wats_outbox *outbox,
                                    const char *target,
                                    struct wats_error *error)
{
  (void)outbox;
  (void)target;
  return left_out(error);
}

#endif
