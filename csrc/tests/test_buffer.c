/*
** test_buffer.c - contents, limit, growth, and that a failed call changes
** nothing.
*/
#include "core/buffer.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/alloc.h"
#include "test.h"

static bool holds(const struct wats_buffer *b, const char *text)
{
  return b->length == strlen(text) && memcmp(b->data, text, b->length) == 0;
}

static void test_appends(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  CHECK_INT(b.length, 0);
  CHECK_INT(wats_buffer_append(&b, NULL, 0), WATS_OK);
  CHECK_INT(wats_buffer_append_string(&b, ""), WATS_OK);
  CHECK_INT(b.length, 0);
  CHECK_INT(wats_buffer_append(&b, "ab\0", 2), WATS_OK);
  CHECK_INT(wats_buffer_append_string(&b, "cde"), WATS_OK);
  CHECK_INT(wats_buffer_append_char(&b, 'f'), WATS_OK);
  CHECK_INT(wats_buffer_printf(&b, "%d%s", -7, "!"), WATS_OK);
  CHECK(holds(&b, "abcdef-7!"));
  CHECK_INT(wats_buffer_terminate(&b), WATS_OK);
  CHECK_STR(b.data, "abcdef-7!");
  CHECK_INT(b.length, 9);
  CHECK_INT(wats_buffer_append(&b, "\0\0", 2), WATS_OK); /* any bytes */
  CHECK_INT(b.length, 11);
  wats_buffer_free(&b);
  CHECK_INT(b.length, 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_clear_keeps_memory_and_free_keeps_the_limit(void)
{
  struct wats_buffer b;
  const char *data;
  wats_buffer_init(&b, 10);
  wats_buffer_append_string(&b, "0123456789");
  data = b.data;
  wats_buffer_clear(&b);
  CHECK_INT(b.length, 0);
  CHECK_INT(wats_buffer_append_string(&b, "9876543210"), WATS_OK);
  CHECK(b.data == data);
  wats_buffer_free(&b);
  wats_buffer_free(&b);
  CHECK_INT(wats_buffer_append_string(&b, "usable"), WATS_OK);
  CHECK_INT(wats_buffer_append_string(&b, "12345"), WATS_ERR_TOO_LARGE);
  wats_buffer_free(&b);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_limit(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 5);
  CHECK_INT(wats_buffer_append_string(&b, "123456"), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_append_string(&b, "1234"), WATS_OK);
  CHECK_INT(wats_buffer_append_string(&b, "56"), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_printf(&b, "%d", 56), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_reserve(&b, 2), WATS_ERR_TOO_LARGE);
  CHECK(holds(&b, "1234"));
  CHECK_INT(wats_buffer_append_char(&b, '5'), WATS_OK);
  CHECK_INT(wats_buffer_append_char(&b, '6'), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_append(&b, "", 0), WATS_OK);
  CHECK_INT(wats_buffer_printf(&b, "%s", ""), WATS_OK);
  CHECK(holds(&b, "12345"));
  CHECK_INT(wats_buffer_terminate(&b), WATS_OK); /* the NUL does not count */
  CHECK_STR(b.data, "12345");
  wats_buffer_clear(&b);
  CHECK_INT(wats_buffer_printf(&b, "%05d", 42), WATS_OK); /* nor here */
  CHECK(holds(&b, "00042"));
  CHECK(b.capacity <= 5 + 1); /* no memory that could not be used */
  wats_buffer_free(&b);
}

static void test_sizes_that_would_overflow(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  wats_buffer_append_string(&b, "ab");
  CHECK_INT(wats_buffer_reserve(&b, SIZE_MAX), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_reserve(&b, SIZE_MAX - 1), WATS_ERR_TOO_LARGE);
  CHECK(holds(&b, "ab"));
  wats_buffer_free(&b);
}

static void test_reserved_room_may_be_written_directly(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  wats_buffer_append_string(&b, "a");
  CHECK_INT(wats_buffer_reserve(&b, 1000), WATS_OK);
  CHECK(b.capacity >= 1001);
  memset(b.data + 1, 'b', 1000);
  b.length += 1000;
  CHECK(b.data[0] == 'a' && b.data[1000] == 'b');
  wats_buffer_free(&b);
}

static void test_growth_is_geometric(void)
{
  struct wats_buffer b;
  const size_t last = 1000000;
  size_t i, moves = 0, capacity = 0;
  wats_buffer_init(&b, 0);
  for (i = 0; i < last; i++) {
    if (wats_buffer_append_char(&b, (char)i) != WATS_OK) break;
    moves += b.capacity != capacity;
    capacity = b.capacity;
  }
  CHECK_INT(b.length, last);
  CHECK(moves < 40);
  CHECK(b.capacity <= 2 * last);
  for (i = 0; i < b.length; i++)
    if (b.data[i] != (char)i) break;
  CHECK_INT(i, last);
  wats_buffer_free(&b);
}

/* Each length beside the room that is there, first and later in the buffer. */
static void test_printf_at_every_edge_of_the_room(void)
{
  struct wats_buffer b;
  char expected[301];
  size_t lead, length;
  memset(expected, 'x', 300);
  for (lead = 0; lead < 70; lead++)
    for (length = 0; length < 70; length++) {
      wats_buffer_init(&b, 0);
      wats_buffer_append(&b, expected, lead);
      CHECK_INT(wats_buffer_printf(&b, "%.*s", (int)length, expected), WATS_OK);
      expected[lead + length] = '\0';
      CHECK(holds(&b, expected));
      expected[lead + length] = 'x';
      wats_buffer_free(&b);
    }
}

static void test_detach(void)
{
  struct wats_buffer b;
  size_t length = 99;
  char *bytes;
  wats_buffer_init(&b, 100);
  CHECK(!wats_buffer_detach(&b, &length));
  CHECK_INT(length, 0);
  wats_buffer_reserve(&b, 50);
  CHECK(!wats_buffer_detach(&b, &length)); /* empty, but with memory */
  CHECK_INT(wats_alloc_live(), 0);
  wats_buffer_append_string(&b, "abc");
  bytes = wats_buffer_detach(&b, &length);
  CHECK_INT(length, 3);
  CHECK(bytes && memcmp(bytes, "abc", 3) == 0);
  CHECK_INT(b.length, 0);
  CHECK_INT(b.limit, 100);
  wats_free(bytes);
  wats_buffer_append_string(&b, "abc");
  wats_alloc_fail_after(0); /* shrinking is a wish only */
  bytes = wats_buffer_detach(&b, &length);
  wats_alloc_fail_never();
  CHECK_INT(length, 3);
  CHECK(bytes && memcmp(bytes, "abc", 3) == 0);
  wats_free(bytes);
  wats_buffer_free(&b);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_shrinks(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 100);
  wats_buffer_shrink(&b);
  wats_buffer_reserve(&b, 50);
  wats_buffer_shrink(&b);
  CHECK_INT(wats_alloc_live(), 0);
  wats_buffer_append_string(&b, "abc");
  wats_buffer_shrink(&b);
  CHECK_INT(b.capacity, 3);
  wats_buffer_shrink(&b);
  wats_buffer_append_string(&b, "def");
  CHECK(b.length == 6 && memcmp(b.data, "abcdef", 6) == 0);
  wats_buffer_free(&b);
  CHECK_INT(b.limit, 100);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_no_memory_changes_nothing(void)
{
  struct wats_buffer b;
  char large[200];
  memset(large, 'x', sizeof large);
  wats_buffer_init(&b, 0);
  wats_alloc_fail_after(0);
  CHECK_INT(wats_buffer_append_char(&b, 'a'), WATS_ERR_MEMORY);
  CHECK_INT(wats_buffer_terminate(&b), WATS_ERR_MEMORY);
  CHECK_INT(wats_buffer_printf(&b, "a"), WATS_ERR_MEMORY);
  CHECK_INT(b.length, 0);
  wats_alloc_fail_never();
  wats_buffer_append_string(&b, "abc");
  wats_buffer_terminate(&b);
  wats_alloc_fail_after(0);
  CHECK_INT(wats_buffer_append(&b, large, sizeof large), WATS_ERR_MEMORY);
  CHECK_INT(wats_buffer_printf(&b, "%.200s", large), WATS_ERR_MEMORY);
  CHECK_INT(b.length, 3);
  CHECK_STR(b.data, "abc"); /* terminated still */
  wats_alloc_fail_never();
  CHECK_INT(wats_buffer_append_char(&b, 'd'), WATS_OK);
  CHECK(holds(&b, "abcd"));
  wats_buffer_free(&b);
}

static void test_terminate_without_room(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  CHECK_INT(wats_buffer_terminate(&b), WATS_OK); /* of nothing: "" */
  CHECK_STR(b.data, "");
  while (b.length < b.capacity || b.length < 64)
    wats_buffer_append_char(&b, 'x');
  wats_alloc_fail_after(0);
  CHECK_INT(wats_buffer_terminate(&b), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK_INT(wats_buffer_terminate(&b), WATS_OK);
  CHECK_INT(strlen(b.data), b.length);
  wats_buffer_free(&b);
}

static void test_exactly_so_much_room(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 100);
  CHECK_INT(wats_buffer_reserve_exactly(&b, 0), WATS_OK);
  CHECK_INT(b.capacity, 0);
  CHECK_INT(wats_buffer_reserve_exactly(&b, 71), WATS_OK);
  CHECK_INT(b.capacity, 71);
  wats_buffer_append(&b, "abc", 3);
  CHECK_INT(wats_buffer_reserve_exactly(&b, 68), WATS_OK);
  CHECK_INT(b.capacity, 71); /* it is there */
  CHECK_INT(wats_buffer_reserve_exactly(&b, 98), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_buffer_reserve_exactly(&b, SIZE_MAX), WATS_ERR_TOO_LARGE);
  wats_alloc_fail_after(0);
  CHECK_INT(wats_buffer_reserve_exactly(&b, 97), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK_INT(b.capacity, 71);
  CHECK_INT(wats_buffer_reserve_exactly(&b, 97), WATS_OK);
  CHECK_INT(b.capacity, 100);
  CHECK(b.length == 3 && memcmp(b.data, "abc", 3) == 0);
  wats_buffer_free(&b);
}

int main(void)
{
  RUN(test_appends);
  RUN(test_clear_keeps_memory_and_free_keeps_the_limit);
  RUN(test_limit);
  RUN(test_sizes_that_would_overflow);
  RUN(test_reserved_room_may_be_written_directly);
  RUN(test_growth_is_geometric);
  RUN(test_printf_at_every_edge_of_the_room);
  RUN(test_detach);
  RUN(test_shrinks);
  RUN(test_no_memory_changes_nothing);
  RUN(test_terminate_without_room);
  RUN(test_exactly_so_much_room);
  return test_report();
}
