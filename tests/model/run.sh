#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Searches the models of the ring protocol exhaustively, and checks that each negative control fails.
#   tests/model/run.sh [MODEL]      all of them, or one by name
#   MODEL_JOBS=1 tests/model/run.sh one search at a time (each needs up to 2 GB)
# Exit: 0 as expected, 1 something was not, 2 usage, 77 spin or a C compiler is missing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
jobs=${MODEL_JOBS:-2}

# What a model is run with: each word one negative control.
declare -A controls=(
  [publish_done_reuse]="HEAD_BEFORE_ENTRY ENTRY_BEFORE_PIXELS DONE_BEFORE_READ NO_PLACE_WAIT NO_REDELIVERY
                        NO_RELOAD_HEAD END_BEFORE_HEAD NO_EVICTION"
  [latest_hold]="NO_FENCE_PRODUCER NO_FENCE_CONSUMER NO_CONFIRM CONFIRM_UNORDERED ANNOUNCE_RELAXED
                 REWRITTEN_NO_FENCE OPEN_NO_FENCE ONE_BY_ONE RETIRE_NEWEST USED_UNATTACHED"
  [sleep_wake]="NO_FENCE_SLEEPER NO_FENCE_WAKER NO_LOOK_AGAIN RING_BEFORE_PUBLISH NO_RING_AT_TAKE
                CLEAR_AFTER_POST NO_COMPARE STALE_EXPECTED WAKE_BEFORE_POST
                BELL_BEFORE_DETACH BELL_IF_SLEEPING STOPPED_WAKER"
  [packet_ring]="WRITTEN_RELAXED READ_BEFORE_COPY NO_SPACE_FOR_HEADER NO_FRAGMENTS MORE_FORGOTTEN
                 NO_LOOK_AFTER_DEATH PARTIAL_DELIVERED"
  [forwarding]="NEWEST_KEPT FORWARD_TO_LATEST NO_IDLE_EVICTION EVICT_AT_TAKE_ONLY NO_MARK_AT_ATTACH"
  [producer_restart]="DONE_BEFORE_PUBLISH NO_SKIP NO_TAKING_OVER NO_EVICTION START_BEFORE_MOVE"
  [source_restart]="NO_SKIP READ_BEFORE_DEATH NO_TAKING_OVER COUNT_RECORDS KEEP_PARTIAL START_BEFORE_MOVE"
  [dead_pools]="DROP_UNREAD DROP_HELD HANDED_EARLY NEVER_DROPPED"
)
order="publish_done_reuse latest_hold sleep_wake packet_ring forwarding producer_restart source_restart dead_pools"

if [ $# -gt 1 ]; then
  echo "usage: tests/model/run.sh [MODEL]   models: $order" >&2
  exit 2
fi
if [ $# -eq 1 ]; then
  if [ -z "${controls[$1]:-}" ]; then
    echo "tests/model/run.sh: no model '$1'; there are: $order" >&2
    exit 2
  fi
  order=$1
fi
for tool in spin gcc; do
  if ! command -v "$tool" > /dev/null; then
    echo "tests/model/run.sh: $tool is missing; install it (Debian: apt install spin gcc). Nothing was checked." >&2
    exit 77
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# search MODEL CONTROL|-: writes "passed|failed<tab>line" to a file of its own.
search() {
  local model=$1 control=$2
  local dir=$work/$model.$control
  mkdir "$dir"
  cp "$here"/*.pml "$dir"
  local verdict=failed line
  local define=()
  [ "$control" = - ] || define=("-D$control")
  if ! (cd "$dir" && spin "${define[@]}" -a "$model.pml" > build.log 2>&1 &&
        gcc -w -O2 -DSAFETY -DMEMLIM=3500 -o pan pan.c >> build.log 2>&1); then
    line="$model $control: does not build: $(tail -n 1 "$dir/build.log")"
  else
    (cd "$dir" && ./pan -m100000 > out 2>&1) || true
    local states errors partial
    states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$dir/out")
    errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' "$dir/out")
    partial=$(grep -c -e 'Search not completed' -e 'max search depth too small' "$dir/out" || true)
    local reason
    reason=$(sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' "$dir/out" | head -n 1)
    if [ "$control" = - ]; then
      if [ "$errors" = 0 ] && [ "$partial" = 0 ]; then
        verdict=passed line="model $model: holds ($states states)"
      else
        line="model $model: DOES NOT HOLD: ${reason:-the search was not completed (memory or depth)}"
      fi
    elif [ -n "$reason" ] && [ "$errors" = 1 ]; then
      verdict=passed line="control $model $control: fails as it must ($reason)"
    else
      line="control $model $control: DID NOT FAIL, so the model would not notice that fault"
    fi
  fi
  rm -rf "$dir"
  printf '%s\t%s\n' "$verdict" "$line" > "$work/$model.$control.result"
  echo "$line"
}

for model in $order; do
  for control in - ${controls[$model]}; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    search "$model" "$control" &
  done
done
wait

passed=$(cat "$work"/*.result | grep -c '^passed' || true)
expected=0
for model in $order; do
  for control in - ${controls[$model]}; do expected=$((expected + 1)); done
done
echo "$passed passed, $((expected - passed)) failed"
[ "$passed" -eq "$expected" ]
