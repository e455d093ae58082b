/*
** test_uploader.c - what is in the queue goes to the server by itself.
*/
#include "uploader_fixture.h"

#ifndef WATS_WITHOUT_QUEUE

#include "child.h"

static void test_it_delivers_while_nobody_asks(void)
{
  open_uploader();
  peer_repeats(peer, TAKEN);
  enqueue_many(1, 30);
  peer_sleep(1); /* the script does something else, for as long as it takes */
  WAIT(peer_requests(peer) == 30);
  WAIT(sent() == 30 && left() == 0);
  WAIT(uploader().sent == 30 && uploader().in_flight == 0);
  CHECK_INT(uploader().concurrency, WATS_UPLOADER_CONCURRENCY);
  CHECK_STR(uploader().paused, "");
  CHECK(strspn(events(), "s") == 30);
  close_uploader();
}

static void test_what_is_sent(void)
{
  const char *text;
  open_uploader();
  peer_repeats(peer, TAKEN);
  enqueue(7);
  WAIT(sent() == 1);
  CHECK_STR(asked_line(0), "POST /api/Report/WSJF HTTP/1.1");
  CHECK_STR(peer_field(peer, 0, "Content-Type"), "application/json");
  CHECK_STR(peer_field(peer, 0, "Idempotency-Key"), id_text(7));
  CHECK_STR(peer_field(peer, 0, "Authorization"), "Basic c2VjcmV0");
  text = strstr(peer_request(peer, 0), "\r\n\r\n");
  CHECK(text && strstr(text, "\"sn\":\"7\",\"note\":\"\"}"));
  close_uploader();
}

static void test_what_waited_before_it_came(void)
{
  open_queue();
  peer_repeats(peer, TAKEN);
  enqueue_many(1, 10);
  join();
  WAIT(sent() == 10);
  close_uploader();
}

/* ---- how many at once --------------------------------------------------- */

static void test_no_more_at_once_than_asked(void)
{
  unsigned most = 0;
  open_queue();
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 20;
  CHECK_INT(join_with(client, &member, 3, 0), WATS_OK);
  enqueue_many(1, 30);
  while (sent() < 30) {
    unsigned n = uploader().in_flight;
    if (n > most) most = n;
    peer_sleep(1);
  }
  CHECK(most > 0 && most <= 3);
  CHECK_INT(peer_connections(peer), 3);
  close_uploader();
}

static void test_reports_of_a_unit_keep_their_order(void)
{
  int i;
  open_queue();
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 10;
  for (i = 0; i < 8; i++)
    enqueue_as((unsigned)i, "unit", "");
  join();
  WAIT(sent() == 8);
  for (i = 0; i < 8; i++)
    CHECK_INT(sent_report(i), i);
  CHECK_INT(peer_connections(peer), 1); /* never two */
  close_uploader();
}

static void test_no_two_of_one_id_at_a_time(void)
{
  open_uploader();
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 200;
  enqueue_as(5, "unit", "first");
  WAIT(peer_requests(peer) == 1);
  enqueue_as(5, "unit", "second");
  WAIT(sent() == 2);
  CHECK_INT(peer_requests(peer), 2);
  CHECK_INT(peer_connections(peer), 1);
  CHECK(strstr(peer_request(peer, 0), "first") != NULL);
  CHECK(strstr(peer_request(peer, 1), "second") != NULL);
  close_uploader();
}

/* ---- other processes ---------------------------------------------------- */

static void child_enqueues(void)
{
  enqueue_many(100, 3);
}

static void test_what_another_process_takes_in(void)
{
  int64_t began;
  open_uploader();
  peer_repeats(peer, TAKEN);
  enqueue(1);
  WAIT(sent() == 1);
  peer_sleep(300); /* it is at rest now */
  began = wats_clock_monotonic(&wats_system_clock);
  CHECK_INT(in_child(child_enqueues), 0);
  WAIT(peer_requests(peer) == 4);
  CHECK(wats_clock_monotonic(&wats_system_clock) - began < 3 * S);
  WAIT(sent() == 4);
  close_uploader();
}

static void child_looks_and_leaves(void)
{
  struct wats_uploader_event event;
  CHECK_STR(uploader().paused, "forked");
  CHECK_INT(uploader().in_flight, 0);
  CHECK(!wats_uploader_next_event(member, &event));
  wats_uploader_wait(member, wats_clock_monotonic(&wats_system_clock) +
                                 20 * WATS_NS_PER_MS);
  wats_uploader_nudge(member);
  wats_uploader_leave(member, true);
}

#if !defined(__SANITIZE_THREAD__) /* which lets no child start a thread */

/* It has a thread of its own once it has asked for one. */
static void child_joins_anew(void)
{
  struct wats_uploader_member *parents = member;
  join();
  CHECK_STR(uploader().paused, "");
  WAIT(left() == 0);
  wats_uploader_leave(parents, false);
  wats_uploader_leave(member, true);
}

#endif

static void test_a_forked_child_has_none(void)
{
  open_uploader();
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 100;
  enqueue_many(1, 8);
  WAIT(peer_requests(peer) >= 4);
  CHECK_INT(in_child(child_looks_and_leaves), 0);
  WAIT(sent() == 8);
  CHECK_INT(peer_requests(peer), 8);
#if !defined(__SANITIZE_THREAD__)
  enqueue_many(11, 8);
  CHECK_INT(in_child(child_joins_anew), 0);
  WAIT(sent() == 16);
  CHECK_INT(peer_requests(peer), 16);
#endif
  close_uploader();
}

/* Many forks while it works: no lock is left behind. */
static void nothing(void)
{
}

static void test_forks_while_it_works(void)
{
  int i;
  open_uploader();
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 20; i++) {
    enqueue_many((unsigned)(i * 5), 5);
    CHECK_INT(in_child(i % 2 ? nothing : child_looks_and_leaves), 0);
  }
  WAIT(sent() == 100);
  close_uploader();
}

/* ---- several threads ---------------------------------------------------- */

static void *submit_25(void *argument)
{
  enqueue_many(*(unsigned *)argument, 25);
  return NULL;
}

static void test_four_threads_submit(void)
{
  struct wats_thread threads[4];
  unsigned first[4] = {0, 100, 200, 300};
  int i;
  open_uploader();
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 4; i++)
    CHECK_INT(wats_thread_start(&threads[i], submit_25, &first[i]), WATS_OK);
  for (i = 0; i < 4; i++)
    wats_thread_join(&threads[i]);
  WAIT(sent() == 100 && left() == 0);
  CHECK_INT(peer_requests(peer), 100);
  close_uploader();
}

static void test_waiting_for_news(void)
{
  int64_t began, until;
  open_uploader();
  peer_repeats(peer, TAKEN);
  WAIT((wats_uploader_wait(member, 0), true));
  enqueue(1);
  until = wats_clock_monotonic(&wats_system_clock) + 10 * S;
  while (sent() == 0 && wats_clock_monotonic(&wats_system_clock) < until)
    wats_uploader_wait(member, until);
  CHECK_INT(sent(), 1);
  peer_sleep(50);
  wats_uploader_wait(member, 0);
  began = wats_clock_monotonic(&wats_system_clock);
  wats_uploader_wait(member, began + 30 * WATS_NS_PER_MS);
  CHECK(wats_clock_monotonic(&wats_system_clock) - began >=
        30 * WATS_NS_PER_MS);
  close_uploader();
}

int main(void)
{
  RUN(test_it_delivers_while_nobody_asks);
  RUN(test_what_is_sent);
  RUN(test_what_waited_before_it_came);
  RUN(test_no_more_at_once_than_asked);
  RUN(test_reports_of_a_unit_keep_their_order);
  RUN(test_no_two_of_one_id_at_a_time);
  RUN(test_what_another_process_takes_in);
  RUN(test_a_forked_child_has_none);
  RUN(test_forks_while_it_works);
  RUN(test_four_threads_submit);
  RUN(test_waiting_for_news);
  remove_scratch();
  return test_report();
}

#else

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#endif
