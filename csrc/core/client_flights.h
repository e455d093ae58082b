/*
** client_flights.h - identical GETs under way become one exchange. For
** client_perform.c.
**
** Identical are two requests of clients that share a cache when key and all
** header fields but X-Request-Id, the clients' own as User-Agent and the
** callers', are the same, and what he says
** of storing and repeating. The first *leads*: he goes to the server. Those who
** come while he is there *join*: they wait, each no longer than his own
** deadline, and get what he got. Nobody joins a leader who set out before a
** write that concerns the answer, or while one is under way; nor, of live
** state,
** one who set out longer ago than the caller's ttl.
**
** What ended for a reason of the leader's own (his deadline, his cancel, his
** limits) ends for him alone: those who joined go on, one leading, the rest
** joining him.
**
** Any thread. Joining costs a timer of the engine; leading costs the key.
*/
#ifndef WATS_CLIENT_FLIGHTS_H
#define WATS_CLIENT_FLIGHTS_H

#include "client_call.h"

enum wats_boarding {
  WATS_BOARDING_LEADS, /* go and ask; wats_flight_land when it is over */
  WATS_BOARDING_JOINED /* `then` will be called */
};

/*
** `then` is called in the driver's thread, with the leader's code and answer,
** or with WATS_ERR_TIMEOUT or WATS_ERR_CANCELLED for reasons of the call's own;
** or with WATS_OK and `again` set in the call's passage: board once more.
** WATS_ERR_MEMORY, WATS_ERR_IO: neither has happened.
*/
enum wats_errc wats_flight_board(struct wats_call *call, wats_call_step then,
                                 enum wats_boarding *boarding);
/* He who leads has the answer of one whom he came too late to join. */
void wats_flight_missed(struct wats_call *call);
/* The leader goes on to another URL, of whose writes his ticket knows nothing:
** nobody joins any more. Does nothing for a call that does not lead. */
void wats_flight_shut(struct wats_call *leader);
/* The leader begins or ends to wait for the rate limiter: that is no part of
** anybody's own time. Does nothing for a call that does not lead. */
void wats_flight_hold(struct wats_call *leader, bool waits);
/* The leader's call is over, `code` and his result say how. Does nothing for a
** call that does not lead. */
void wats_flight_land(struct wats_call *leader, enum wats_errc code);

#endif
