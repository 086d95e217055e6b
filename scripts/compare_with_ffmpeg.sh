#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares `latham transcode` with the `ffmpeg` command over a folder of clips:
#
#     scripts/compare_with_ffmpeg.sh [-j JOBS] [-t TRANSPORT] [-g GROUP] [-e EXT] [-a] [-l] [-o FILE] DIR [-- OPTIONS...]
#
# The cases come from scripts/compare/cases.txt, or are one: OPTIONS, into a file of type EXT. Each prints one
# line; the last line is the total. Exit code 0: no case failed.
#
#   -j JOBS       cases at the same time (2)          -g GROUP   only the rows of this group; may be repeated
#   -t TRANSPORT  how latham's frames travel (shm)    -e EXT     type of the output for OPTIONS (mkv)
#   -a            each row over every clip that fits; else the rows marked "some" take turns over the clips
#   -l            list the cases and run none
#   -o FILE       keep the lines in FILE; cases whose line is there already are not run again
#
# Compared are, for all streams, encoded or copied: packets (timestamps, durations, flags, sizes, payload, side
# data), codec parameters, dispositions, stream side data, metadata, chapters, and the container's own times.
# A difference passes only where scripts/compare/differences.txt names it and says why. A case that ffmpeg
# refuses must be refused by latham with an error of its own, not with a crash.
#
# Both decode with one thread: ffmpeg's own result for damaged streams changes from run to run otherwise.
set -u
cd_root=$(cd "$(dirname "$0")/.." && pwd)
here=$cd_root/scripts/compare
jobs=2 every=some list= results= dir= groups=
export LATHAM=${LATHAM:-$cd_root/build/release/latham} TRANSPORT=shm EXT=mkv
die() { echo "compare_with_ffmpeg: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    -j) jobs=$2; shift 2 ;;
    -t) TRANSPORT=$2; shift 2 ;;
    -g) groups="$groups $2 "; shift 2 ;;
    -e) EXT=$2; shift 2 ;;
    -a) every=all; shift ;;
    -l) list=1; shift ;;
    -o) results=$2; shift 2 ;;
    --) shift; break ;;
    -*) die "unknown option $1" ;;
    *) dir=$1; shift ;;
  esac
done
[ -d "$dir" ] || die "give a folder of clips"
command -v ffmpeg ffprobe >/dev/null || die "needs the ffmpeg and ffprobe commands"
[ -x "$LATHAM" ] || die "no $LATHAM: build it first (cmake --preset release && cmake --build --preset release), or set LATHAM"

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export WORK DIFFERENCES=$here/differences.txt
table=$here/cases.txt
if [ $# -gt 0 ]; then
  table=$WORK/cases.txt every=all
  printf 'given | all | | %s | | %s\n' "$EXT" "$(printf '%q ' "$@")" >"$table"
fi
touch "${results:=$WORK/results}" || die "cannot write $results"

# What can be said of a clip in one word each; a row's `needs` are looked for among them.
traits() {
  # HDR10 metadata may lie in the bitstream only.
  [ -z "$(ffprobe -v quiet -select_streams V -read_intervals %+#2 -show_frames -of compact "$1" \
    </dev/null | grep -E 'Mastering|Content light')" ] || printf 'hdr10 '
  ffprobe -v quiet -show_entries \
    stream=codec_type,codec_name,field_order,color_transfer:stream_disposition=attached_pic:stream_side_data=side_data_type,rotation:chapter=id:format=format_name \
    -of compact "$1" </dev/null | awk -F'|' '
    /^stream/ {
      cover = 0
      for (i = 2; i <= NF; ++i) {
        split($i, f, "="); if (f[1] == "codec_type") type = f[2]; if (f[1] == "codec_name") codec = f[2]
        if (f[1] == "field_order" && f[2] !~ /progressive|unknown/) print "interlaced"
        if (f[1] == "color_transfer" && f[2] ~ /smpte2084|arib/) print "hdr"
        if (f[1] ~ /attached_pic/ && f[2] == 1) { print "cover"; cover = 1 }
        if (f[1] ~ /rotation/) print "rotated"
        if ($i ~ /DOVI/) print "dovi"
        if ($i ~ /Mastering|Content light/) print "hdr10"
      }
      if (type == "video" && !cover) print "film"
      print type; print codec; if (seen[type]++) print type "s"
    }
    /^chapter/ { print "chapters" }
    /^format/ { split($2, f, "="); n = split(f[2], names, ","); for (i = 1; i <= n; ++i) print names[i] }' | sort -u | tr '\n' ' '
}

# The cases, one a line, fields separated by tabs: clip, type, input and output options, those of ffmpeg and of latham
# alone, and what can be said of the clip.
cases() {
  local number=0
  for clip in "$dir"/*; do
    case $clip in *.tsv | *.md | *.txt | *.sh) continue ;; esac
    [ -f "$clip" ] || continue
    number=$((number + 1))
    has=" $(traits "$clip") " row=0
    while IFS='|' read -r group share needs ext input output theirs ours; do
      group=$(echo $group)
      case $group in '' | '#'*) continue ;; esac
      row=$((row + 1))
      [ -z "$groups" ] || case $groups in *" $group "*) ;; *) continue ;; esac
      [ "$every" = all ] || [ $share = all ] || [ $(((number + row) % 7)) -eq 0 ] || continue
      for need in $needs; do
        case $has in *" ${need#!} "*) [ "${need#!}" = "$need" ] ;; *) [ "${need#!}" != "$need" ] ;; esac || continue 2
      done
      printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$clip" $ext "$(trim "$input")" "$(trim "$output")" \
        "$(trim "$theirs")" "$(trim "$ours")" "$has"
    done <"$table"
  done
}
trim() { local text=${1#"${1%%[![:space:]]*}"}; printf '%s' "${text%"${text##*[![:space:]]}"}"; }

# Longest first would need their lengths; in the clips' order the rows of one clip share the page cache.
cases >"$WORK/all"
awk -F'\t' -v done="$results" '
  BEGIN { while ((getline line < done) > 0) { n = split(line, f, " \\| "); kept[f[1] " | " f[2] " | " f[3]] = 1 } }
  { clip = $1; sub(/.*\//, "", clip); name = clip " | " $2 " | " ($3 == "" ? "" : $3 " -i ") $4 ($6 == "" ? "" : " " $6); if (!(name in kept)) print name "\t" $0 }
' "$WORK/all" >"$WORK/left"
if [ -n "$list" ]; then cut -f1 "$WORK/left"; exit; fi
tr '\n\t' '\0\0' <"$WORK/left" | xargs -0 -r -n 8 -P "$jobs" "$here/one_case.sh" | tee -a "$results"

awk -F' [|] ' '
  $4 ~ /^same/ { ++passed; next }
  $4 ~ /^skipped/ { ++skipped; next }
  { ++failed }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }' "$results"
