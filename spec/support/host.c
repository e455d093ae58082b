/*
** host.c - a station program in small: one Lua state per thread, opened and
** closed while others work.
**
**   host THREADS ROUNDS SCRIPT [ARGUMENT ...]
**
** Each thread runs SCRIPT in a fresh state, ROUNDS times, with the number of
** the thread as first argument, then ARGUMENTs. Afterwards all states are
** closed, and a child is forked, which runs the script once more. Prints
** "still mapped" if the module is, and what failed; exit code 1 if anything
** did.
*/
#include <dlfcn.h>
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int rounds, argument_count;
static const char *script;
static char **arguments;
static char module[4096];

static int run_once(int number)
{
  lua_State *L = luaL_newstate();
  int i, failed;
  luaL_openlibs(L);
  failed = luaL_loadfile(L, script);
  if (!failed) {
    lua_pushinteger(L, number);
    for (i = 0; i < argument_count; i++) lua_pushstring(L, arguments[i]);
    failed = lua_pcall(L, argument_count + 1, 1, 0);
  }
  if (failed)
    fprintf(stderr, "thread %d: %s\n", number, luaL_tolstring(L, -1, NULL));
  else if (number == 1 && lua_isstring(L, -1))
    snprintf(module, sizeof module, "%s", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}

static void *thread_main(void *number)
{
  int i, failed = 0;
  for (i = 0; i < rounds && !failed; i++)
    failed = run_once((int)(size_t)number);
  return failed ? thread_main : NULL;
}

static int run_in_child(void)
{
  int status = 1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) _exit(run_once(0) ? 1 : 0);
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  if (status != 0) fprintf(stderr, "the child failed: %d\n", status);
  return status != 0;
}

int main(int count, char **values)
{
  pthread_t threads[64];
  int i, failed = 0, wanted = count > 3 ? atoi(values[1]) : 0;
  if (wanted < 1 || wanted > 64) return 2;
  rounds = atoi(values[2]);
  script = values[3];
  arguments = values + 4;
  argument_count = count - 4;
  for (i = 0; i < wanted; i++)
    if (pthread_create(&threads[i], NULL, thread_main, (void *)(size_t)(i + 1)))
      return 2;
  for (i = 0; i < wanted; i++) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    failed |= result != NULL;
  }
  if (dlopen(module, RTLD_NOW | RTLD_NOLOAD)) puts("still mapped");
  failed |= run_in_child();
  return failed;
}
