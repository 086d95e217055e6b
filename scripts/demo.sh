#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows Latham at work: installs what it needs, builds it, transcodes a file and compares with ffmpeg.
#   scripts/demo.sh [FILE]     without FILE: five seconds of test picture and sound, made for it
# Writes latham-demo.mp4 into the current folder. Exit 0: made, and its pictures are those of ffmpeg.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
here=$PWD
output=latham-demo.mp4
options=(-vf hflip -c:v libx264 -crf 20 -preset veryfast)

case ${1:-} in
  -h | --help) sed -n '3,5s/^# //p' "$0"; exit 0 ;;
esac
if [ $# -gt 1 ]; then
  echo "usage: scripts/demo.sh [FILE]" >&2
  exit 2
fi
if [ $# -eq 1 ] && [ ! -e "$1" ]; then
  echo "demo: no file '$1'; check the name, or give none to have a clip made" >&2
  exit 3
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

quietly() { # WHAT COMMAND... : shows the output only if it fails
  local what=$1
  shift
  "$@" > "$work/log" 2>&1 < /dev/null && return
  cat "$work/log" >&2
  echo "demo: $what failed; its output is above" >&2
  exit 1
}

"$root/scripts/install_packages.sh"

programs=(latham latham-decoder latham-filter latham-encoder latham-viewer latham-bench)
build=$root/build/release
launcher=()
if command -v ccache > /dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
echo "1. Building Latham (quietly; a few minutes the first time) ..."
cd "$root"
quietly "cmake" cmake --preset release "${launcher[@]}"
quietly "the build" cmake --build --preset release --target "${programs[@]}"
cd "$here"
echo "   ${programs[*]} are in $build: one program for each process, and the benchmark."

if [ $# -eq 1 ]; then
  input=$1
  echo "2. The input: $input"
else
  input=$work/clip.mp4
  quietly "making a clip with ffmpeg" ffmpeg -nostdin -v error -y \
    -f lavfi -i testsrc2=size=1280x720:rate=25:duration=5 -f lavfi -i sine=frequency=440:duration=5 \
    -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest "$input"
  echo "2. The input: 5 seconds of test picture and sound, 1280x720, made with ffmpeg"
fi

echo "3. Decoder, filter and encoder, each in a process of its own:"
echo "   latham transcode -i $input ${options[*]} $output"
"$build/latham" transcode -y -i "$input" "${options[@]}" "$output" 2>&1 < /dev/null | sed 's/^/   /'

packets() { # FILE: one line for each video packet: timestamps, size, hash
  ffmpeg -nostdin -v error -i "$1" -map 0:v:0 -c copy -f framemd5 - < /dev/null | grep -v '^#'
}

# x264 does not always repeat itself where the machine is busy: a difference gets a second look.
echo "4. The same with the ffmpeg command, for comparison ..."
for attempt in 1 2; do
  if ! ffmpeg -nostdin -v error -y -i "$input" "${options[@]}" -c:a copy -c:s copy -dn \
    "$work/ffmpeg.mp4" > "$work/log" 2>&1 < /dev/null &&
    ! ffmpeg -nostdin -v error -y -i "$input" "${options[@]}" -an -sn -dn "$work/ffmpeg.mp4" \
      > "$work/log" 2>&1 < /dev/null; then
    cat "$work/log" >&2
    echo "   ffmpeg itself could not transcode this file; nothing to compare with."
    break
  fi
  packets "$work/ffmpeg.mp4" > "$work/theirs"
  packets "$output" > "$work/ours"
  if cmp -s "$work/ours" "$work/theirs"; then
    echo "   $(wc -l < "$work/ours") video packets: identical, byte for byte and time for time."
    break
  fi
  if [ "$attempt" -eq 2 ]; then
    different=$(diff "$work/ours" "$work/theirs" | grep -c '^[<>]' || true)
    echo "   NOT identical: $different of the packets' lines differ. Please report this with the file." >&2
    exit 5
  fi
  "$build/latham" transcode -y -loglevel error -i "$input" "${options[@]}" "$output" < /dev/null
done

echo "Done: $here/$output"
