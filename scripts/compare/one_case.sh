#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One case of compare_with_ffmpeg.sh, which sets LATHAM, TRANSPORT, WORK and DIFFERENCES:
#
#     one_case.sh NAME CLIP EXT INPUT-OPTIONS OUTPUT-OPTIONS OPTIONS-OF-FFMPEG-ALONE OPTIONS-OF-LATHAM-ALONE TRAITS
#
# Prints "NAME | VERDICT". Options are words of the shell.
set -u
name=$1 clip=$2 ext=$3
eval "input=($4) output=($5) theirs=($6) ours=($7)"
traits=$8
at=$WORK/$$
seconds=300 # for one run
perturb=0   # what ffmpeg finds in new memory, as glibc takes it

run_ffmpeg() { # result in $1.$ext, what is in it in $1.packet and the like
  MALLOC_PERTURB_=$perturb timeout "$seconds" ffmpeg -nostdin -v error -y -threads 1 "${input[@]}" -i "$clip" "${theirs[@]}" "${output[@]}" \
    "$1.$ext" >"$1.log" 2>&1 </dev/null
  code=$?
  describe "$1"
  return $code
}
run_latham() {
  timeout "$seconds" "$LATHAM" transcode -y --transport "$TRANSPORT" -nostats -threads 1 "${input[@]}" -i "$clip" \
    "${ours[@]}" "${output[@]}" "$1.$ext" >"$1.log" 2>&1 </dev/null
  code=$?
  describe "$1"
  return $code
}

# One file for each kind of line. Left out: names, and what follows from the order in which streams lie in the file.
describe() {
  rm -f "$1".is.*
  [ -s "$1.$ext" ] || return
  case $ext in
    framemd5 | framecrc | md5) cp "$1.$ext" "$1.is.packet"; return ;;
  esac
  ffprobe -v quiet -show_packets -show_streams -show_chapters -show_format -show_data_hash MD5 -of compact "$1.$ext" \
    </dev/null 2>/dev/null |
    sed -E 's/\|(filename|pos|size_of_file|probe_score)=[^|]*//g; /^format/ s/\|(size|bit_rate)=[^|]*//g' |
    awk -v at="$1.is" '{ split($0, f, "|"); print > (at "." f[1]) }'
  # Streams apart: how they are interleaved is not compared.
  [ -f "$1.is.packet" ] && sort -s -t '|' -k 3,3 -o "$1.is.packet" "$1.is.packet"
}

kinds='packet stream chapter format'
# The kinds that differ, each with its first differing line.
differing() {
  local kind
  for kind in $kinds; do
    cmp -s "$1.is.$kind" "$2.is.$kind" && continue
    [ -e "$1.is.$kind" ] || [ -e "$2.is.$kind" ] || continue
    echo "$kind"
  done
}

# Fields that differ between two compact lines: "key: theirs / ours".
fields() {
  diff <(tr '|' '\n' <<<"$1") <(tr '|' '\n' <<<"$2") | awk '
    /^</ { a = a (a == "" ? "" : " ") substr($0, 3) } /^>/ { b = b (b == "" ? "" : " ") substr($0, 3) }
    END { print substr(a, 1, 160) " / " substr(b, 1, 160) }'
}
explain() { # KIND: a sentence about the first difference
  local kind=$1 a=$at.a.is.$1 b=$at.b.is.$1
  touch "$a" "$b"
  local count="$(wc -l <"$a") in ffmpeg's, $(wc -l <"$b") in latham's"
  local first
  first=$(cmp "$a" "$b" 2>/dev/null | sed -E 's/.*line ([0-9]+).*/\1/')
  [ -n "$first" ] || first=$(($(wc -l <"$a") < $(wc -l <"$b") ? $(wc -l <"$a") : $(wc -l <"$b")))
  echo "$kind ($count; line $first: $(fields "$(sed -n "${first}p" "$a")" "$(sed -n "${first}p" "$b")"))"
}

# Why this kind may differ in this case, from the table of differences; nothing if it may not.
excuse() { # KIND SENTENCE
  local kind needs case_pattern text_pattern why need
  while IFS='|' read -r kind needs case_pattern text_pattern why; do
    kind=$(echo $kind)
    case $kind in '' | '#'*) continue ;; esac
    [ "$kind" = "$1" ] || continue
    for need in $needs; do
      case $traits in *" $need "*) ;; *) continue 2 ;; esac
    done
    [[ $name =~ $(echo $case_pattern) ]] || continue
    [[ $2 =~ $(echo $text_pattern) ]] || continue
    echo "${why# }"
    return
  done <"$DIFFERENCES"
}

judge() {
  local kind sentence why excused= unexcused=
  for kind in $(differing "$at.a" "$at.b"); do
    sentence=$(explain "$kind")
    why=$(excuse "$kind" "$sentence")
    if [ -n "$why" ]; then excused="$excused; $kind: $why"; else unexcused="$unexcused; $sentence"; fi
  done
  if [ -n "$unexcused" ]; then echo "DIFFERS: ${unexcused#; }"; return; fi
  echo "same${excused:+, but for ${excused#; }}"
}

# Some encoders (libvpx in real time), yadif and swscale do not give the same in every run, and libx264 with 4:4:4
# reads memory that it never wrote: does ffmpeg agree with itself, whatever lies in new memory?
try_again() {
  local try b a
  for try in 2 3 4; do
    perturb=$((try * 60))
    run_ffmpeg "$at.a$try" && run_latham "$at.b$try" || return
    for b in b b2 b3 b4; do
      for a in a a2 a3 a4; do
        [ -e "$at.$b.is.packet" ] && [ -e "$at.$a.is.packet" ] || continue
        [ -z "$(differing "$at.$a" "$at.$b")" ] && { verdict="same (as one of $try runs of ffmpeg)"; return; }
      done
    done
  done
  # Four times the same from ffmpeg: the difference is ours.
  for a in a2 a3 a4; do
    [ -z "$(differing "$at.a" "$at.$a")" ] && continue
    verdict="skipped: ffmpeg's own result changes from run to run"
    return
  done
}

run_ffmpeg "$at.a"; ffmpeg_code=$?
# So many errors in the input that ffmpeg calls the whole a failure; what it wrote is there all the same.
[ $ffmpeg_code -eq 69 ] && [ -s "$at.a.is.packet" ] && ffmpeg_code=0
# A decoder that complains has found damage.
for codec in $traits; do
  if grep -q "^\[$codec @ " "$at.a.log"; then traits="$traits damaged "; break; fi
done
if [ $ffmpeg_code -eq 124 ]; then
  verdict="skipped: ffmpeg takes more than $seconds s"
elif grep -q 'Unknown encoder\|No such filter' "$at.a.log"; then
  verdict="skipped: this ffmpeg lacks $(grep -o "Unknown encoder.*\|No such filter.*" "$at.a.log" | head -n 1)"
else
  run_latham "$at.b"; latham_code=$?
  complaint=$(grep '^latham: ' "$at.b.log" | grep -v '^latham: warning' | tail -n 1 | tr '|' '/' | cut -c1-200)
  if [ $latham_code -eq 124 ]; then
    verdict="FAILED: latham takes more than $seconds s"
  elif [ $latham_code -gt 6 ] || [ $latham_code -eq 6 ]; then
    verdict="CRASH (exit $latham_code): $complaint"
  elif [ $ffmpeg_code -ne 0 ] || [ ! -s "$at.a.is.packet" ]; then
    if [ $latham_code -ne 0 ]; then
      verdict="same: refused by both"
    else
      why=$(excuse exit "ffmpeg $ffmpeg_code")
      # A codec that the container takes and nobody reads back.
      [ $ffmpeg_code -eq 0 ] && [ ! -s "$at.b.is.packet" ] && why="no packet can be read back from either file"
      verdict=${why:+same, but for exit: $why}
      verdict=${verdict:-ONLY LATHAM made a file; ffmpeg: $(tail -n 1 "$at.a.log" | tr '|' '/' | cut -c1-160)}
    fi
  elif [ $latham_code -ne 0 ]; then
    why=$(excuse exit "latham $latham_code $complaint")
    verdict=${why:+same, but for exit: $why}
    verdict=${verdict:-FAILED (exit $latham_code): $complaint}
  else
    verdict=$(judge)
    case $verdict in DIFFERS*) try_again ;; esac
  fi
fi
rm -f "$at".*
echo "$name | $verdict"
