/*
** delivery.h - what came of sending a report, and what follows from it.
**
** Pure policy: the outcome is handed in, and so are chance and time; embedded
** by value, its owner holds one lock. outbox.h stores, uploader.h does it.
**
**   what came                                          what follows
**   2xx that confirms (JSON with the report's id)      SENT
**   no connection, broken, timeout, 408 425 429 5xx    RETRY for ever, full
**                                                      jitter 5 s .. 15 min,
*not
**                                                      before Retry-After
**                                                      (1 s .. 1 h)
**   401 403 404 405 407, 3xx, TLS, 2xx that does not   HOLD: the target is
**   confirm (HTML: somebody's log-in page)             paused, no attempt is
**                                                      counted, one probe each
**                                                      60 s .. 5 min
**   other 4xx: the report is to blame                  RETRY once, soon; the
**                                                      second identical answer:
**                                                      BURY
**   ... of REJECTIONS distinct reports in a row        HOLD: the server is to
**                                                      blame
**   our breaker, our limiter                           WAIT: not tried
**   cancelled, closed                                  RELEASE
*/
#ifndef WATS_DELIVERY_H
#define WATS_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "report_head.h"

#define WATS_DELIVERY_BASE_NS       INT64_C(5000000000)
#define WATS_DELIVERY_LONGEST_NS    INT64_C(900000000000)
#define WATS_DELIVERY_PROBE_NS      INT64_C(60000000000)
#define WATS_DELIVERY_LAST_PROBE_NS INT64_C(300000000000)
#define WATS_DELIVERY_REJECTIONS    5

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
  int64_t delay_ns;   /* RETRY, REJECTED, WAIT: from now; HOLD: until a probe */
  uint32_t rejection; /* of this answer */
  char reason[240];   /* for people, one line */
};

/* What is known of the target, over all reports. All zero to begin with. */
struct wats_delivery {
  bool held;
  int64_t probe_ns;  /* the next distance between probes */
  unsigned rejected; /* distinct reports in a row */
  unsigned char last_rejected[WATS_DELIVERY_REJECTIONS][WATS_UUID];
};

/* Decides, and notes what the outcome says of the target: `held` is false again
** after a SENT. */
void wats_delivery_decide(struct wats_delivery *delivery,
                          const struct wats_delivery_outcome *outcome,
                          struct wats_delivery_decision *out);

/* Does the body of a 2xx confirm the report? An object, or an array whose first
** element is one, with text in `ID` or `uuid`; where `ID` is a UUID it is this
** report's. */
bool wats_delivery_confirms(const char *body, size_t length,
                            const unsigned char uuid[WATS_UUID]);

#endif
