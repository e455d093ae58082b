/*
** outbox_salvage.h - what can still be read of a damaged queue, row by row,
** into a new file. For outbox_mend.c.
**
** A living row is taken over if its CRC vouches for it, with its place, its
** state and its lease. One that is not vouched for becomes a dead row, and its
** body, as it was read, a file in "<path>.quarantine": with the CRC that it had
** it can never be sent, whatever a person does to it. Nothing is repaired.
*/
#ifndef WATS_OUTBOX_SALVAGE_H
#define WATS_OUTBOX_SALVAGE_H

#include "outbox_state.h"

struct wats_outbox_salvaged {
  uint64_t living, dead, tombstones;
  uint64_t quarantined; /* not what was written: files, and dead rows */
  uint64_t lost;        /* gone, as far as the old totals tell */
};

/*
** From the file at o->path, which is only read, into the one that is open. A
** failure is one of the new file: it is noted in `o`, too.
*/
enum wats_errc wats_outbox_salvage(struct wats_outbox *o,
                                   struct wats_outbox_salvaged *counts);

#endif
