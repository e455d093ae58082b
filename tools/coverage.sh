#!/bin/sh
# coverage.sh BUILD - line coverage of csrc/core, per file and in all, from
# what a run of programs built with --coverage left in BUILD.
set -eu
build=$1
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# alloc.c is built twice; the tests' build, which counts, is told about.
cp "$build"/csrc/core/*.gc* "$objects"
rm -f "$objects"/alloc.gc*
cp "$build"/tests/alloc.gc* "$objects"

echo "line coverage of csrc/core"
for source in csrc/core/*.c; do
  gcov --no-output --object-directory "$objects" "$source" 2>/dev/null |
    awk -v source="$source" '
      $1 == "File" { ours = index($2, source) }
      ours && /^Lines executed:/ {
        split($0, part, /[:% ]+/)
        printf "%s %s %s\n", source, part[3], part[5]
        exit
      }'
done | sort | awk '
  { printf "%6.1f %%  %5d lines  %s\n", $2, $3, $1
    hit += $2 * $3 / 100; all += $3 }
  END { if (all) printf "%6.1f %%  %5d lines  in all\n", 100 * hit / all, all }'
