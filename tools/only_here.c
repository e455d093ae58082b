/*
** only_here.c - loaded beside AddressSanitizer's runtime by with_asan.sh: what
** LD_PRELOAD brought into the interpreter is not passed on to the programs
** that it starts. Several of them break under the runtime.
*/
#include <stdlib.h>

__attribute__((constructor)) static void forget_preload(void)
{
  unsetenv("LD_PRELOAD");
}
