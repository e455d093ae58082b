/*
** health_accept.h - which format an Accept field asks for (RFC 9110, section
** 12.5.1). Pure.
*/
#ifndef WATS_HEALTH_ACCEPT_H
#define WATS_HEALTH_ACCEPT_H

enum wats_health_format { /* of equally wanted ones the first */
                          WATS_HEALTH_PROMETHEUS,
                          WATS_HEALTH_OPENMETRICS,
                          WATS_HEALTH_JSON,
                          WATS_HEALTH_FORMATS
};

/*
** The format with the greatest weight; the most specific range that fits gives
** a format its weight. NULL, and a field that no format fits: Prometheus' text,
** since a page that may be of use is better than none. A range that asks for
** another version of a format (`version=`) does not fit it.
*/
enum wats_health_format wats_health_accept(const char *field);

#endif
