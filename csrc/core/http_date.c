/*
** http_date.c - see http_date.h.
*/
#include "http_date.h"

#include <string.h>

#include "ascii.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define FIRST_SECOND    INT64_C(-62167219200) /* of year 0000 */
#define LAST_SECOND     INT64_C(253402300799) /* of year 9999 */

static const char day_names[7][10] = {"Sunday",    "Monday",   "Tuesday",
                                      "Wednesday", "Thursday", "Friday",
                                      "Saturday"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};

/* Reads left to right; the first mismatch clears `good` for ever. */
struct reader {
  const char *at, *end;
  bool good;
};

static bool starts_with(const struct reader *r, const char *word, size_t length)
{
  return (size_t)(r->end - r->at) >= length &&
         wats_ascii_equal(r->at, word, length);
}

static void expect(struct reader *r, const char *word)
{
  size_t length = strlen(word);
  if (!r->good || !starts_with(r, word, length)) {
    r->good = false;
    return;
  }
  r->at += length;
}

/* Exactly `count` digits. */
static int number(struct reader *r, int count)
{
  int value = 0;
  if (!r->good || r->end - r->at < count) {
    r->good = false;
    return 0;
  }
  while (count--) {
    char c = *r->at++;
    if (c < '0' || c > '9') r->good = false;
    value = value * 10 + (c - '0');
  }
  return r->good ? value : 0;
}

/* 1..12 */
static int month(struct reader *r)
{
  int i;
  for (i = 0; r->good && i < 12; i++)
    if (starts_with(r, month_names[i], 3)) {
      r->at += 3;
      return i + 1;
    }
  r->good = false;
  return 1;
}

/* Length of the day's name in front: 3, or all of it; 0 when it is none. */
static size_t day_name(const struct reader *r)
{
  int i;
  for (i = 0; i < 7; i++) {
    size_t whole = strlen(day_names[i]);
    if (starts_with(r, day_names[i], whole)) return whole;
    if (starts_with(r, day_names[i], 3)) return 3;
  }
  return 0;
}

struct civil {
  int year, month, day, hour, minute, second;
};

static void time_of_day(struct reader *r, struct civil *c)
{
  c->hour = number(r, 2);
  expect(r, ":");
  c->minute = number(r, 2);
  expect(r, ":");
  c->second = number(r, 2);
}

/* " 06 Nov 1994 08:49:37 GMT" */
static void imf(struct reader *r, struct civil *c)
{
  expect(r, " ");
  c->day = number(r, 2);
  expect(r, " ");
  c->month = month(r);
  expect(r, " ");
  c->year = number(r, 4);
  expect(r, " ");
  time_of_day(r, c);
  expect(r, " GMT");
}

/* " 06-Nov-94 08:49:37 GMT"; leaves the year at two digits */
static void rfc850(struct reader *r, struct civil *c)
{
  expect(r, " ");
  c->day = number(r, 2);
  expect(r, "-");
  c->month = month(r);
  expect(r, "-");
  c->year = number(r, 2);
  expect(r, " ");
  time_of_day(r, c);
  expect(r, " GMT");
}

/* " Nov  6 08:49:37 1994": the day has two places, the first may be blank */
static void asctime_form(struct reader *r, struct civil *c)
{
  expect(r, " ");
  c->month = month(r);
  expect(r, " ");
  if (r->good && r->at < r->end && *r->at == ' ') {
    r->at++;
    c->day = number(r, 1);
  } else {
    c->day = number(r, 2);
  }
  expect(r, " ");
  time_of_day(r, c);
  expect(r, " ");
  c->year = number(r, 4);
}

static bool is_leap(int year)
{
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_possible(const struct civil *c)
{
  static const int lengths[12] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
  int days = lengths[c->month - 1] + (c->month == 2 && is_leap(c->year));
  return c->day >= 1 && c->day <= days && c->hour <= 23 && c->minute <= 59 &&
         c->second <= 60;
}

/*
** Days since 1970-01-01 in the Gregorian calendar. Years are counted from
** March, so that the leap day is the last of its year.
*/
static int64_t days_from_civil(int64_t year, int month_number, int day)
{
  int64_t era, of_era, of_year;
  if (month_number <= 2) year--;
  era = (year >= 0 ? year : year - 399) / 400;
  of_era = year - era * 400;
  of_year = (153 * ((month_number + 9) % 12) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
         719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
  int64_t era, of_era, year, of_year, shifted;
  days += 719468;
  era = (days >= 0 ? days : days - 146096) / 146097;
  of_era = days - era * 146097;
  year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  of_year = of_era - (365 * year + year / 4 - year / 100);
  shifted = (5 * of_year + 2) / 153;
  c->day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
  c->month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
  c->year = (int)(year + era * 400 + (c->month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

static int64_t seconds_of(const struct civil *c)
{
  return days_from_civil(c->year, c->month, c->day) * SECONDS_PER_DAY +
         INT64_C(3600) * c->hour + INT64_C(60) * c->minute + c->second;
}

/* RFC 9110, 5.6.7: the year in reach of now, not over 50 years ahead of it. */
static int full_year(int two_digits, int64_t now_s)
{
  struct civil now;
  int year;
  if (now_s < 0) now_s = 0;
  if (now_s > LAST_SECOND) now_s = LAST_SECOND;
  civil_from_days(now_s / SECONDS_PER_DAY, &now);
  year = now.year - now.year % 100 + two_digits;
  if (year > now.year + 50) return year - 100;
  if (year + 100 <= now.year + 50) return year + 100;
  return year;
}

bool wats_http_date_parse(const char *text, size_t length, int64_t now_s,
                          int64_t *seconds)
{
  struct reader r = {text, text + length, true};
  struct civil c = {0, 1, 0, 0, 0, 0};
  size_t name = day_name(&r);
  if (!name) return false;
  r.at += name;
  if (name > 3) {
    expect(&r, ",");
    rfc850(&r, &c);
    c.year = full_year(c.year, now_s);
  } else if (r.at < r.end && *r.at == ',') {
    r.at++;
    imf(&r, &c);
  } else {
    asctime_form(&r, &c);
  }
  if (!r.good || r.at != r.end || !is_possible(&c)) return false;
  *seconds = seconds_of(&c);
  return true;
}

static char *put_digits(char *at, int value, int count)
{
  int i;
  for (i = count - 1; i >= 0; i--) {
    at[i] = (char)('0' + value % 10);
    value /= 10;
  }
  return at + count;
}

static char *put_text(char *at, const char *text, size_t length)
{
  memcpy(at, text, length);
  return at + length;
}

bool wats_http_date_format(int64_t seconds, char out[WATS_HTTP_DATE_SIZE])
{
  int64_t days;
  int rest, day_of_week;
  struct civil c;
  char *at = out;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return false;
  days = floor_div(seconds, SECONDS_PER_DAY);
  rest = (int)(seconds - days * SECONDS_PER_DAY);
  civil_from_days(days, &c);
  day_of_week = (int)((days % 7 + 11) % 7); /* day 0 was a Thursday */
  at = put_text(at, day_names[day_of_week], 3);
  at = put_text(at, ", ", 2);
  at = put_digits(at, c.day, 2);
  *at++ = ' ';
  at = put_text(at, month_names[c.month - 1], 3);
  *at++ = ' ';
  at = put_digits(at, c.year, 4);
  *at++ = ' ';
  at = put_digits(at, rest / 3600, 2);
  *at++ = ':';
  at = put_digits(at, rest / 60 % 60, 2);
  *at++ = ':';
  at = put_digits(at, rest % 60, 2);
  put_text(at, " GMT", 5);
  return true;
}
