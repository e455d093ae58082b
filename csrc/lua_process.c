/*
** lua_process.c - child processes that a pipe of their parent keeps alive.
**
**   local p = core.spawn{ argv = {...}, env = {NAME = text | false},
**                         stdin = "pipe", stdout = "pipe" | file name,
**                         stderr = file name } | nil, text
**   p:pid()
**   p:write(text [, timeout_s]) -> true | nil, "timeout" | "closed"
**   p:read([timeout_s])  -> some bytes | nil, "timeout" | "closed"
**   p:close_stdin()
**   p:wait([timeout_s])  -> code, "exit" | number, "signal"
**                           | nil, "timeout" | "interrupted" | "lost"
**   p:kill([signal number, default SIGTERM]) -> true | false (already over)
**   p:close()  also __gc and __close
**
** The program is looked up in PATH. Descriptors that are not named are
** inherited; the pipes are not inherited by other children. The child starts
** with all signals in their default state and none blocked.
**
** A child does not outlive its object: close ends its standard input, gives
** it GRACE to stop by itself, then kills it, and reaps it in any case. "lost"
** means that somebody else reaped it (a host that ignores SIGCHLD).
**
**   core.read_fd(fd) -> bytes ("" at its end) | nil, text
**   core.readable(fd [, timeout_s]) -> is there something to read, or its end?
**   core.is_terminal(fd) -> does a person look at it?
**   core.termination_fd() -> fd, readable once SIGINT, SIGTERM or SIGHUP came
**       (from then on these no longer end the process: for programs, not for
**       libraries)
*/
#include <lauxlib.h>
#include <lua.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/error.h"
#include "lua_parts.h"

#define PROCESS_TYPE "wats.process"
#define GRACE        (2 * WATS_NS_PER_S)
#define READ_SIZE    65536

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE is set instead */
#endif

extern char **environ;

enum state { NOT_STARTED, RUNNING, EXITED, SIGNALLED, LOST };

struct process {
  enum state state;
  pid_t pid;
  int result;              /* exit code or signal number */
  int in, out;             /* our ends; -1 = none */
  int child_in, child_out; /* the child's ends, until it is started */
};

static void close_fd(int *fd)
{
  int old = *fd;
  *fd = -1;
  if (old >= 0) close(old);
}

/* Both ends close on exec; writing to a closed one raises no signal. */
static int make_pair(int *ours, int *childs)
{
  int pair[2], i;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return errno;
  for (i = 0; i < 2; i++) {
#ifdef SO_NOSIGPIPE
    int one = 1;
    setsockopt(pair[i], SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
    fcntl(pair[i], F_SETFD, FD_CLOEXEC);
  }
  *ours = pair[0];
  *childs = pair[1];
  return 0;
}

/* Looks whether the child has ended; does not wait. */
static void reap(struct process *p)
{
  int status;
  pid_t got;
  if (p->state != RUNNING) return;
  do
    got = waitpid(p->pid, &status, WNOHANG);
  while (got < 0 && errno == EINTR);
  if (got == 0) return;
  if (got < 0)
    p->state = LOST;
  else if (WIFEXITED(status)) {
    p->state = EXITED;
    p->result = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    p->state = SIGNALLED;
    p->result = WTERMSIG(status);
  }
}

/* Waits until the child has ended or the time is over; false: a signal came. */
static int wait_until(struct process *p, int64_t deadline)
{
  struct timespec pause = {0, 500000L};
  for (;;) {
    reap(p);
    if (p->state != RUNNING ||
        wats_clock_monotonic(&wats_system_clock) >= deadline)
      return 1;
    if (nanosleep(&pause, NULL) < 0 && errno == EINTR) return 0;
    if (pause.tv_nsec < 10000000L) pause.tv_nsec *= 2;
  }
}

static int64_t deadline_at(lua_State *L, int index)
{
  int64_t ns;
  if (lua_isnoneornil(L, index)) return WATS_NEVER;
  ns = wats_seconds_to_ns(luaL_checknumber(L, index));
  return wats_time_add(wats_clock_monotonic(&wats_system_clock),
                       ns > 0 ? ns : 0);
}

/* Waits for `events` on `fd`. 1: there; 0: time over. */
static int wait_fd(int fd, short events, int64_t deadline)
{
  struct pollfd one = {fd, events, 0};
  for (;;) {
    int64_t left = deadline - wats_clock_monotonic(&wats_system_clock);
    int ms = 100; /* a slice, in case the clock and poll disagree */
    if (left <= 0)
      ms = 0;
    else if (left < 100 * WATS_NS_PER_MS)
      ms = (int)(left / WATS_NS_PER_MS) + 1;
    if (poll(&one, 1, ms) > 0) return 1;
    if (left <= 0) return 0;
  }
}

static int fail_with(lua_State *L, const char *what)
{
  lua_pushnil(L);
  lua_pushstring(L, what);
  return 2;
}

static struct process *check_process(lua_State *L)
{
  return luaL_checkudata(L, 1, PROCESS_TYPE);
}

static int process_pid(lua_State *L)
{
  lua_pushinteger(L, check_process(L)->pid);
  return 1;
}

static int process_write(lua_State *L)
{
  struct process *p = check_process(L);
  size_t length, done = 0;
  const char *text = luaL_checklstring(L, 2, &length);
  int64_t deadline = deadline_at(L, 3);
  if (p->in < 0) return fail_with(L, "closed");
  while (done < length) {
    ssize_t n =
        send(p->in, text + done, length - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
      done += (size_t)n;
    else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_fd(p->in, POLLOUT, deadline)) return fail_with(L, "timeout");
    } else if (errno != EINTR)
      return fail_with(L, "closed");
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int process_read(lua_State *L)
{
  struct process *p = check_process(L);
  int64_t deadline = deadline_at(L, 2);
  luaL_Buffer b;
  char *room;
  ssize_t n;
  if (p->out < 0) return fail_with(L, "closed");
  if (!wait_fd(p->out, POLLIN, deadline)) return fail_with(L, "timeout");
  room = luaL_buffinitsize(L, &b, READ_SIZE);
  do
    n = read(p->out, room, READ_SIZE);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return fail_with(L, "closed");
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

static int process_close_stdin(lua_State *L)
{
  close_fd(&check_process(L)->in);
  return 0;
}

static int process_wait(lua_State *L)
{
  struct process *p = check_process(L);
  int undisturbed = wait_until(p, deadline_at(L, 2));
  switch (p->state) {
  case EXITED:
  case SIGNALLED:
    lua_pushinteger(L, p->result);
    lua_pushstring(L, p->state == EXITED ? "exit" : "signal");
    return 2;
  case RUNNING:
    return fail_with(L, undisturbed ? "timeout" : "interrupted");
  default:
    return fail_with(L, "lost");
  }
}

static int process_kill(lua_State *L)
{
  struct process *p = check_process(L);
  lua_Integer number = luaL_optinteger(L, 2, SIGTERM);
  reap(p); /* the number of a reaped child may be another's already */
  lua_pushboolean(L, p->state == RUNNING && kill(p->pid, (int)number) == 0);
  return 1;
}

static int process_close(lua_State *L)
{
  struct process *p = check_process(L);
  int64_t deadline = wats_clock_monotonic(&wats_system_clock) + GRACE;
  close_fd(&p->in);
  close_fd(&p->child_in);
  close_fd(&p->child_out);
  while (!wait_until(p, deadline)) {
  }
  if (p->state == RUNNING) {
    kill(p->pid, SIGKILL);
    while (!wait_until(p, WATS_NEVER)) {
    }
  }
  close_fd(&p->out);
  return 0;
}

/* A fresh array of `count` + 1 pointers, all NULL, on top of the stack. */
static char **push_array(lua_State *L, size_t count)
{
  char **array = lua_newuserdatauv(L, (count + 1) * sizeof *array, 0);
  memset(array, 0, (count + 1) * sizeof *array);
  return array;
}

/* argv from the table on top; its strings stay the table's. */
static char **push_argv(lua_State *L)
{
  int table = lua_gettop(L);
  lua_Integer i, count = luaL_len(L, table);
  char **argv = push_array(L, (size_t)(count > 0 ? count : 0));
  for (i = 0; i < count; i++) {
    if (lua_rawgeti(L, table, i + 1) != LUA_TSTRING)
      luaL_error(L, "option argv[%I]: string expected", (LUAI_UACINT)i + 1);
    argv[i] = (char *)lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  if (count < 1) luaL_error(L, "option argv: a program is needed");
  return argv;
}

/* Is the NAME of "NAME=value" a key of the table? */
static int is_named(lua_State *L, int table, const char *entry)
{
  const char *equals = strchr(entry, '=');
  int type;
  if (!equals) return 0;
  lua_pushlstring(L, entry, (size_t)(equals - entry));
  type = lua_rawget(L, table);
  lua_pop(L, 1);
  return type != LUA_TNIL;
}

/*
** Our environment with the changes of the table on top. Pushes the array and
** a table that keeps the strings made for it alive.
*/
static char **push_environment(lua_State *L)
{
  int changes = lua_gettop(L), kept;
  size_t count = 0, n = 0;
  lua_Integer made = 0;
  char **entry, **array;
  for (entry = environ; *entry; entry++)
    count++;
  for (lua_pushnil(L); lua_next(L, changes); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "option env: names must be strings");
    if (lua_isstring(L, -1)) count++;
  }
  array = push_array(L, count);
  lua_newtable(L);
  kept = lua_gettop(L);
  for (entry = environ; *entry && n < count; entry++)
    if (!is_named(L, changes, *entry)) array[n++] = *entry;
  for (lua_pushnil(L); lua_next(L, changes); lua_pop(L, 1)) {
    const char *value;
    if (!lua_isstring(L, -1) || n == count) continue;
    value = luaL_tolstring(L, -1, NULL);
    array[n++] =
        (char *)lua_pushfstring(L, "%s=%s", lua_tostring(L, -3), value);
    lua_rawseti(L, kept, ++made);
    lua_pop(L, 1);
  }
  return array;
}

struct plan {
  char **argv, **environment;
  const char *out_file, *err_file;
};

/* posix_spawn and what it needs; returns an errno. Raises nothing. */
static int start(struct process *p, const struct plan *plan)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  sigset_t set;
  int code;
  if ((code = posix_spawn_file_actions_init(&actions)) != 0) return code;
  if ((code = posix_spawnattr_init(&attributes)) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return code;
  }
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes, &set);
  sigfillset(&set);
  sigdelset(&set, SIGKILL);
  sigdelset(&set, SIGSTOP);
  posix_spawnattr_setsigdefault(&attributes, &set);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (p->child_in >= 0)
    code = posix_spawn_file_actions_adddup2(&actions, p->child_in, 0);
  if (!code && p->child_out >= 0)
    code = posix_spawn_file_actions_adddup2(&actions, p->child_out, 1);
  if (!code && plan->out_file)
    code = posix_spawn_file_actions_addopen(&actions, 1, plan->out_file, flags,
                                            0666);
  if (!code && plan->err_file)
    code = posix_spawn_file_actions_addopen(&actions, 2, plan->err_file, flags,
                                            0666);
  if (!code)
    code = posix_spawnp(&p->pid, plan->argv[0], &actions, &attributes,
                        plan->argv, plan->environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

static struct process *push_process(lua_State *L)
{
  struct process *p = lua_newuserdatauv(L, sizeof *p, 0);
  p->state = NOT_STARTED;
  p->pid = 0;
  p->result = 0;
  p->in = p->out = p->child_in = p->child_out = -1;
  luaL_setmetatable(L, PROCESS_TYPE);
  return p;
}

/* "pipe" or a file name; anything else raises. The value stays on the stack. */
static const char *option_text(lua_State *L, const char *name)
{
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    luaL_error(L, "option %s: string expected", name);
  return lua_tostring(L, -1);
}

static int process_spawn(lua_State *L)
{
  struct plan plan = {NULL, NULL, NULL, NULL};
  struct process *p;
  const char *in;
  int code = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_checkstack(L, 20, NULL);
  if (lua_getfield(L, 1, "argv") != LUA_TTABLE)
    return luaL_error(L, "option argv: table expected");
  plan.argv = push_argv(L);
  plan.environment = environ;
  if (lua_getfield(L, 1, "env") == LUA_TTABLE)
    plan.environment = push_environment(L);
  in = option_text(L, "stdin");
  plan.out_file = option_text(L, "stdout");
  plan.err_file = option_text(L, "stderr");
  if (in && strcmp(in, "pipe") != 0)
    return luaL_error(L, "option stdin: \"pipe\" expected");
  p = push_process(L);
  if (in) code = make_pair(&p->in, &p->child_in);
  if (!code && plan.out_file && strcmp(plan.out_file, "pipe") == 0) {
    plan.out_file = NULL;
    code = make_pair(&p->out, &p->child_out);
  }
  if (!code) code = start(p, &plan);
  close_fd(&p->child_in);
  close_fd(&p->child_out);
  if (code) {
    struct wats_error error;
    wats_fail_errno(&error, WATS_ERR_IO, code, "start %s", plan.argv[0]);
    return fail_with(L, error.message);
  }
  p->state = RUNNING;
  return 1;
}

static int read_fd(lua_State *L)
{
  int fd = (int)luaL_checkinteger(L, 1);
  luaL_Buffer b;
  char *room = luaL_buffinitsize(L, &b, READ_SIZE);
  ssize_t n;
  do
    n = read(fd, room, READ_SIZE);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    struct wats_error error;
    wats_fail_errno(&error, WATS_ERR_IO, errno, "read");
    return fail_with(L, error.message);
  }
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

/* Blocks in C: for programs that wait for a signal by termination_fd. */
static int readable(lua_State *L)
{
  int fd = (int)luaL_checkinteger(L, 1);
  lua_pushboolean(L, wait_fd(fd, POLLIN, deadline_at(L, 2)));
  return 1;
}

static int is_terminal(lua_State *L)
{
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* Process-wide, like signals themselves; -1 until termination_fd. */
static int termination_pipe[2] = {-1, -1};

static void on_termination(int number)
{
  int saved = errno;
  ssize_t ignored = write(termination_pipe[1], "x", 1);
  (void)ignored;
  (void)number;
  errno = saved;
}

static int termination_fd(lua_State *L)
{
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action = {0};
  size_t i;
  if (termination_pipe[0] < 0) {
    if (pipe(termination_pipe) < 0) return luaL_error(L, "no pipe to be had");
    for (i = 0; i < 2; i++) {
      fcntl(termination_pipe[i], F_SETFD, FD_CLOEXEC);
      fcntl(termination_pipe[i], F_SETFL, O_NONBLOCK);
    }
    action.sa_handler = on_termination;
    sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
      sigaction(numbers[i], &action, NULL);
  }
  lua_pushinteger(L, termination_pipe[0]);
  return 1;
}

static const luaL_Reg methods[] = {
    {"pid", process_pid},     {"write", process_write},
    {"read", process_read},   {"close_stdin", process_close_stdin},
    {"wait", process_wait},   {"kill", process_kill},
    {"close", process_close}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", process_close},
    {"__close", process_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"spawn", process_spawn},
    {"read_fd", read_fd},
    {"readable", readable},
    {"is_terminal", is_terminal},
    {"termination_fd", termination_fd},
    {NULL, NULL},
};

void wats_open_process(lua_State *L)
{
  luaL_newmetatable(L, PROCESS_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
