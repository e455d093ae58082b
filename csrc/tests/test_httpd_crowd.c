/*
** test_httpd_crowd.c - what httpd_crowd.h promises. The connections are pairs
** of sockets: the other end tells whether one was shut.
*/
#include "core/httpd_crowd.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "test.h"

#define S      WATS_NS_PER_S
#define GUESTS 6

static struct wats_httpd_crowd crowd;
static struct wats_httpd_guest *guests[GUESTS];
static int ends[GUESTS], own[GUESTS], count;

static void begin(unsigned limit, int64_t max_age_ns)
{
  crowd = (struct wats_httpd_crowd){.limit = limit, .max_age_ns = max_age_ns};
  count = 0;
}

static void come(int64_t now_ns)
{
  int pair[2];
  CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  own[count] = pair[0];
  ends[count] = pair[1];
  guests[count] = wats_httpd_crowd_join(&crowd, pair[0], now_ns);
  count++;
}

static bool is_shut(int i)
{
  char c;
  return recv(ends[i], &c, 1, MSG_DONTWAIT) == 0;
}

static void finish(void)
{
  int i;
  for (i = 0; i < count; i++) {
    wats_httpd_crowd_leave(&crowd, guests[i]);
    close(own[i]);
    close(ends[i]);
  }
  CHECK_INT(crowd.open, 0);
  CHECK(crowd.first == NULL && crowd.last == NULL);
}

static void test_age(void)
{
  begin(0, 5 * S);
  CHECK_INT(wats_httpd_crowd_next(&crowd), WATS_NEVER);
  come(1 * S);
  come(2 * S);
  CHECK_INT(wats_httpd_crowd_next(&crowd), 6 * S);
  CHECK(!wats_httpd_crowd_ends_soon(&crowd, guests[0], 3 * S));
  CHECK(wats_httpd_crowd_ends_soon(&crowd, guests[0], 4 * S));
  wats_httpd_crowd_expire(&crowd, 6 * S - 1);
  CHECK(!is_shut(0));
  guests[0]->busy = true; /* an answer does not keep it */
  wats_httpd_crowd_expire(&crowd, 6 * S);
  CHECK(is_shut(0));
  CHECK(!is_shut(1));
  CHECK_INT(crowd.open, 1);
  CHECK_INT(wats_httpd_crowd_next(&crowd), 7 * S); /* once is enough */
  wats_httpd_crowd_expire(&crowd, 100 * S);
  CHECK(is_shut(1));
  CHECK_INT(wats_httpd_crowd_next(&crowd), WATS_NEVER);
  finish();
}

static void test_room(void)
{
  begin(3, 0);
  come(0);
  come(0);
  come(0);
  guests[0]->busy = true;
  come(0);
  CHECK(!is_shut(0)); /* waits for its answer */
  CHECK(is_shut(1));  /* the oldest that does not */
  CHECK(!is_shut(2));
  CHECK(!is_shut(3));
  CHECK_INT(crowd.open, 3);
  guests[2]->busy = guests[3]->busy = true;
  come(0); /* all wait: the oldest of all */
  CHECK(is_shut(0));
  CHECK(!is_shut(2));
  CHECK_INT(crowd.open, 3);
  CHECK_INT(wats_httpd_crowd_next(&crowd), WATS_NEVER);
  wats_httpd_crowd_expire(&crowd, 1000 * S);
  CHECK(!is_shut(4));
  CHECK(!wats_httpd_crowd_ends_soon(&crowd, guests[4], 1000 * S));
  finish();
}

/* Nobody is served who is not on the list. */
static void test_short_of_memory(void)
{
  begin(3, 5 * S);
  wats_alloc_fail_after(0);
  come(0);
  wats_alloc_fail_never();
  CHECK(guests[0] == NULL);
  CHECK(is_shut(0));
  CHECK(!wats_httpd_crowd_ends_soon(&crowd, NULL, 1000 * S));
  finish();
}

int main(void)
{
  RUN(test_age);
  RUN(test_room);
  RUN(test_short_of_memory);
  return test_report();
}
