/*
** report_head.h - what the text of a report in the WATS JSON format (WSJF) says
** of the report as a whole: whose it is, what it is of.
**
** Reads the text once and strictly, with json_reader.h, and builds nothing: a
** report that a queue takes in is checked by this before it is stored, at the
** cost of one scan. What is checked is what the server needs to take a report
** at all: that the text is JSON without an end missing, an object, with `id`
** (a UUID other than the nil one), `type` ("T": a test, "R": a repair), and
** texts or null in `pn` and `sn`, none of them twice: who reads the report
** later might take the other one. What only people can judge, or the server,
** is theirs.
**
** Pure; any thread. Texts are copied, unescaped and cut between characters; a
** NUL in one becomes U+FFFD.
*/
#ifndef WATS_REPORT_HEAD_H
#define WATS_REPORT_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

#define WATS_UUID 16
/* Longer names are cut for the queue's own use: the report keeps its own. */
#define WATS_REPORT_NAME 100

struct wats_report_head {
  unsigned char uuid[WATS_UUID];
  char type;                                /* 'T' or 'R' */
  char part_number[WATS_REPORT_NAME + 1];   /* "" where it has none */
  char serial_number[WATS_REPORT_NAME + 1]; /* likewise */
  /* Of a repair: the test that it is about (`uur.refUUT`). */
  bool has_reference;
  unsigned char reference[WATS_UUID];
};

/* WATS_ERR_DECODE: the text is no report, and why. */
enum wats_errc wats_report_head_read(const char *text, size_t length,
                                     struct wats_report_head *out,
                                     struct wats_error *error);

/* The canonical form, 36 characters and a NUL, lower case (RFC 9562). */
#define WATS_UUID_TEXT 37
void wats_uuid_write(const unsigned char uuid[WATS_UUID],
                     char text[WATS_UUID_TEXT]);
/* Accepts both cases, with or without braces, as servers of .NET write them.
** False: it is none. */
bool wats_uuid_read(const char *text, size_t length,
                    unsigned char out[WATS_UUID]);

#endif
