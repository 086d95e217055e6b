#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Rules of the tree that a compiler does not check. Exit 0: all kept; 1: findings, each with what to do.
#   scripts/check.sh             all
#   scripts/check.sh sync ...    only: sync orders atomics folders
set -euo pipefail
cd "$(dirname "$0")/.."

findings=0
finding() { # WHERE WHAT TO_DO
  echo "$1: $2"
  echo "    -> $3"
  findings=$((findings + 1))
}

sources() { # FOLDER... : the C++ files below them
  local folder
  for folder in "$@"; do
    [ ! -d "$folder" ] || find "$folder" -name '*.h' -o -name '*.cpp' | sort
  done
}

all_folders=(system ringbuf control sandbox transport media stage decoder filter encoder viewer supervisor samples
  bench tests)
protocol=docs/ring-protocol.md

# Lines of C++ files without comments that match a pattern, as file:line:text.
code_lines() { # PATTERN FILE...
  local pattern=$1
  shift
  [ $# -eq 0 ] || grep -nHE "$pattern" "$@" | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(//|\*)' |
    sed 's,//.*,,' | grep -E "$pattern" || true
}

# Every SYNC tag: two sides in the code, each naming the other, and a row in the protocol.
check_sync() {
  local files tag where pairs sides partner
  mapfile -t files < <(sources ringbuf)
  [ ${#files[@]} -gt 0 ] || return 0
  # Sides look like "// SYNC tag: order; pairs with name()."; fields in a layout like "SYNC tag, tag."
  while read -r tag; do
    pairs=$(grep -hE "// SYNC $tag: .*pairs with" "${files[@]}" || true)
    sides=$(printf '%s' "$pairs" | grep -c . || true)
    where=$(grep -lE "SYNC ([a-z-]+, )*$tag\b" "${files[@]}" | head -n 1)
    if [ "$sides" -lt 2 ]; then
      finding "$where" "SYNC $tag has $sides side(s) that say what they pair with" \
        "write '// SYNC $tag: ORDER; pairs with OTHER().' at both ends of the pair"
    fi
    if ! grep -qE "^\|.*SYNC $tag\b" "$protocol" 2> /dev/null; then
      finding "$protocol" "no row in its tables names SYNC $tag" \
        "add a row: operation, order, SYNC $tag, why"
    fi
    while read -r partner; do
      [ -n "$partner" ] || continue
      if ! grep -qE "\b$partner\(" <(code_lines "\b$partner\(" "${files[@]}"); then
        finding "$where" "SYNC $tag pairs with $partner(), which is not in ringbuf/" \
          "name the function that holds the other side"
      fi
    done < <(printf '%s\n' "$pairs" | grep -oE '[a-z_]+\(\)' | tr -d '()' | sort -u)
  done < <(grep -hoE 'SYNC [a-z][a-z-]*(, [a-z][a-z-]*)*' "${files[@]}" | sed 's/SYNC //; s/, /\n/g' |
    grep -vx tag | sort -u)

  [ -f "$protocol" ] || return 0
  while read -r tag; do
    if ! grep -qE "SYNC ([a-z-]+, )*$tag\b" "${files[@]}"; then
      finding "$protocol" "SYNC $tag is in no file of ringbuf/" "remove the row, or tag the code"
    fi
  done < <(grep -oE 'SYNC [a-z][a-z-]*[a-z]' "$protocol" | sed 's/SYNC //' | grep -vxE 'tags?' | sort -u)

  # Every operation by name has its row.
  if [ -f ringbuf/ring_words.h ]; then
    while read -r tag; do
      grep -q "^| \`$tag\`" "$protocol" || finding "$protocol" "no row for $tag() of ringbuf/ring_words.h" \
        "add one: operation, order, pairs with, why"
    done < <(sed -nE 's/^inline .* ([a-z_]+)\(.*/\1/p' ringbuf/ring_words.h)
  fi
}

# memory_order in three files only.
check_orders() {
  local files line
  mapfile -t files < <(sources "${all_folders[@]}" | grep -vxE \
    'ringbuf/(ring_words\.h|doorbell\.cpp|packet_ring\.cpp)|(tests|bench)/.*')
  while read -r line; do
    [ -n "$line" ] || continue
    finding "${line%%:*}:$(cut -d: -f2 <<< "$line")" "memory_order outside the three files that may say it" \
      "give the operation a name in ringbuf/ring_words.h and a row in $protocol, and call it"
  done < <(code_lines 'memory_order' "${files[@]}")
}

# std::atomic in ringbuf/ only; tests and bench may.
check_atomics() {
  local files line
  mapfile -t files < <(sources "${all_folders[@]}" | grep -vE '^(ringbuf|tests|bench)/')
  while read -r line; do
    [ -n "$line" ] || continue
    finding "${line%%:*}:$(cut -d: -f2 <<< "$line")" "std::atomic outside ringbuf/" \
      "use a mutex, or a class of ringbuf/ that does what is needed; a new one belongs there, with its rows"
  done < <(code_lines 'std::atomic|#include <atomic>|__atomic_|__sync_' "${files[@]}")
}

# What each folder may include, besides itself.
declare -A may_include=(
  [system]=""
  [ringbuf]="system"
  [control]="system"
  [sandbox]="system"
  [transport]="ringbuf system"
  [media]="transport ringbuf sandbox system"
  [stage]="transport ringbuf sandbox control system"
  [decoder]="stage transport media ringbuf sandbox control system"
  [filter]="stage transport media ringbuf sandbox control system"
  [encoder]="stage transport media ringbuf sandbox control system"
  [viewer]="stage transport media ringbuf sandbox control system"
  [supervisor]="control ringbuf sandbox system"
  [samples]="stage transport ringbuf control system"
  [bench]="transport ringbuf system"
)

check_folders() {
  local folder line target
  for folder in "${!may_include[@]}"; do
    while read -r line; do
      [ -n "$line" ] || continue
      target=$(sed -E 's/.*#include "([^"]*)".*/\1/' <<< "$line")
      if [[ $target != */* ]]; then
        finding "${line%%:*}:$(cut -d: -f2 <<< "$line")" "includes \"$target\" with no folder" \
          "write it from the root: \"$folder/$target\""
        continue
      fi
      target=${target%%/*}
      [[ " $folder ${may_include[$folder]} " != *" $target "* ]] || continue
      finding "${line%%:*}:$(cut -d: -f2 <<< "$line")" "$folder/ may not include $target/" \
        "$folder/ may include: ${may_include[$folder]:-nothing}; move what both need to one of these or pass it in"
    done < <(sources "$folder" | xargs -r grep -nHE '^[[:space:]]*#include "' || true)
  done
}

for check in "${@:-all}"; do
  case $check in
    all) check_sync; check_orders; check_atomics; check_folders ;;
    sync | orders | atomics | folders) "check_$check" ;;
    *) echo "scripts/check.sh: no check '$check'; there are: sync orders atomics folders" >&2; exit 2 ;;
  esac
done
if [ "$findings" -gt 0 ]; then
  echo "$findings finding(s)"
  exit 1
fi
echo "scripts/check.sh: all rules kept"
