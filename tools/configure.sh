#!/bin/sh
# configure.sh - finds the compiler, Lua and the libraries, and writes what the
# Makefile needs to know of them to standard output, as make variables.
# What is missing is said in one line each; then nothing is built.
# Reads CC, LUA, WITHOUT (-DWATS_WITHOUT_...) and KEY (what this stands for).
set -eu

missing=0
lack() {
  printf 'wats: %s\n' "$1" >&2
  missing=1
}

flags_of() { # KIND FALLBACK NAME...: the flags of the first known package
  kind=$1 fallback=$2
  shift 2
  if command -v pkg-config >/dev/null 2>&1; then
    for name in "$@"; do
      if pkg-config --exists "$name" 2>/dev/null; then
        pkg-config "$kind" "$name"
        return
      fi
    done
  fi
  printf '%s\n' "$fallback"
}

compiles() { # FLAGS HEADER...
  compile_flags=$1
  shift
  # shellcheck disable=SC2086
  printf '#include <%s>\n' "$@" |
    $CC $compile_flags -fsyntax-only -x c - >/dev/null 2>&1
}

need_header() { # FLAGS HEADER WHAT DEBIAN HOMEBREW
  compiles "$1" "$2" ||
    lack "$3 is missing (no <$2>): Debian package $4, Homebrew $5; or run make deps"
}

if ! printf 'int main(void) { return 0; }\n' |
  $CC -fsyntax-only -x c - >/dev/null 2>&1; then
  lack "no working C compiler ($CC): Debian packages gcc libc6-dev; or run make deps"
  exit 1
fi

case $(command -v "$LUA" || true) in
'') lack "Lua is missing ($LUA): Debian package lua5.4; or name yours: make LUA=..." ;;
*)
  version=$("$LUA" -e 'print(_VERSION)' 2>/dev/null || true)
  [ "$version" = "Lua 5.4" ] ||
    lack "$LUA is ${version:-not Lua}, and wats needs Lua 5.4: make LUA=..."
  ;;
esac

lua_cflags=$(flags_of --cflags '' lua5.4 lua-5.4 lua54 lua)
lib_cflags=$(flags_of --cflags '' libcurl)
libs=$(flags_of --libs -lcurl libcurl)
need_header "$lua_cflags" lua.h "Lua's C header" liblua5.4-dev lua@5.4
need_header "$lib_cflags" curl/curl.h libcurl libcurl4-openssl-dev curl
need_header '' zlib.h zlib zlib1g-dev zlib
libs="$libs $(flags_of --libs -lz zlib)"

case $WITHOUT in
*WATS_WITHOUT_HEALTH*) ;;
*)
  microhttpd_cflags=$(flags_of --cflags '' libmicrohttpd)
  need_header "$microhttpd_cflags" microhttpd.h libmicrohttpd \
    libmicrohttpd-dev libmicrohttpd
  lib_cflags="$lib_cflags $microhttpd_cflags"
  libs="$libs $(flags_of --libs -lmicrohttpd libmicrohttpd)"
  ;;
esac

case $WITHOUT in
*WATS_WITHOUT_QUEUE*) ;;
*)
  sqlite_cflags=$(flags_of --cflags '' sqlite3)
  need_header "$sqlite_cflags" sqlite3.h SQLite libsqlite3-dev sqlite
  lib_cflags="$lib_cflags $sqlite_cflags"
  libs="$libs $(flags_of --libs -lsqlite3 sqlite3)"
  ;;
esac

[ "$missing" = 0 ] || exit 1

case $(uname -s) in
Darwin)
  libs="$libs -lpthread -lm"
  shared='-bundle -undefined dynamic_lookup'
  ;;
*)
  libs="$libs -lpthread -ldl -lm"
  # A background thread of ours may outlive the lua_State that loaded us.
  shared='-shared -Wl,-z,nodelete'
  ;;
esac

cat <<END
CONFIGURED_FOR := $KEY
LUA_CFLAGS := $lua_cflags
LIB_CFLAGS := $lib_cflags
LIBS := $libs
SHARED := $shared
END
