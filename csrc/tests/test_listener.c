/*
** test_listener.c - what listener.h promises.
*/
#include "core/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

static bool can_connect(uint16_t port)
{
  struct sockaddr_in address = {0};
  int fd = socket(AF_INET, SOCK_STREAM, 0), result;
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result = connect(fd, (struct sockaddr *)&address, sizeof address);
  close(fd);
  return result == 0;
}

static void test_addresses(void)
{
  struct wats_listener a, b;
  struct wats_error error;
  CHECK_INT(wats_listener_inet("localhost", 0, &a, &error), WATS_OK);
  CHECK(a.port != 0);
  CHECK(a.loopback);
  CHECK(can_connect(a.port));
  CHECK(fcntl(a.fd, F_GETFD) & FD_CLOEXEC);
  CHECK(fcntl(a.fd, F_GETFL) & O_NONBLOCK);
  CHECK_INT(wats_listener_inet("127.0.0.1", a.port, &b, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "listen on 127.0.0.1:") == error.message);
  close(a.fd);
  CHECK_INT(wats_listener_inet("0.0.0.0", 0, &a, &error), WATS_OK);
  CHECK(!a.loopback);
  close(a.fd);
}

static void test_version_6(void)
{
  struct wats_listener a;
  struct wats_error error;
  enum wats_errc code = wats_listener_inet("::1", 0, &a, &error);
  if (code == WATS_ERR_IO) return; /* this machine has none */
  CHECK_INT(code, WATS_OK);
  CHECK(a.loopback);
  CHECK(a.port != 0);
  close(a.fd);
  CHECK_INT(wats_listener_inet("::", 0, &a, &error), WATS_OK);
  CHECK(!a.loopback);
  CHECK(can_connect(a.port)); /* IPv4 too */
  close(a.fd);
}

static void test_what_is_an_address(void)
{
  static const struct {
    const char *text;
    bool is, loopback;
  } cases[] = {{"127.0.0.1", true, true},      {"127.9.8.7", true, true},
               {"localhost", true, true},      {"::1", true, true},
               {"0.0.0.0", true, false},       {"::", true, false},
               {"192.0.2.1", true, false},     {"128.0.0.1", true, false},
               {"station", false, false},      {"", false, false},
               {"127.0.0.1:80", false, false}, {"[::1]", false, false}};
  struct wats_listener a;
  struct wats_error error;
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool loopback = false;
    CHECK_INT(wats_listener_is_address(cases[i].text, &loopback), cases[i].is);
    CHECK_INT(loopback, cases[i].loopback);
    if (!cases[i].is)
      CHECK_INT(wats_listener_inet(cases[i].text, 0, &a, &error),
                WATS_ERR_ARGUMENT);
  }
  CHECK_INT(wats_listener_inet("192.0.2.1", 0, &a, &error), WATS_ERR_IO);
}

static char directory[64], path[80];

static void make_path(void)
{
  snprintf(directory, sizeof directory, "/tmp/wats-listener-XXXXXX");
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/socket", directory);
}

static void test_path(void)
{
  struct wats_listener a, b;
  struct wats_error error;
  struct stat info;
  mode_t before = umask(0);
  make_path();
  CHECK_INT(wats_listener_unix(path, &a, &error), WATS_OK);
  umask(before);
  CHECK(a.loopback);
  CHECK_INT(a.port, 0);
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 07777, 0600);
  /* somebody listens there */
  CHECK_INT(wats_listener_unix(path, &b, &error), WATS_ERR_IO);
  /* nobody does any more */
  close(a.fd);
  CHECK_INT(wats_listener_unix(path, &b, &error), WATS_OK);
  wats_listener_unlink(&a, path); /* it is another one's now, if the inode is */
  if (a.inode != b.inode) CHECK_INT(stat(path, &info), 0);
  wats_listener_unlink(&b, path);
  CHECK(stat(path, &info) != 0);
  close(b.fd);
  rmdir(directory);
}

static void test_path_of_something_else(void)
{
  struct wats_listener a;
  struct wats_error error;
  struct stat info;
  char long_path[300];
  int fd;
  make_path();
  fd = open(path, O_CREAT | O_WRONLY, 0600);
  CHECK(fd >= 0);
  CHECK_INT(wats_listener_unix(path, &a, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, path) != NULL);
  CHECK_INT(stat(path, &info), 0);
  close(fd);
  unlink(path);
  rmdir(directory);
  CHECK_INT(wats_listener_unix(path, &a, &error), WATS_ERR_IO);
  memset(long_path, 'x', sizeof long_path - 1);
  long_path[sizeof long_path - 1] = '\0';
  CHECK_INT(wats_listener_unix(long_path, &a, &error), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_listener_unix("", &a, &error), WATS_ERR_ARGUMENT);
}

int main(void)
{
  RUN(test_addresses);
  RUN(test_version_6);
  RUN(test_what_is_an_address);
  RUN(test_path);
  RUN(test_path_of_something_else);
  return test_report();
}
