#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what building and testing Latham needs on Debian 12 or later. Asks nothing, and does nothing
# where all is there. Exit 0: all there; 1: something is missing and could not be installed.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config
  libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev libavutil-dev libswscale-dev
  libsdl2-dev libsdl2-ttf-dev libzimg-dev libass-dev fonts-dejavu-core # viewer
  libfmt-dev
  libseccomp-dev # sandbox
  libxxhash-dev # segments of --resumable
  libcli11-dev nlohmann-json3-dev # bench
  libgtest-dev # tests
  xvfb xdotool   # the viewer's tests: a screen and keys
  openbox weston # a window manager, and a dense screen
  ffmpeg       # makes clips, and is what the results are compared with
  spin gcc     # the models of the ring protocol
)

is_installed() { # PACKAGE
  dpkg-query -W -f='${db:Status-Status}\n' "$1" 2> /dev/null | grep -qx installed
}

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  missing=()
  for tool in g++ cmake ninja pkg-config ffmpeg spin; do
    command -v "$tool" > /dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -gt 0 ] || exit 0
  echo "install_packages: no apt-get here, and these are missing: ${missing[*]}." >&2
  echo "  Install them and the packages that answer to: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  # -n where nobody could type a password.
  as_root=(sudo)
  [ -t 0 ] && [ -z "${CI:-}" ] || as_root=(sudo -n)
  if ! command -v sudo > /dev/null; then
    echo "install_packages: neither root nor sudo; as root run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing ${missing[*]}"
# Lists first: those of a fresh machine are empty.
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update > "$log" 2>&1 ||
  ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    "${missing[@]}" < /dev/null >> "$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "install_packages: could not install; try: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
