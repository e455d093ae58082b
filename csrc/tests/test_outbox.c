/*
** test_outbox.c - the outbox: taken in, claimed, settled, looked at.
*/
#include "outbox_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

static void test_a_report_goes_through(void)
{
  struct wats_outbox_found found;
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  CHECK_STR(rows(), "a:ready");
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_KEPT);
  CHECK_STR(found.body, "a");
  CHECK_STR(found.row.target, TARGET);
  wats_outbox_found_free(&found);
  CHECK_STR(claim(4), "a");
  CHECK_STR(claims[0].body, "a");
  CHECK_STR(rows(), "a:in_flight");
  CHECK(sent(0));
  CHECK_STR(rows(), "");
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_WAS_SENT);
  CHECK_INT(found.sent_ms, NOW * 1000);
  CHECK_INT(stats().sent, 1);
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_DUPLICATE);
  end_test();
}

static void test_it_outlives_the_process(void)
{
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(submit("b", "1"), WATS_OUTBOX_NEW);
  close_box();
  open_box();
  CHECK_STR(rows(), "a:ready b:blocked");
  end_test();
}

int main(void)
{
  RUN(test_a_report_goes_through);
  RUN(test_it_outlives_the_process);
  remove_scratch();
  return test_report();
}

#endif
