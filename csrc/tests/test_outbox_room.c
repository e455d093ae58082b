/*
** test_outbox_room.c - a small disk of its own that really is full, to the last
** byte: submits are refused in time, what waits is delivered, and then there is
** room again. Needs the right to mount; without it, only what needs no disk.
*/
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "outbox_disk.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

static bool has_disk;

static void mount_disk(const char *size)
{
#if defined(__linux__)
  char folder[300], options[40];
  snprintf(folder, sizeof folder, "%s/all", disk_folder());
  snprintf(options, sizeof options, "size=%s", size);
  has_disk = mount("tmpfs", folder, "tmpfs", 0, options) == 0;
#else
  (void)size;
#endif
}

static void unmount_disk(void)
{
#if defined(__linux__)
  char folder[300];
  snprintf(folder, sizeof folder, "%s/all", disk_folder());
  if (has_disk) CHECK_INT(umount(folder), 0);
#endif
}

static uint64_t room(void)
{
  struct statvfs info;
  CHECK_INT(statvfs(place(""), &info), 0);
  return (uint64_t)info.f_bavail * info.f_frsize;
}

/* By somebody else. */
static void fill_up(void)
{
  static char bytes[4096];
  int file = open(place("-other"), O_WRONLY | O_CREAT | O_APPEND, 0600);
  CHECK(file >= 0);
  while (file >= 0 && write(file, bytes, sizeof bytes) > 0)
    continue;
  close(file);
  CHECK_INT(room(), 0);
}

/* Until it is refused; how many were taken in. */
static int put_until_refused(int from)
{
  enum wats_outbox_receipt receipt;
  int n = from;
  while (n < MOST_REPORTS * 100 &&
         put_code(n, n % 50, 0, &receipt) == WATS_OK) {
    CHECK_INT(receipt, WATS_OUTBOX_NEW);
    n++;
  }
  CHECK(strstr(error.message, "no room on the disk") != NULL);
  CHECK_INT(wats_lifeboat_count(place("-lifeboat")), 0);
  return n - from;
}

static bool begin_on_small_disk(const char *size)
{
  begin_on_disk();
  mount_disk(size);
  if (!has_disk) return false;
  open_on_disk();
  return true;
}

static void end_on_small_disk(void)
{
  drop_claims();
  check_rules();
  close_box();
  unmount_disk();
  CHECK_INT(wats_alloc_live(), 0);
}

/* Nobody delivers; the log is never looked after but by the submits. */
static void test_what_was_only_written_to_can_be_drained(void)
{
  enum wats_outbox_receipt receipt;
  int count;
  if (!begin_on_small_disk("48m")) return;
  count = put_until_refused(0);
  CHECK(count > 500);
  /* some room is left, and it is the disk's bound alone */
  CHECK(room() > 1 << 20 && room() < 16 << 20);
  fill_up();
  CHECK_INT(put_code(count, 1, 0, &receipt), WATS_ERR_QUEUE_FULL);
  CHECK_INT(drain(), count);
  CHECK_INT(put(count, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(drain(), 1);
  end_on_small_disk();
}

/* Others take what the ballast gave up as well: there is room in its own files,
** since what was in them has been sent. */
static void test_its_own_files_have_room(void)
{
  enum wats_outbox_receipt receipt;
  int count, more;
  if (!begin_on_small_disk("48m")) return;
  count = put_until_refused(0);
  fill_up();
  CHECK_INT(drain(), count);
  fill_up();
  wats_fake_clock_advance(&fake, 2 * S); /* it has been quiet for long enough */
  CHECK_INT(wats_outbox_tend(box, &error), WATS_OK);
  CHECK_INT(put(count++, 1, 0), WATS_OUTBOX_NEW); /* the log begins anew */
  CHECK_INT(drain(), 1);
  fill_up();
  for (more = 0; more < 20; more++)
    CHECK_INT(put(count + more, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(room(), 0);
  CHECK_INT(drain(), more);
  count += more;
  more = put_until_refused(count); /* they are full, too, in the end */
  CHECK_INT(put_code(count + more, 1, 0, &receipt), WATS_ERR_QUEUE_FULL);
  CHECK_INT(drain(), more);
  end_on_small_disk();
}

/* The same by processes that come and go. */
static void test_it_opens_on_a_full_disk(void)
{
  enum wats_outbox_receipt receipt;
  int count;
  if (!begin_on_small_disk("48m")) return;
  count = put_until_refused(0);
  drop_claims();
  close_box();
  fill_up();
  open_on_disk();
  CHECK_INT(put_code(count, 1, 0, &receipt), WATS_ERR_QUEUE_FULL);
  CHECK(strstr(error.message, "room") != NULL);
  close_box();
  fill_up();
  open_on_disk();
  CHECK_INT(drain(), count);
  CHECK_INT(put(count, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(drain(), 1);
  end_on_small_disk();
}

/* Turns find the server away while submits take what there is; then others take
** the rest. */
static void test_the_server_is_away_meanwhile(void)
{
  int count = 0, refused = 0;
  if (!begin_on_small_disk("48m")) return;
  while (refused < 20 && count < 5000) {
    enum wats_outbox_receipt receipt;
    if (put_code(count, count % 50, 0, &receipt) == WATS_OK)
      count++;
    else
      refused++;
    drop_claims();
    CHECK_INT(turn_of(TARGET, NULL, 0, 1), WATS_OK);
    if (claimed) CHECK(retried(0, S));
    if (count % 10 == 0) CHECK_INT(wats_outbox_tend(box, &error), WATS_OK);
    wats_fake_clock_advance(&fake, S / 10);
  }
  CHECK(count > 300);
  fill_up();
  CHECK_INT(drain(), count);
  CHECK_INT(put(count, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(drain(), 1);
  end_on_small_disk();
}

/* A lifeboat elsewhere is not concerned. */
static void test_a_lifeboat_on_another_disk(void)
{
  char elsewhere[300];
  enum wats_outbox_receipt receipt;
  snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", scratch_folder());
  begin_on_disk();
  mount_disk("24m");
  if (!has_disk) return;
  box_options.lifeboat = elsewhere;
  open_on_disk();
  fill_up();
  CHECK_INT(put_code(1, 1, 0, &receipt), WATS_OK);
  CHECK_INT(receipt, WATS_OUTBOX_LIFEBOAT);
  CHECK_INT(wats_lifeboat_count(elsewhere), 1);
  CHECK_INT(unlink(place("-other")), 0);
  CHECK_INT(drain(), 1);
  end_on_small_disk();
}

/* Too small for a ballast: it works as well as it can. */
static void test_a_disk_too_small_for_ballast(void)
{
  int count;
  if (!begin_on_small_disk("12m")) return;
  count = put_until_refused(0);
  CHECK(count > 50);
  CHECK_INT(drain(), count);
  end_on_small_disk();
}

int main(void)
{
  use_disk();
  RUN(test_what_was_only_written_to_can_be_drained);
  RUN(test_its_own_files_have_room);
  RUN(test_it_opens_on_a_full_disk);
  RUN(test_the_server_is_away_meanwhile);
  RUN(test_a_lifeboat_on_another_disk);
  RUN(test_a_disk_too_small_for_ballast);
  if (!has_disk) printf("no disk of its own: may not mount\n");
  remove_disk();
  return test_report();
}

#endif
