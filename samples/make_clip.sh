#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a clip with picture and sound to try things on; needs the ffmpeg command.
#   samples/make_clip.sh OUT [SECONDS [WIDTHxHEIGHT]]     default: 5 seconds, 1280x720, 25 fps
# The container follows from OUT's name: out.mp4, out.mkv, ...
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 3 ]; then
  echo "usage: samples/make_clip.sh OUT [SECONDS [WIDTHxHEIGHT]]" >&2
  exit 2
fi
out=$1 seconds=${2:-5} size=${3:-1280x720}
if [ -e "$out" ]; then
  echo "make_clip: '$out' exists; remove it or choose another name" >&2
  exit 4
fi
if ! command -v ffmpeg > /dev/null; then
  echo "make_clip: needs the ffmpeg command; Debian: apt install ffmpeg" >&2
  exit 1
fi

exec ffmpeg -nostdin -v error \
  -f lavfi -i "testsrc2=size=$size:rate=25:duration=$seconds" \
  -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=$seconds" \
  -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest "$out"
