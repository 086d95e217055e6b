#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a command of this tree on Debian 13 (FFmpeg 7.1, GCC 14), in a root file system of its own:
#   sudo scripts/in_debian13.sh                        scripts/test.sh
#   sudo scripts/in_debian13.sh scripts/test.sh quick
# The root file system is made by debootstrap when first asked for; later runs take it as it is, with the
# newest copy of the tree. Its mounts go with the command. Exit: that of the command; 2: not root.
# Environment: LATHAM_DEBIAN13 (where it lies; default /var/tmp/latham-debian13), LATHAM_MEDIA (clips).
set -euo pipefail
cd "$(dirname "$0")/.."

root=${LATHAM_DEBIAN13:-/var/tmp/latham-debian13}
media=${LATHAM_MEDIA:-$PWD/../shared/media}
[ $# -gt 0 ] || set -- scripts/test.sh
if [ "$(id -u)" -ne 0 ]; then
  echo "in_debian13: needs root, to make a root file system and go into it: sudo $0 $*" >&2
  exit 2
fi
if [ ! -e "$root/etc/debian_version" ]; then
  command -v debootstrap > /dev/null || apt-get install -y debootstrap
  debootstrap --variant=minbase trixie "$root"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/latham" "$root/media"
# Files that are gone here must be gone there; what was built there stays.
find "$root/latham" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$root/latham"

export root media
# Namespaces of its own: nothing stays mounted, and no process is left, however the command ends.
exec unshare --mount --pid --fork --kill-child -- bash -c '
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  [ ! -d "$media" ] || mount --bind "$media" "$root/media"
  exec chroot "$root" env DEBIAN_FRONTEND=noninteractive LATHAM_MEDIA=/media HOME=/root \
    bash -c "cd /latham && scripts/install_packages.sh && exec \"\$@\"" in_debian13 "$@"
' in_debian13 "$@"
