#!/bin/sh
# with_asan.sh COMMAND... - runs the test suite with the sanitizers' options
# set, and with AddressSanitizer loaded first into the interpreter of specs,
# which was itself built without it.
set -eu
runtime=$(${CC:-cc} -print-file-name=libasan.so)
top=$(cd "$(dirname "$0")/.." && pwd)
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}"
export LSAN_OPTIONS="print_suppressions=0:suppressions=$top/tools/lsan.supp"
export SUITE_LUA="env LD_PRELOAD=$runtime"
exec "$@"
