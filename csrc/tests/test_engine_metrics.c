/*
** test_engine_metrics.c - open connections, as the default registry tells.
*/
#include "core/engine_metrics.h"

#include "child.h"
#include "client_fixture.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static enum wats_errc find(const struct wats_sample *sample, void *context)
{
  if (strcmp(wats_family_name(sample->family), "wats_http_connections_open") ==
      0)
    *(int *)context = (int)sample->value;
  return WATS_OK;
}

static int open_ones(void)
{
  struct wats_registry *standard = wats_registry_default();
  int value = -1;
  CHECK_INT(wats_registry_visit(standard, find, &value), WATS_OK);
  wats_registry_release(standard);
  return value;
}

static void are_not_the_childs(void)
{
  CHECK_INT(open_ones(), 0);
}

static void test_they_come_and_go(void)
{
  long n;
  enum wats_errc code = WATS_ERR_MEMORY;
  wats_registry_release(wats_registry_default());
  for (n = 0; code == WATS_ERR_MEMORY && n < 50; n++) {
    wats_alloc_fail_after(n);
    code = wats_engine_metrics_install();
    wats_alloc_fail_never();
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 2);
  CHECK_INT(wats_engine_metrics_install(), WATS_OK);
  CHECK_INT(open_ones(), 0);
  open_client();
  peer_repeats(peer, ANSWER);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(open_ones(), 1);
  CHECK_INT(ask("GET", "/y"), WATS_OK);
  CHECK_INT(open_ones(), 1);
  CHECK_INT(in_child(are_not_the_childs), 0);
  peer_ends(peer, "HTTP/1.1 200 OK\r\n\r\nto the end", PEER_CLOSE);
  close_world(); /* the engine lets go of what it kept */
  CHECK_INT(open_ones(), 0);
}

int main(void)
{
  RUN(test_they_come_and_go);
  return test_report();
}
