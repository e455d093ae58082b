#!/bin/sh
# install.sh MODULE DESTDIR PREFIX - copies the Lua files, the module and the
# program below PREFIX, itself below DESTDIR. The installed program finds its
# modules wherever PREFIX is.
set -eu
module=$1 destination=$2 prefix=$3
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
root=$destination$prefix
share=share/lua/5.4 lib=lib/lua/5.4

find lua/wats -name '*.lua' | while read -r file; do
  target=$root/$share/${file#lua/}
  mkdir -p "${target%/*}"
  install -m 644 "$file" "$target"
done
mkdir -p "$root/$lib/wats" "$root/bin"
install -m 755 "$module" "$root/$lib/wats/core.so"

[ -f bin/wats ] || exit 0
interpreter=$(command -v "$LUA")
{
  printf '#!%s\n' "$interpreter"
  printf 'package.path = [[%s/?.lua;%s/?/init.lua;]] .. package.path\n' \
    "$prefix/$share" "$prefix/$share"
  printf 'package.cpath = [[%s/?.so;]] .. package.cpath\n' "$prefix/$lib"
  sed '1{/^#!/d;}' bin/wats
} >"$root/bin/wats"
chmod 755 "$root/bin/wats"
