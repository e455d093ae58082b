#!/bin/sh
# deps.sh [full] - installs what is missing to build, test and run; with `full`
# also what the checks use. Silent, quick and without network when nothing is
# missing. On Debian and its kin apt-get does it, through sudo if need be;
# elsewhere the list is printed, and the exit code is 1.
set -eu

mode=${1:-}
LUA=${LUA:-lua5.4}
CC=${CC:-cc}
PATH=$PATH:/usr/sbin:/sbin

# what | how to tell | Debian package | elsewhere
needs() {
  cat <<'END'
C compiler|command $CC|gcc libc6-dev|Xcode command line tools
pkg-config|command pkg-config|pkg-config|brew install pkg-config
Lua 5.4|command $LUA|lua5.4|brew install lua@5.4
Lua headers|header lua.h lua5.4|liblua5.4-dev|brew install lua@5.4
libcurl|header curl/curl.h libcurl|libcurl4-openssl-dev|brew install curl
libmicrohttpd|header microhttpd.h libmicrohttpd|libmicrohttpd-dev|brew install libmicrohttpd
SQLite|header sqlite3.h sqlite3|libsqlite3-dev|brew install sqlite
zlib|header zlib.h zlib|zlib1g-dev|brew install zlib
certificates|file /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem|ca-certificates|(the system's)
cjson|module cjson|lua-cjson|luarocks install lua-cjson
expat|module lxp|lua-expat|luarocks install luaexpat
argparse|module argparse|lua-argparse|luarocks install argparse
LuaFileSystem|module lfs|lua-filesystem|luarocks install luafilesystem
busted|command busted|lua-busted|luarocks install busted
luasocket|module socket|lua-socket|luarocks install luasocket
END
  [ "$mode" = full ] || return 0
  cat <<'END'
luacheck|command luacheck|lua-check|luarocks install luacheck
luarocks|command luarocks|luarocks|brew install luarocks
nginx|command nginx|nginx-light|brew install nginx
tinyproxy|command tinyproxy|tinyproxy|brew install tinyproxy
luv|module luv|lua-luv|luarocks install luv
cqueues|module cqueues|lua-cqueues|luarocks install cqueues
clang|command clang|clang|brew install llvm
clang's sanitizers|fuzzer|libclang-rt-dev|brew install llvm
clang-format|command clang-format|clang-format|brew install llvm
clang-tidy|command clang-tidy|clang-tidy|brew install llvm
cppcheck|command cppcheck|cppcheck|brew install cppcheck
valgrind|command valgrind|valgrind|(Linux only)
Prometheus|command promtool|prometheus|brew install prometheus
its client for Python|python prometheus_client|python3-prometheus-client|pip install prometheus-client
strace|command strace|strace|(Linux only)
Chromium|command chromium|chromium|brew install --cask chromium
mkfs.ext4|command mkfs.ext4|e2fsprogs|(Linux only)
END
}

have_header() { # HEADER PKG-CONFIG-NAME
  # shellcheck disable=SC2046
  printf '#include <%s>\n' "$1" |
    $CC $(pkg-config --cflags "$2" 2>/dev/null) -E - >/dev/null 2>&1
}

can_fuzz() { # clang is there without what its sanitizers are linked with
  program=$(mktemp)
  answer=0
  printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' |
    clang -fsanitize=fuzzer -x c - -o "$program" >/dev/null 2>&1 || answer=1
  rm -f "$program"
  return "$answer"
}

has_python() { # MODULE, of the first python3 or of the system's
  python3 -c "import $1" >/dev/null 2>&1 ||
    /usr/bin/python3 -c "import $1" >/dev/null 2>&1
}

have() { # KIND NAME...
  kind=$1
  shift
  case $kind in
  command) command -v "$1" >/dev/null 2>&1 ;;
  header) have_header "$@" ;;
  file) [ -e "$1" ] || [ -e "$2" ] ;;
  module) "$LUA" -e "require '$1'" >/dev/null 2>&1 ;;
  python) has_python "$1" ;;
  fuzzer) can_fuzz ;;
  esac
}

missing() { # prints the lines of `needs` that are not there
  needs | while IFS='|' read -r what test package elsewhere; do
    test=$(printf '%s' "$test" | sed "s|\$CC|$CC|; s|\$LUA|$LUA|")
    # shellcheck disable=SC2086
    have $test || printf '%s|%s|%s\n' "$what" "$package" "$elsewhere"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

install_packages() { # PACKAGE...: services that come along are not started
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    trap 'as_root rm -f "$policy"' EXIT
  fi
  log=$(mktemp)
  quiet="-qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086
  install="env DEBIAN_FRONTEND=noninteractive apt-get $quiet install -y
    --no-install-recommends $*"
  # Lists may be absent or old: then once more, after an update.
  # shellcheck disable=SC2086
  as_root $install >"$log" 2>&1 </dev/null ||
    { as_root apt-get $quiet update && as_root $install; } >"$log" 2>&1 </dev/null ||
    {
      cat "$log" >&2
      echo "wats: apt-get could not install: $*" >&2
      exit 1
    }
  rm -f "$log"
}

lacking=$(missing)
[ -n "$lacking" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
  packages=
  for package in $(printf '%s\n' "$lacking" | cut -d'|' -f2); do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null |
      grep -q ' installed$' || packages="$packages $package"
  done
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    echo "wats: to be installed by root (there is no sudo here): apt-get install$packages" >&2
    exit 1
  fi
  if [ -n "$packages" ]; then
    echo "wats: installing Debian packages:$packages"
    # shellcheck disable=SC2086
    install_packages $packages
    lacking=$(missing)
  fi
fi

[ -n "$lacking" ] || exit 0
echo "wats: missing on this system:" >&2
printf '%s\n' "$lacking" | while IFS='|' read -r what package elsewhere; do
  printf '  %-14s Debian: %-22s else: %s\n' "$what" "$package" "$elsewhere" >&2
done
exit 1
