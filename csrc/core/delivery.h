/*
** delivery.h - what came of sending a report, and what follows from it.
**
** Pure policy: the outcome is handed in, and so are chance and time; embedded
** by value, its owner holds one lock. outbox.h stores, uploader.h does it.
**
**   what came                              what follows
**   2xx that confirms (JSON, its id)       SENT
**   no connection, broken, timeout,        RETRY for ever, full jitter 5 s ..
**   malformed, 408 425 429 5xx             15 min, not before Retry-After
**                                          (1 s .. 1 h)
**   401 403 404 405 407, 3xx, TLS, 2xx     HOLD: the target is paused, no
**   that does not confirm (HTML:           attempt is counted, one probe each
**   somebody's log-in page)                60 s .. 5 min
**   other 4xx: the report is to blame      REJECTED: once more, soon; after the
**                                          second such answer that says the
**                                          same: BURY
**   ... of REJECTIONS distinct reports     HOLD: the server is to blame. The
**   in a row, none sent between            report is set aside for ASIDE, so
**                                          that the next probe is another one
**   our breaker, our limiter, no memory    WAIT: not tried
**   cancelled, closed                      RELEASE
**
** A hold ends with a report that is sent. One that is not for refused reports
** also ends when the server answers on a report at all (REJECTED): then it is
** the reports' turn again. An outage during a hold ends nothing.
**
** "The same": servers put numbers of their own, times above all, into their
** answers, so words with a digit in them do not count. Whoever is refused
** MOST_REJECTIONS times in a row is buried whatever the answers say.
*/
#ifndef WATS_DELIVERY_H
#define WATS_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "report_head.h"

#define WATS_DELIVERY_BASE_NS         INT64_C(5000000000)
#define WATS_DELIVERY_LONGEST_NS      INT64_C(900000000000)
#define WATS_DELIVERY_LEAST_ASKED_NS  INT64_C(1000000000)
#define WATS_DELIVERY_MOST_ASKED_NS   INT64_C(3600000000000)
#define WATS_DELIVERY_SOON_NS         INT64_C(1000000000)
#define WATS_DELIVERY_PROBE_NS        INT64_C(60000000000)
#define WATS_DELIVERY_LAST_PROBE_NS   INT64_C(300000000000)
#define WATS_DELIVERY_ASIDE_NS        INT64_C(1800000000000)
#define WATS_DELIVERY_REJECTIONS      5
#define WATS_DELIVERY_MOST_REJECTIONS 5

enum wats_delivery_verdict {
  WATS_DELIVERY_SENT,
  WATS_DELIVERY_RETRY,    /* an outage */
  WATS_DELIVERY_REJECTED, /* once more: the report is to blame, perhaps */
  WATS_DELIVERY_BURY,
  WATS_DELIVERY_HOLD,
  WATS_DELIVERY_WAIT,
  WATS_DELIVERY_RELEASE
};

struct wats_delivery_outcome {
  unsigned char uuid[WATS_UUID];
  bool probe;          /* it was sent to see whether a hold is over */
  enum wats_errc code; /* WATS_OK: an answer came */
  const char *message; /* of the failure */
  int status;
  const char *body; /* of the answer */
  size_t length;
  int64_t retry_after_ns; /* -1: not given */
  unsigned attempts;      /* before this one */
  unsigned rejections;    /* see wats_outbox_claim */
  uint32_t rejection;
  uint64_t random; /* 64 random bits */
};

struct wats_delivery_decision {
  enum wats_delivery_verdict verdict;
  /* Of the report: until it may be tried again. Of a WAIT: until any may be. */
  int64_t delay_ns;
  /* Of the target: until a probe, where one is to be set; -1: none is, since
  ** nothing is held or one is set already. */
  int64_t probe_ns;
  bool rejected; /* the answer blamed the report: REJECTED, BURY, and a HOLD
                    for that; such a HOLD is an attempt of the report */
  uint32_t rejection; /* of this answer */
  char reason[240];   /* for people, one line. What a server said is in it */
};

/* What is known of the target, over all reports. All zero to begin with. */
struct wats_delivery {
  bool held;
  bool blamed;       /* held since it refuses one report after another */
  int64_t probe_ns;  /* the least distance to the next probe */
  unsigned rejected; /* distinct reports in a row */
  unsigned char last_rejected[WATS_DELIVERY_REJECTIONS][WATS_UUID];
};

/* It was held before, as a note of an earlier process says, nobody knows for
** what: nothing is buried before something was sent. */
void wats_delivery_resume_hold(struct wats_delivery *delivery);

/* Decides, and notes what the outcome says of the target. */
void wats_delivery_decide(struct wats_delivery *delivery,
                          const struct wats_delivery_outcome *outcome,
                          struct wats_delivery_decision *out);

/* Does the body of a 2xx confirm the report? An object, or an array whose first
** element is one, with text in `ID` or `uuid`, whatever their case; where `ID`
** is a UUID it is this report's. */
bool wats_delivery_confirms(const char *body, size_t length,
                            const unsigned char uuid[WATS_UUID]);

#endif
