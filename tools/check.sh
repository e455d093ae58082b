#!/bin/sh
# check.sh - every check that looks at sources without running them. All of
# them run; the exit code is 1 if one complains. A tool that is absent is a
# skipped check, or with CI=true a failed one. FLAGS: how C is compiled.
set -u

failed=0 skipped=0
jobs=$(getconf _NPROCESSORS_ONLN)

step() { # NAME TOOL COMMAND...
  name=$1 tool=$2
  shift 2
  if ! command -v "$tool" >/dev/null 2>&1; then
    if [ "${CI:-}" = true ]; then
      echo "failed   $name ($tool is missing: make deps-full)"
      failed=$((failed + 1))
    else
      echo "skipped  $name ($tool is missing: make deps-full)"
      skipped=$((skipped + 1))
    fi
  elif output=$("$@" 2>&1); then
    echo "ok       $name"
    [ "$name" != sizes ] || echo "$output"
  else
    echo "failed   $name"
    printf '%s\n' "$output"
    failed=$((failed + 1))
  fi
}

c_files() { find csrc include -name '*.[ch]' | sort; }
c_sources() { find csrc -name '*.c' ! -path 'csrc/tests/*' | sort; }

lint() { "$LUA" tools/lint/main.lua "$1"; }

format() { # the files to give to clang-format -i
  bad=$(for file in $(c_files); do
    clang-format --dry-run -Werror "$file" >/dev/null 2>&1 || echo "$file"
  done)
  [ -z "$bad" ] || {
    printf 'clang-format -i %s\n' "$bad"
    return 1
  }
}

static_cppcheck() {
  # shellcheck disable=SC2046
  cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j "$jobs" \
    --enable=warning,performance,portability --suppress=missingIncludeSystem \
    --suppressions-list=tools/cppcheck.supp -Icsrc -Iinclude -D_GNU_SOURCE \
    $(c_sources)
}

static_tidy() {
  # One process per file: its findings are errors by .clang-tidy.
  c_sources | xargs -P "$jobs" -I FILE \
    sh -c 'clang-tidy --quiet FILE -- '"$FLAGS"' 2>/dev/null'
}

shell_syntax() {
  for script in tools/*.sh .ci/run; do
    [ ! -f "$script" ] || bash -n "$script" || return 1
  done
}

rockspecs() {
  for file in rockspec/*.rockspec; do
    [ ! -f "$file" ] || luarocks --lua-version=5.4 lint "$file" || return 1
  done
}

step sizes "$LUA" lint sizes
step 'banned functions' "$LUA" lint banned
step layers "$LUA" lint dependencies
step annotations "$LUA" lint annotations
step shell bash shell_syntax
step 'table of metrics' "$LUA" "$LUA" tools/monitoring.lua --check
# shellcheck disable=SC2086
[ -z "${OPENAPI:-}" ] || step 'table of operations' "$LUA" "$LUA" tools/operations.lua $OPENAPI
step luacheck luacheck luacheck -q --no-color .
step clang-format clang-format format
step rockspec luarocks rockspecs
step cppcheck cppcheck static_cppcheck
step clang-tidy clang-tidy static_tidy

echo "checks: $failed failed, $skipped skipped"
[ "$failed" = 0 ]
