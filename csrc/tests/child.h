/*
** child.h - checks in a forked child. It ends by becoming another program: a
** leak checker would take what the parent's threads hold for lost.
*/
#ifndef WATS_CHILD_H
#define WATS_CHILD_H

#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* 0 when all checks of the function held. */
static inline int in_child(void (*function)(void))
{
  int state = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    int before = test_bad_checks;
    function();
    fflush(stdout);
    execlp(test_bad_checks == before ? "true" : "false", "true", (char *)NULL);
    _exit(2);
  }
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

#endif
