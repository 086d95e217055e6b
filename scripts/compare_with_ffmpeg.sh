#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares `latham transcode` with the `ffmpeg` command, packet for packet, over a folder of clips:
#
#     scripts/compare_with_ffmpeg.sh [-j JOBS] [-t TRANSPORT] [-e EXT] DIR [-- OPTIONS...]
#
# Without OPTIONS a table of common ones is run. Each case prints one line; the last line is the total.
# Compared are the video packets: timestamps, durations, sizes and payload. Sound is left out.
# A clip that ffmpeg itself cannot transcode must be refused by latham with an error, not a crash.
set -u
jobs=2 transport=shm ext=mkv dir=
while [ $# -gt 0 ]; do
  case $1 in
    -j) jobs=$2; shift 2 ;;
    -t) transport=$2; shift 2 ;;
    -e) ext=$2; shift 2 ;;
    --) shift; break ;;
    -*) echo "compare_with_ffmpeg: unknown option $1" >&2; exit 2 ;;
    *) dir=$1; shift ;;
  esac
done
[ -d "$dir" ] || { echo "compare_with_ffmpeg: give a folder of clips" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
export LATHAM=${LATHAM:-$root/build/release/latham} TRANSPORT=$transport EXT=$ext
command -v ffmpeg >/dev/null || { echo "compare_with_ffmpeg: needs the ffmpeg command" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export WORK=$work

if [ $# -gt 0 ]; then
  table=$(printf '%s\n' "$*")
else
  table='-c:v libx264 -preset veryfast
-vf hflip -c:v libx264 -preset veryfast
-vf scale=640:-2 -c:v libx264 -preset veryfast
-vf yadif -c:v libx264 -preset veryfast
-vf fps=12 -c:v libx264 -preset veryfast
-c:v mpeg4
-c:v ffv1'
fi

run_ffmpeg() { # one try; the packets' hashes go to $1.packets
  # Pictures only, so that both start at the same time. One decoder thread: damaged streams differ
  # from run to run under frame threads.
  ffmpeg -nostdin -v error -y -threads 1 -i "$clip" -an -sn -dn $options "$1.$EXT" >"$1.log" 2>&1 </dev/null
  code=$?
  hash_packets "$1"
  return $code
}
run_latham() {
  timeout 120 "$LATHAM" transcode -y -threads 1 -i "$clip" -an -sn $options --transport "$TRANSPORT" \
    "$1.$EXT" >"$1.log" 2>&1 </dev/null
  code=$?
  hash_packets "$1"
  return $code
}
one_case() {
  clip=$1 options=$2 at=$WORK/$3
  run_ffmpeg "$at.a"; ffmpeg_code=$?
  run_latham "$at.b"; latham_code=$?
  if [ $latham_code -ge 124 ] || [ $latham_code -eq 6 ]; then
    verdict="CRASH (exit $latham_code): $(tail -n 1 "$at.b.log")"
  elif [ $ffmpeg_code -ne 0 ] || [ ! -s "$at.a.packets" ]; then
    verdict="refused by both"
    [ $latham_code -eq 0 ] && verdict="ONLY LATHAM made a file"
  elif [ $latham_code -ne 0 ]; then
    verdict="FAILED (exit $latham_code): $(grep -m1 latham: "$at.b.log")"
  elif cmp -s "$at.a.packets" "$at.b.packets"; then
    verdict=same
  else
    verdict="DIFFERS: $(wc -l <"$at.a.packets") packets of ffmpeg, $(wc -l <"$at.b.packets") of latham, $(
      diff "$at.a.packets" "$at.b.packets" | grep -c '^[<>]') lines differ"
    # libx264 and swscale are not the same in every run: does ffmpeg agree with itself?
    for try in 2 3 4 5; do
      run_ffmpeg "$at.a$try"
      run_latham "$at.b$try"
      for mine in "$at".b*.packets; do
        for theirs in "$at".a*.packets; do
          cmp -s "$mine" "$theirs" && verdict="same (as one of $try runs of ffmpeg)"
        done
      done
      [ "${verdict#same}" != "$verdict" ] && break
    done
  fi
  rm -f "$at".*
  echo "$(basename "$clip") | $options | $verdict"
}
hash_packets() {
  ffmpeg -nostdin -v error -i "$1.$EXT" -map 0:v:0 -c copy -f framemd5 - </dev/null 2>/dev/null |
    grep -v '^#' >"$1.packets"
}
export -f one_case hash_packets run_ffmpeg run_latham

number=0
while IFS= read -r options; do
  for clip in "$dir"/*; do
    case $clip in *.tsv | *.md | *.txt) continue ;; esac
    [ -f "$clip" ] || continue
    number=$((number + 1))
    printf '%s\0%s\0%s\0' "$clip" "$options" "$number"
  done
done <<<"$table" | xargs -0 -n 3 -P "$jobs" bash -c 'one_case "$@"' _ | tee "$work/results"

passed=$(grep -cE '\| (same.*|refused by both)$' "$work/results")
total=$(wc -l <"$work/results")
echo "$passed passed, $((total - passed)) failed"
[ "$passed" -eq "$total" ]
