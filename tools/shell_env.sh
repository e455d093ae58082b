#!/bin/sh
# shell_env.sh [ROOT] - prints lines for a POSIX shell to eval, after which
# Lua finds this checkout and its module below ROOT (default: the checkout),
# and the shell finds bin/wats. What the user had set stays, behind ours.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
root=$(cd "${1:-.}" 2>/dev/null && pwd || printf '%s/%s' "$top" "$1")

quoted() { # in single quotes, whatever the text contains
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

lua=$(quoted "$top/lua/?.lua;$top/lua/?/init.lua;")
c=$(quoted "$root/?.so;")

# An unset variable means Lua's defaults, which ";;" stands for. The versioned
# variables, where set, win over the others.
printf 'export LUA_PATH=%s"${LUA_PATH-;}"\n' "$lua"
printf 'export LUA_CPATH=%s"${LUA_CPATH-;}"\n' "$c"
printf '[ -z "${LUA_PATH_5_4+x}" ] || export LUA_PATH_5_4=%s"$LUA_PATH_5_4"\n' "$lua"
printf '[ -z "${LUA_CPATH_5_4+x}" ] || export LUA_CPATH_5_4=%s"$LUA_CPATH_5_4"\n' "$c"
printf 'export PATH=%s"${PATH:+:$PATH}"\n' "$(quoted "$top/bin")"
