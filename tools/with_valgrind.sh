#!/bin/sh
# with_valgrind.sh COMMAND... - runs the test suite under valgrind: a bad
# access or a lost block fails the process. Child processes run free of it.
set -eu
valgrind="valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite"
valgrind="$valgrind --show-leak-kinds=definite --error-exitcode=99"
export SUITE_C="$valgrind" SUITE_LUA="$valgrind" SUITE_TIMEOUT=1800 UNDER_VALGRIND=1
exec "$LUA" "$@"
