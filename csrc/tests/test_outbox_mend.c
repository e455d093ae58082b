/*
** test_outbox_mend.c - another file in the place of a damaged one, also when
** that is cut short: the reports are in the one or in the other.
*/
#include "outbox_images.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

static void test_mending_fails_at_each_step(void)
{
  long n;
  int kind, before = test_bad_checks;
  for (kind = 0; kind < 4; kind++) {
    int result = kind & 1 ? SQLITE_FULL : SQLITE_IOERR;
    for (n = 0; n < 4000; n += kind < 2 ? 1 + n / 8 : 1) {
      bool failed;
      begin_on_disk();
      store("", &whole);
      damage_tree();
      open_on_disk();
      if (kind < 2) disk_fails_after(n, 1, result);
      if (kind >= 2) wats_durable_fail_after(n, 1, kind & 1 ? ENOSPC : EIO);
      (void)mend_now();
      failed = disk_is_well();
      failed = wats_durable_fail_never() || failed;
      CHECK_INT(drain(), REPORTS - SENT - DEAD);
      check_nothing_is_left_over();
      drop_claims();
      check_rules();
      close_box();
      if (!failed || test_bad_checks != before) break;
    }
    printf("mending that fails: up to call %ld\n", n);
    CHECK(n > 5 && n < 4000);
  }
}

static void test_mending_lacks_memory(void)
{
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  for (n = 0; n < 200 && code != WATS_OK; n++) {
    begin_on_disk();
    store("", &whole);
    open_on_disk();
    wats_alloc_fail_after(n);
    code = mend_now();
    wats_alloc_fail_never();
    if (code != WATS_OK) CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK_INT(drain(), REPORTS - SENT - DEAD);
    drop_claims();
    close_box();
    CHECK_INT(wats_alloc_live(), 0);
  }
  CHECK(n > 3 && n < 200);
}

static int drain_anew(void)
{
  int n;
  open_on_disk();
  n = drain();
  check_nothing_is_left_over();
  drop_claims();
  check_rules();
  close_box();
  return n;
}

/* The new file is complete, and the process has ended. */
static void test_mending_is_finished_by_the_next(void)
{
  begin_on_disk();
  store("-mended", &whole);
  write_file(place(""), "x", 5000);
  write_file(place("-wal"), "x", 500);
  CHECK_INT(drain_anew(), REPORTS - SENT - DEAD);
  begin_on_disk();
  store("-mended", &whole);
  CHECK_INT(drain_anew(), REPORTS - SENT - DEAD);
  /* one that is not complete is none */
  begin_on_disk();
  write_file(place("-mending"), "x", 5000);
  store("", &whole);
  damage_tree();
  CHECK_INT(drain_anew(), REPORTS - SENT - DEAD);
}

/* As large as a queue gets in a long outage; the first page is gone. */
static void spoil_large(off_t size)
{
  static const char nothing[4096];
  int file;
  wats_outbox_disconnect(box);
  file = open(place(""), O_WRONLY);
  CHECK(file >= 0 && write(file, nothing, sizeof nothing) == 4096);
  CHECK_INT(ftruncate(file, size), 0);
  close(file);
  (void)unlink(place("-wal")); /* all of it was brought into the file */
  (void)unlink(place("-shm"));
}

/* Whoever submits does not wait until a large file is mended. */
static void test_a_submit_does_not_mend_for_long(void)
{
  struct wats_outbox_stats s;
  begin_on_disk();
  store("", &whole);
  open_on_disk();
  spoil_large(65 << 20);
  CHECK_INT(put(REPORTS, 1, 0), WATS_OUTBOX_LIFEBOAT);
  CHECK_INT(put(REPORTS + 1, 99, 0), WATS_OUTBOX_LIFEBOAT);
  CHECK_INT(wats_outbox_stats_within(box, TARGET, S, &s, &error), WATS_ERR_IO);
  CHECK(!was_mended());
  CHECK_INT(drain(), REPORTS - SENT - DEAD + 2);
  CHECK(was_mended());
  check_nothing_is_left_over();
  drop_claims();
  check_rules();
  close_box();
  /* a small one costs no time */
  begin_on_disk();
  store("", &whole);
  open_on_disk();
  spoil_large((off_t)whole.size);
  CHECK(put(REPORTS, 1, 0) != WATS_OUTBOX_LIFEBOAT);
  CHECK(was_mended());
  CHECK_INT(drain(), REPORTS - SENT - DEAD + 1);
  drop_claims();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  use_disk();
  make_images();
  RUN(test_mending_fails_at_each_step);
  RUN(test_mending_lacks_memory);
  RUN(test_mending_is_finished_by_the_next);
  RUN(test_a_submit_does_not_mend_for_long);
  free_images();
  remove_disk();
  return test_report();
}

#endif
