#!/bin/sh
# fuzz.sh SECONDS FUZZER... - runs each libFuzzer program for so long. What it
# learns stays in build/fuzz/corpus/NAME; seeds may lie in csrc/tests/corpus/NAME.
# A finding is kept in build/fuzz/findings and ends the run with code 1.
set -eu
seconds=$1
shift
[ $# -gt 0 ] || {
  echo "no fuzzer is there (csrc/tests/fuzz_*.c)"
  exit 0
}
mkdir -p build/fuzz/findings
failed=0
for fuzzer in "$@"; do
  name=${fuzzer##*/fuzz_}
  corpus=build/fuzz/corpus/$name
  seeds=csrc/tests/corpus/$name
  mkdir -p "$corpus"
  [ -d "$seeds" ] || seeds=
  log=build/fuzz/$name.log
  # shellcheck disable=SC2086
  if "./$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix="build/fuzz/findings/$name-" "$corpus" $seeds >"$log" 2>&1; then
    echo "ok       $name: $(tail -n 1 "$log")"
  else
    echo "failed   $name"
    tail -n 40 "$log"
    failed=1
  fi
done
exit $failed
