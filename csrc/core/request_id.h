/*
** request_id.h - names for requests, by which a server's log and ours can be
** laid side by side.
**
** A name is "<16 hex digits>-<number>": the digits are drawn at random once for
** each process, the number is that of the request in it. So no two requests of
** a factory have the same, and those of one process can be put in order. It is
** no secret, and nothing may rest on its being hard to guess.
** Any thread; a forked child draws digits of its own.
*/
#ifndef WATS_REQUEST_ID_H
#define WATS_REQUEST_ID_H

#define WATS_REQUEST_ID_FIELD "X-Request-Id"
/* With the NUL. A caller's own may be longer, and is shown cut. */
#define WATS_REQUEST_ID_SIZE 64

/* One that nobody has had. */
void wats_request_id_make(char out[WATS_REQUEST_ID_SIZE]);

#endif
