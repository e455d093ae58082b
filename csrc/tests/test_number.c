/*
** test_number.c - every double reads back, in the fewest digits, in any
** locale.
*/
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "core/number.h"
#include "test.h"

static const char *text_of(double value)
{
  static char text[WATS_NUMBER_SIZE + 1];
  size_t length = wats_number_double(text, value);
  CHECK(length <= WATS_NUMBER_SIZE);
  text[length] = '\0';
  return text;
}

static void known_forms(void)
{
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-17, "-17"},
      {0.1, "0.1"},
      {0.005, "0.005"},
      {-2.5, "-2.5"},
      {3.3, "3.3"},
      {0.30000000000000004, "0.30000000000000004"},
      {1e15, "1000000000000000"},
      {123456789012345680.0, "1.2345678901234568e17"},
      {9007199254740993.0, "9007199254740992"},
      {1e20, "1e20"},
      {1e21, "1e21"},
      {1.5e300, "1.5e300"},
      {1.7976931348623157e308, "1.7976931348623157e308"},
      {1e-6, "0.000001"},
      {1.25e-6, "0.00000125"},
      {1e-7, "1e-7"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {5e-324, "5e-324"},
      {1e-310, "1e-310"},
      {1e23, "1e23"},
      {999999999999999.9, "999999999999999.9"},
  };
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_STR(text_of(cases[i].value), cases[i].text);
}

static void integers(void)
{
  char text[WATS_NUMBER_SIZE + 1];
  text[wats_number_unsigned(text, UINT64_MAX)] = '\0';
  CHECK_STR(text, "18446744073709551615");
  text[wats_number_unsigned(text, (uint64_t)INT64_MAX + 1)] = '\0';
  CHECK_STR(text, "9223372036854775808");
  text[wats_number_unsigned(text, 0)] = '\0';
  CHECK_STR(text, "0");
  text[wats_number_unsigned(text, 100)] = '\0';
  CHECK_STR(text, "100");
}

static uint64_t next_random(void)
{
  static uint64_t state = UINT64_C(88172645463325252);
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static int digits_in(const char *text)
{
  int count = 0, zeros = 0;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9') continue;
    if (count || *text != '0') count++;
    zeros = *text == '0' ? zeros + 1 : 0;
  }
  return count - zeros; /* zeros at the end carry nothing */
}

/* Fewest digits with which the C library's own text reads back. */
static int digits_needed(double value)
{
  char text[64];
  int precision;
  for (precision = 1; precision < 17; precision++) {
    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    if (strtod(text, NULL) >= value && strtod(text, NULL) <= value) break;
  }
  return precision;
}

static void check_one(double value)
{
  const char *text = text_of(value);
  double back = strtod(text, NULL);
  if (memcmp(&back, &value, sizeof value) != 0)
    printf("%.17g became %s\n", value, text);
  CHECK(memcmp(&back, &value, sizeof value) == 0);
  if (digits_in(text) > digits_needed(value))
    printf("%.17g became %s\n", value, text);
  CHECK(digits_in(text) <= digits_needed(value));
}

static void random_doubles(void)
{
  int i;
  for (i = 0; i < 20000; i++) {
    uint64_t bits = next_random();
    double value;
    memcpy(&value, &bits, sizeof value);
    if (isfinite(value)) check_one(value);
    check_one((double)(next_random() % 1000000007) / 1e4);
    check_one((double)next_random() / 1e3);
    check_one(ldexp((double)(next_random() >> 11), -53));
  }
}

static void the_locale_is_not_looked_at(void)
{
  static const char *const names[] = {"de_DE.UTF-8", "nb_NO.UTF-8",
                                      "fr_FR.UTF-8"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (setlocale(LC_ALL, names[i])) break;
  CHECK_STR(text_of(0.5), "0.5");
  CHECK_STR(text_of(0.30000000000000004), "0.30000000000000004");
  CHECK_STR(text_of(1.7976931348623157e308), "1.7976931348623157e308");
  setlocale(LC_ALL, "C");
}

int main(void)
{
  RUN(known_forms);
  RUN(integers);
  RUN(random_doubles);
  RUN(the_locale_is_not_looked_at);
  return test_report();
}
