/*
** test_uploader_members.c - who uses the uploader, who lends it his client, and
** what remains when they leave.
*/
#include "uploader_fixture.h"

#ifndef WATS_WITHOUT_QUEUE

#define CACHED                                                                 \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\nContent-Length: 2\r\n"    \
  "\r\nhi"

/* Another client of the same server, with another token and a cache of his
** own. */
static struct wats_client *another(void)
{
  struct wats_client_options options = default_options(peer->url);
  struct wats_client *c = NULL;
  options.token = "b3RoZXI=";
  CHECK_INT(wats_client_create(&options, &c, NULL), WATS_OK);
  if (!c) abort();
  return c;
}

static bool sent_as(int i, const char *token)
{
  const char *field = peer_field(peer, i, "Authorization");
  return field && strstr(field, token) != NULL;
}

static void test_the_next_one_lends_his_client(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_uploader();
  other = another();
  peer_repeats(peer, TAKEN);
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  enqueue(1);
  WAIT(sent() == 1);
  CHECK(sent_as(0, "c2VjcmV0"));
  wats_client_close(client);
  enqueue(2);
  WAIT(sent() == 2);
  CHECK(sent_as(1, "b3RoZXI="));
  wats_client_close(other);
  WAIT(strcmp(uploader().paused, "closed") == 0);
  enqueue(3);
  peer_sleep(300);
  CHECK_INT(peer_requests(peer), 2);
  CHECK_INT(left(), 1);
  wats_client_release(other);
  wats_uploader_leave(second, true);
  other = another();
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  WAIT(sent() == 3 && uploader().paused[0] == '\0');
  wats_uploader_leave(second, true);
  wats_client_release(other);
  close_uploader();
}

/* A token that is refused does not keep another one from being tried. */
static void test_another_token_is_tried_at_once(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_uploader();
  other = another();
  peer_says(peer, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
  peer_repeats(peer, TAKEN);
  enqueue(1);
  WAIT(uploader().paused[0] && uploader().in_flight == 0);
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  wats_client_close(client);
  WAIT(sent() == 1);
  wats_uploader_leave(second, true);
  wats_client_release(other);
  close_uploader();
}

/* Reports that lie with the token that is refused are carried by the other. */
static void test_one_whose_token_is_refused_holds_up_nobody(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_queue();
  other = another();
  peer_says(peer, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
  peer_repeats(peer, TAKEN);
  join();
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  peer_sleep(300); /* the thread has seen him */
  enqueue(1);
  WAIT(sent() == 1 && !uploader().paused[0]);
  CHECK(sent_as(0, "c2VjcmV0"));
  CHECK(sent_as(1, "b3RoZXI="));
  enqueue(2);
  WAIT(sent() == 2);
  CHECK(sent_as(2, "b3RoZXI="));
  wats_uploader_leave(second, true);
  enqueue(3);
  WAIT(sent() == 3);
  CHECK(sent_as(3, "c2VjcmV0"));
  wats_client_release(other);
  close_uploader();
}

/* Where nobody is let in they take turns, one probe at a time. */
static void test_they_take_turns_while_nobody_is_let_in(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_queue();
  other = another();
  peer_repeats(peer, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
  join();
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  peer_sleep(300);
  enqueue(1);
  WAIT(peer_requests(peer) == 2);
  peer_sleep(600);
  CHECK_INT(peer_requests(peer), 2);
  move_on(300 * S);
  WAIT(peer_requests(peer) == 3);
  peer_sleep(600);
  CHECK_INT(peer_requests(peer), 3);
  CHECK(sent_as(0, "c2VjcmV0"));
  CHECK(sent_as(1, "b3RoZXI="));
  CHECK(sent_as(2, "c2VjcmV0"));
  move_on(300 * S);
  WAIT(peer_requests(peer) == 4);
  CHECK(sent_as(3, "b3RoZXI="));
  wats_uploader_leave(second, true);
  wats_client_release(other);
  close_uploader();
}

/* ---- leaving ------------------------------------------------------------ */

static void test_the_first_leaves_before_the_last(void)
{
  struct wats_uploader_member *second, *third;
  struct wats_client *other;
  open_uploader();
  other = another();
  peer_repeats(peer, TAKEN);
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  CHECK_INT(join_with(client, &third, 0, -1), WATS_OK);
  wats_uploader_leave(member, false);
  member = third;
  peer_sleep(300); /* the thread has seen it */
  enqueue(1);
  WAIT(sent() == 1);
  CHECK(sent_as(0, "b3RoZXI="));
  wats_uploader_leave(second, true);
  wats_client_release(other);
  peer_sleep(300);
  enqueue(2);
  WAIT(sent() == 2);
  CHECK(sent_as(1, "c2VjcmV0"));
  close_uploader();
}

static void test_who_leaves_waits_for_what_is_under_way(void)
{
  open_queue();
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 300;
  enqueue_many(1, 9);
  join();
  WAIT(peer_requests(peer) >= 4);
  wats_uploader_leave(member, true);
  member = NULL;
  CHECK_INT(sent(), 4); /* and begins no others */
  CHECK_INT(in_state(WATS_OUTBOX_IN_FLIGHT), 0);
  CHECK_INT(left(), 5);
  close_uploader();
}

/* What the server does not answer is called back; it may have come there. */
static void test_who_leaves_does_not_wait_for_ever(void)
{
  int64_t began;
  open_queue();
  peer_ends(peer, "", PEER_SILENT)->again = true;
  enqueue_many(1, 2);
  join();
  WAIT(peer_requests(peer) == 2);
  began = wats_clock_monotonic(&wats_system_clock);
  wats_uploader_leave(member, true);
  member = NULL;
  began = wats_clock_monotonic(&wats_system_clock) - began;
  CHECK(began >= S && began < 20 * S);
  CHECK_INT(in_state(WATS_OUTBOX_IN_FLIGHT), 0);
  CHECK_INT(waiting(), 2);
  CHECK_INT(row_of(1).attempts, 0);
  close_uploader();
}

static void test_a_finaliser_does_not_wait(void)
{
  int64_t began;
  open_queue();
  peer_ends(peer, "", PEER_SILENT)->again = true;
  enqueue_many(1, 2);
  join();
  WAIT(peer_requests(peer) == 2);
  began = wats_clock_monotonic(&wats_system_clock);
  wats_uploader_leave(member, false);
  began = wats_clock_monotonic(&wats_system_clock) - began;
  CHECK(began < S);
  member = NULL;
  WAIT(in_state(WATS_OUTBOX_IN_FLIGHT) == 0); /* the thread does it alone */
  CHECK_INT(waiting(), 2);
  wats_outbox_release(box);
  box = NULL;
  /* It has gone when nothing is left of it. */
  wats_client_release(client);
  client = NULL;
  wats_registry_release(registry);
  registry = NULL;
  wats_routes_destroy(routes);
  routes = NULL;
  wats_upstream_drain();
  wats_engine_drain();
  WAIT((wats_upstream_drain(), wats_engine_drain(),
        wats_alloc_live() == blocks_before));
  peer_close(peer);
}

static void test_coming_and_going(void)
{
  struct wats_uploader_member *other;
  unsigned i;
  open_queue();
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 30; i++) {
    CHECK_INT(join_with(client, &member, 0, 0), WATS_OK);
    if (i % 3 == 0) {
      CHECK_INT(join_with(client, &other, 0, 0), WATS_OK);
      wats_uploader_leave(i % 2 ? member : other, i % 2);
      member = i % 2 ? other : member;
    }
    enqueue(i);
    wats_uploader_leave(member, i % 2);
  }
  join();
  /* what was called back waits a little */
  WAIT(move_on(S / 10) && sent() == 30);
  close_uploader();
}

struct user {
  struct wats_thread thread;
  struct wats_client *client;
  unsigned first;
};

static void *come_and_go(void *argument)
{
  struct user *u = argument;
  struct wats_uploader_member *mine;
  unsigned i;
  for (i = 0; i < 10; i++) {
    struct wats_uploader_options options = {box, u->client, 0, -1};
    struct wats_uploader_stats s;
    struct wats_uploader_event event;
    if (wats_uploader_join(&options, &mine, NULL) != WATS_OK) abort();
    if (wats_uploader_subscribe(mine, NULL) != WATS_OK) abort();
    enqueue(u->first + i);
    wats_uploader_nudge(mine);
    wats_uploader_wait(mine, wats_clock_monotonic(&wats_system_clock) + S / 20);
    wats_uploader_stats(mine, &s);
    while (wats_uploader_next_event(mine, &event))
      ;
    wats_uploader_leave(mine, i % 2);
  }
  return NULL;
}

static void test_two_threads_with_two_clients(void)
{
  struct user users[2];
  unsigned i;
  open_queue();
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 2; i++) {
    users[i].client = i ? another() : wats_client_retain(client);
    users[i].first = 100 * i;
    CHECK_INT(wats_thread_start(&users[i].thread, come_and_go, &users[i]),
              WATS_OK);
  }
  for (i = 0; i < 2; i++) {
    wats_thread_join(&users[i].thread);
    wats_client_release(users[i].client);
  }
  join();
  WAIT(move_on(S / 10) && sent() == 20 && left() == 0);
  close_uploader();
}

/* ---- agreeing ----------------------------------------------------------- */

static void test_what_members_ask_for(void)
{
  struct wats_uploader_member *second;
  open_queue();
  CHECK_INT(join_with(client, &member, 65, 0), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "concurrency: at most 64");
  CHECK_INT(join_with(client, &member, 0, -1), WATS_OK);
  CHECK_INT(join_with(client, &second, 8, 5 * S), WATS_OK);
  CHECK_INT(uploader().concurrency, 8);
  wats_uploader_leave(member, true);
  CHECK_INT(join_with(client, &member, 4, -1), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "concurrency: 4 asked for, but who uses this queue "
                           "for this server already has 8");
  CHECK_INT(join_with(client, &member, 8, 6 * S), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "recovery_spread: 6 s asked for, but who uses this "
                           "queue for this server already has 5 s");
  CHECK_INT(join_with(client, &member, 8, 5 * S), WATS_OK);
  wats_uploader_leave(second, true);
  CHECK_INT(uploader().concurrency, 8);
  close_uploader();
}

/* ---- caches ------------------------------------------------------------- */

static void look(struct wats_client *c)
{
  struct wats_request r = to("GET", "/api/Report/WSJF/x");
  let_go();
  CHECK_INT(wats_client_perform(c, &r, &got.result, NULL), WATS_OK);
}

static void test_a_delivery_makes_the_caches_of_all_stale(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_uploader();
  other = another();
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  peer_says(peer, CACHED);
  peer_says(peer, CACHED);
  peer_says(peer, TAKEN)->delay_ms = 300;
  peer_says(peer, CACHED);
  peer_says(peer, CACHED);
  peer_says(peer, CACHED);
  look(client);
  look(other);
  look(other);
  CHECK_STR(cached(), "hit");
  enqueue(1);
  WAIT(peer_requests(peer) == 3);
  look(other); /* kept, but not used while the report is under way */
  CHECK_STR(cached(), "miss");
  WAIT(sent() == 1);
  look(other);
  CHECK_STR(cached(), "miss");
  look(client);
  CHECK_STR(cached(), "miss");
  look(client);
  CHECK_STR(cached(), "hit");
  let_go();
  wats_uploader_leave(second, true);
  wats_client_release(other);
  close_uploader();
}

/* A report that never left leaves what is stored as it was. */
static void test_what_never_left_makes_nothing_stale(void)
{
  struct wats_uploader_member *second;
  struct wats_client *other;
  open_uploader();
  other = another();
  CHECK_INT(join_with(other, &second, 0, -1), WATS_OK);
  peer_says(peer, CACHED);
  look(other);
  shutdown(peer->listener, SHUT_RDWR); /* nobody answers any more */
  wats_engine_drain();
  enqueue(1);
  WAIT(waiting() == 1);
  look(other);
  CHECK_STR(cached(), "hit");
  let_go();
  wats_uploader_leave(second, true);
  wats_client_release(other);
  close_uploader();
}

/* ---- events ------------------------------------------------------------- */

static void test_events_that_nobody_fetches(void)
{
  struct wats_uploader_event event;
  uint64_t n = 0;
  open_uploader();
  peer_repeats(peer, TAKEN);
  enqueue_many(1, WATS_UPLOADER_EVENTS + 10);
  WAIT(uploader().sent == WATS_UPLOADER_EVENTS + 10);
  CHECK(wats_uploader_next_event(member, &event));
  CHECK_INT(event.kind, WATS_UPLOADER_LOST);
  CHECK_INT(event.count, 10);
  while (wats_uploader_next_event(member, &event))
    n += event.kind == WATS_UPLOADER_SENT && event.status == 200 &&
         event.attempts == 1;
  CHECK_INT(n, WATS_UPLOADER_EVENTS);
  close_uploader();
}

static void test_who_has_not_asked_has_no_events(void)
{
  struct wats_uploader_event event;
  open_queue();
  CHECK_INT(join_with(client, &member, 0, 0), WATS_OK);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  WAIT(uploader().sent == 1);
  CHECK(!wats_uploader_next_event(member, &event));
  CHECK_INT(wats_uploader_subscribe(member, NULL), WATS_OK);
  CHECK_INT(wats_uploader_subscribe(member, NULL), WATS_OK);
  CHECK(!wats_uploader_next_event(member, &event));
  enqueue(2);
  WAIT(wats_uploader_next_event(member, &event));
  CHECK(memcmp(event.uuid, id_of(2), WATS_UUID) == 0);
  close_uploader();
}

/* ---- memory ------------------------------------------------------------- */

static void test_joining_while_memory_is_short(void)
{
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  open_queue();
  join(); /* what is made once for the process */
  wats_uploader_leave(member, true);
  member = NULL;
  for (n = 0; n < 20 && code == WATS_ERR_MEMORY; n++) {
    long before = wats_alloc_live();
    wats_alloc_fail_after(n);
    code = join_with(client, &member, 0, 0);
    wats_alloc_fail_never();
    if (code == WATS_ERR_MEMORY) CHECK_INT(wats_alloc_live(), before);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 3);
  close_uploader();
}

/* Whatever fails, it goes on when there is memory again, and loses nothing. */
static void test_sending_while_memory_is_short(void)
{
  unsigned n;
  open_uploader();
  peer_repeats(peer, TAKEN);
  for (n = 0; n < 40; n++) {
    enqueue(n);
    wats_alloc_fail_after(n * 2);
    peer_sleep(15);
    wats_alloc_fail_never();
  }
  WAIT(move_on(S / 4) && sent() == 40);
  CHECK_INT(in_state(WATS_OUTBOX_DEAD), 0);
  close_uploader();
}

int main(void)
{
  RUN(test_the_next_one_lends_his_client);
  RUN(test_another_token_is_tried_at_once);
  RUN(test_one_whose_token_is_refused_holds_up_nobody);
  RUN(test_they_take_turns_while_nobody_is_let_in);
  RUN(test_the_first_leaves_before_the_last);
  RUN(test_who_leaves_waits_for_what_is_under_way);
  RUN(test_who_leaves_does_not_wait_for_ever);
  RUN(test_a_finaliser_does_not_wait);
  RUN(test_coming_and_going);
  RUN(test_two_threads_with_two_clients);
  RUN(test_what_members_ask_for);
  RUN(test_a_delivery_makes_the_caches_of_all_stale);
  RUN(test_what_never_left_makes_nothing_stale);
  RUN(test_events_that_nobody_fetches);
  RUN(test_who_has_not_asked_has_no_events);
  RUN(test_joining_while_memory_is_short);
  RUN(test_sending_while_memory_is_short);
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
