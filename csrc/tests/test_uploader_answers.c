/*
** test_uploader_answers.c - what the server says, and what becomes of the
** report and of those behind it.
*/
#include "uploader_fixture.h"

#ifndef WATS_WITHOUT_QUEUE

#include "core/log.h"

#define REFUSED "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
#define PORTAL                                                                 \
  "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n"   \
  "<html>Log in</html>"
#define BAD                                                                    \
  "HTTP/1.1 400 Bad Request\r\nContent-Length: 31\r\n\r\n"                     \
  "{\"message\":\"no such operation\"}"
#define DOWN "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"
#define LATER                                                                  \
  "HTTP/1.1 503 Down\r\nRetry-After: 3000\r\nContent-Length: 0\r\n\r\n"

static bool is_paused(void)
{
  return uploader().paused[0] != '\0';
}

/* All that the uploader has under way is over, and settled. */
static bool is_quiet(void)
{
  return uploader().in_flight == 0 && in_state(WATS_OUTBOX_IN_FLIGHT) == 0;
}

/* ---- held --------------------------------------------------------------- */

static void test_a_refused_token_pauses_and_one_probe_resumes(void)
{
  int asked;
  open_queue();
  peer_repeats(peer, REFUSED);
  enqueue_many(1, 20);
  join();
  WAIT(is_paused() && is_quiet());
  CHECK_STR(uploader().paused, "HTTP 401 (the token is not accepted)");
  WAIT(strcmp(rows().paused, uploader().paused) == 0);
  asked = peer_requests(peer);
  CHECK(asked >= 1 && asked <= 4);
  peer_sleep(600);
  CHECK_INT(peer_requests(peer), asked); /* none more */
  move_on(125 * S);
  WAIT(peer_requests(peer) == asked + 1 && is_quiet()); /* one probe */
  CHECK_INT(row_of(1).attempts, 0);
  CHECK_INT(row_of(20).attempts, 0);
  wats_mutex_lock(&peer->mutex);
  peer->turns[0].bytes = TAKEN;
  peer->turns[0].length = strlen(TAKEN);
  wats_mutex_unlock(&peer->mutex);
  move_on(60 * S);
  peer_sleep(500);
  CHECK_INT(peer_requests(peer), asked + 1); /* it is not time yet */
  move_on(300 * S);
  WAIT(sent() == 20);
  WAIT(!is_paused() && rows().paused[0] == '\0');
  CHECK_INT(peer_requests(peer), asked + 21);
  CHECK_INT(strncmp(events(), "prs", 3), 0);
  close_uploader();
}

static void test_somebodys_log_in_page_confirms_nothing(void)
{
  open_queue();
  peer_says(peer, PORTAL);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  WAIT(is_paused() && is_quiet());
  CHECK_STR(uploader().paused, "the answer does not confirm the report: HTTP "
                               "200: a page in HTML");
  CHECK_INT(left(), 1);
  wats_uploader_nudge(member); /* somebody has logged in */
  WAIT(sent() == 1 && !is_paused());
  close_uploader();
}

/* A hold outlives the process: the next one risks one report. */
static void test_a_hold_is_remembered(void)
{
  int asked;
  open_queue();
  peer_repeats(peer, REFUSED);
  enqueue_many(1, 10);
  join();
  WAIT(is_paused() && rows().paused[0] && is_quiet());
  wats_uploader_leave(member, true);
  asked = peer_requests(peer);
  join();
  WAIT(peer_requests(peer) == asked + 1 && is_quiet());
  peer_sleep(300);
  CHECK_INT(peer_requests(peer), asked + 1);
  CHECK_STR(uploader().paused, "HTTP 401 (the token is not accepted)");
  close_uploader();
}

/* ---- refused reports ---------------------------------------------------- */

static void check_dead(unsigned number, const char *reason, const char *answer)
{
  struct wats_outbox_found found;
  char kept[256];
  memset(&found, 0, sizeof found);
  CHECK_INT(wats_outbox_get(box, id_of(number), &found, NULL), WATS_OK);
  CHECK_INT(found.row.state, WATS_OUTBOX_DEAD);
  CHECK_INT(found.row.last_status, 400);
  CHECK_INT(found.row.attempts, 2);
  CHECK_STR(found.row.reason, reason);
  snprintf(kept, sizeof kept, "%.*s", (int)found.answer_length,
           found.answer ? found.answer : "");
  CHECK_STR(kept, answer);
  CHECK(found.body && strstr(found.body, id_text(number)));
  wats_outbox_found_free(&found);
}

static void test_refused_twice_is_dead(void)
{
  struct wats_log_listener *log;
  struct wats_log_entry entry;
  struct wats_uploader_event event;
  open_queue();
  CHECK_INT(wats_log_listen(wats_log_identity(), &log, NULL), WATS_OK);
  peer_repeats(peer, BAD);
  enqueue(1);
  join();
  WAIT(waiting() == 1 && is_quiet());
  CHECK_INT(row_of(1).attempts, 1);
  CHECK_STR(row_of(1).reason, "HTTP 400: no such operation");
  move_on(3 * S);
  WAIT(in_state(WATS_OUTBOX_DEAD) == 1);
  check_dead(1, "HTTP 400: no such operation",
             "{\"message\":\"no such operation\"}");
  WAIT(wats_uploader_next_event(member, &event));
  CHECK_INT(event.kind, WATS_UPLOADER_DEAD);
  CHECK_INT(event.status, 400);
  CHECK_INT(event.attempts, 2);
  CHECK_STR(event.reason, "HTTP 400: no such operation");
  CHECK(memcmp(event.uuid, id_of(1), WATS_UUID) == 0);
  CHECK(wats_log_take(log, &entry));
  CHECK_INT(entry.level, WATS_LOG_ERROR);
  CHECK_STR(entry.fields[0].text, id_text(1));
  CHECK(!is_paused());
  wats_log_close(log);
  close_uploader();
}

/* A server that says back what it was asked with. */
static void test_no_credential_is_kept(void)
{
  open_queue();
  peer_repeats(peer, "HTTP/1.1 400 Bad\r\nContent-Length: 24\r\n\r\n"
                     "bad: Basic c2VjcmV0 sent");
  enqueue(1);
  join();
  WAIT(waiting() == 1 && is_quiet());
  move_on(3 * S);
  WAIT(in_state(WATS_OUTBOX_DEAD) == 1);
  check_dead(1, "HTTP 400: bad: Basic *** sent", "bad: Basic *** sent");
  close_uploader();
}

static void test_the_server_is_to_blame_for_many(void)
{
  unsigned i;
  open_queue();
  for (i = 0; i < 5; i++)
    peer_says(peer, BAD);
  peer_repeats(peer, TAKEN);
  enqueue_many(1, 5);
  join();
  WAIT(is_paused() && is_quiet());
  CHECK_INT(peer_requests(peer), 5);
  CHECK_INT(waiting(), 5);
  CHECK_INT(in_state(WATS_OUTBOX_DEAD), 0);
  move_on(30 * S); /* those that are to be tried once more are due */
  enqueue(6);
  peer_sleep(300);
  CHECK_INT(peer_requests(peer), 5);
  move_on(100 * S);
  WAIT(sent() >= 1 && !is_paused());
  CHECK_INT(sent_report(5), 6); /* the good one was the probe */
  CHECK_INT(in_state(WATS_OUTBOX_DEAD), 0);
  move_on(1801 * S);
  WAIT(sent() == 6);
  close_uploader();
}

/* ---- outages ------------------------------------------------------------ */

static void test_what_fails_is_tried_again(void)
{
  open_queue();
  peer_says(peer, DOWN);
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", PEER_CLOSE);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  WAIT(peer_requests(peer) == 1 && is_quiet());
  WAIT(move_on(S) && peer_requests(peer) == 2);
  WAIT(is_quiet());
  WAIT(move_on(S) && sent() == 1);
  CHECK_INT(uploader().retried, 2);
  close_uploader();
}

static void test_nobody_goes_before_the_server_says(void)
{
  open_queue();
  peer_says(peer, "HTTP/1.1 503 Down\r\nRetry-After: 600\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  WAIT(peer_requests(peer) == 1 && is_quiet());
  enqueue(2);
  move_on(590 * S);
  peer_sleep(400);
  CHECK_INT(peer_requests(peer), 1);
  move_on(20 * S);
  WAIT(sent() == 2);
  close_uploader();
}

/* A year is nothing that a server can mean. */
static void test_a_server_is_not_believed_for_ever(void)
{
  open_queue();
  peer_says(peer, "HTTP/1.1 503 Down\r\nRetry-After: 99999999999\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  WAIT(waiting() == 1 && is_quiet());
  enqueue(2);
  move_on(3601 * S);
  WAIT(sent() == 2);
  close_uploader();
}

/* An outage does not wear the reports out one by one. */
static void test_one_at_a_time_while_the_server_is_out(void)
{
  int asked;
  open_queue();
  peer_repeats(peer, DOWN);
  enqueue_many(1, 50);
  CHECK_INT(join_with(client, &member, 0, 20 * S), WATS_OK);
  WAIT(peer_requests(peer) >= 3 && is_quiet());
  peer_sleep(300);
  asked = peer_requests(peer);
  CHECK(asked <= 10);
  move_on(20 * S);
  WAIT(peer_requests(peer) == asked + 1 && is_quiet());
  peer_sleep(300);
  CHECK_INT(peer_requests(peer), asked + 1);
  wats_mutex_lock(&peer->mutex);
  peer->turns[0].bytes = TAKEN;
  peer->turns[0].length = strlen(TAKEN);
  wats_mutex_unlock(&peer->mutex);
  move_on(20 * S);
  WAIT(sent() == 1);
  peer_sleep(500);
  CHECK_INT(sent(), 1); /* the next one a second later, by this clock */
  WAIT(move_on(S / 10) && sent() >= 4);
  WAIT(move_on(S / 2) && sent() == 50);
  close_uploader();
}

/* ---- the breaker -------------------------------------------------------- */

static void open_breaking_queue(void)
{
  struct wats_client_options options;
  open_queue();
  wats_client_release(client);
  options = default_options(peer->url);
  options.breaks = WATS_ASKED_ON;
  options.circuit = (struct wats_circuit_options){4, 0.5, 30 * S, 15 * S};
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
}

static void test_calls_open_the_breaker_for_the_queue(void)
{
  int i;
  open_breaking_queue();
  for (i = 0; i < 4; i++)
    peer_says(peer, DOWN);
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 4; i++)
    CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_OK);
  CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_ERR_CIRCUIT_OPEN);
  enqueue_many(1, 3);
  join();
  peer_sleep(400);
  CHECK_INT(peer_requests(peer), 4);
  CHECK_INT(row_of(1).attempts, 0);
  move_on(16 * S);
  WAIT(move_on(S / 10) && sent() == 3);
  close_uploader();
}

static void test_the_queue_opens_the_breaker_for_calls(void)
{
  open_breaking_queue();
  peer_repeats(peer, DOWN);
  enqueue_many(1, 8);
  join();
  WAIT(move_on(5 * S) && peer_requests(peer) >= 4 && is_quiet());
  WAIT(stats().upstream.breaker.state == WATS_CIRCUIT_OPEN);
  CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_ERR_CIRCUIT_OPEN);
  close_uploader();
}

/* A call that is answered shows that the server is back: what waits for that
** need not wait as long as it was told to. */
static void test_calls_that_are_answered_bring_it_back(void)
{
  int i;
  open_breaking_queue();
  peer_says(peer, LATER);
  for (i = 0; i < 3; i++)
    peer_says(peer, DOWN);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  CHECK_INT(join_with(client, &member, 0, S), WATS_OK);
  WAIT(peer_requests(peer) == 1 && is_quiet());
  for (i = 0; i < 3; i++)
    CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_OK);
  CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_ERR_CIRCUIT_OPEN);
  peer_sleep(500); /* it has seen that */
  move_on(16 * S);
  CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_OK);
  CHECK_INT(ask("PUT", "/api/Unit/x"), WATS_OK);
  CHECK_INT(stats().upstream.breaker.state, WATS_CIRCUIT_CLOSED);
  peer_sleep(500);
  move_on(2 * S);
  WAIT(sent() == 1);
  close_uploader();
}

static void test_one_that_is_taken_brings_back_those_that_failed(void)
{
  unsigned i;
  open_queue();
  for (i = 0; i < 3; i++)
    peer_says(peer, LATER);
  peer_repeats(peer, TAKEN);
  enqueue_many(1, 3);
  CHECK_INT(join_with(client, &member, 0, S), WATS_OK);
  WAIT(peer_requests(peer) == 3 && is_quiet());
  enqueue(4);
  wats_uploader_nudge(member);
  WAIT(sent() == 1);
  WAIT(move_on(S / 50) && sent() == 4);
  CHECK(fake.monotonic_ns < 2000 * S);
  close_uploader();
}

int main(void)
{
  RUN(test_a_refused_token_pauses_and_one_probe_resumes);
  RUN(test_somebodys_log_in_page_confirms_nothing);
  RUN(test_a_hold_is_remembered);
  RUN(test_refused_twice_is_dead);
  RUN(test_no_credential_is_kept);
  RUN(test_the_server_is_to_blame_for_many);
  RUN(test_what_fails_is_tried_again);
  RUN(test_nobody_goes_before_the_server_says);
  RUN(test_a_server_is_not_believed_for_ever);
  RUN(test_one_at_a_time_while_the_server_is_out);
  RUN(test_calls_open_the_breaker_for_the_queue);
  RUN(test_the_queue_opens_the_breaker_for_calls);
  RUN(test_calls_that_are_answered_bring_it_back);
  RUN(test_one_that_is_taken_brings_back_those_that_failed);
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
