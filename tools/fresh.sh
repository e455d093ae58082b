#!/bin/sh
# fresh.sh [GOAL...] - what a new user meets: makes a bare Debian 12 with git and
# make alone, clones the last commit into it, and runs each goal there (default:
# test, then demo); a goal with a slash is a command, as in .ci/run. Needs root, debootstrap and the network. FRESH_ROOT keeps
# the bare system for the next time (default: none is kept).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || {
  echo "fresh: needs root" >&2
  exit 1
}
command -v debootstrap >/dev/null || {
  echo "fresh: debootstrap is missing: apt-get install debootstrap" >&2
  exit 1
}
[ $# -gt 0 ] || set -- test demo

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
base=${FRESH_ROOT:-$work/base}
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
  grep debian.org | grep -v security | head -n 1)

if [ ! -e "$base/usr/bin/make" ]; then
  echo "fresh: a bare system from ${mirror:=http://deb.debian.org/debian}"
  debootstrap --variant=minbase --include=git,make bookworm "$base" "$mirror" >"$work/log" || {
    tail -n 20 "$work/log" >&2
    exit 1
  }
  # The way to the mirror is this machine's: its proxy and certificates.
  for file in /etc/apt/apt.conf.d/*; do
    ! grep -qi proxy "$file" || cp "$file" "$base/etc/apt/apt.conf.d/"
  done
fi

system=$work/system
cp -a "$base" "$system"
cp /etc/resolv.conf "$system/etc/resolv.conf"
git clone --quiet --no-hardlinks "$top" "$system/root/wats"

for goal in "$@"; do
  case $goal in
  */*) command=$goal ;;
  *) command="make $goal" ;;
  esac
  echo "fresh: $command"
  # /proc goes away with the mount namespace.
  unshare --mount sh -c '
    mount -t proc proc "$1/proc" 2>/dev/null || true
    exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      ${http_proxy:+http_proxy="$http_proxy"} \
      chroot "$1" sh -c "cd /root/wats && $2"' sh "$system" "$command"
done
echo "fresh: all is well"
