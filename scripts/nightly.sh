#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The long forms of what scripts/test.sh does shortly; about two hours on two processors.
#   scripts/nightly.sh                      all
#   scripts/nightly.sh faults storm ...     only: faults storm many fuzz
# Exit 0: all passed. Logs stay in build/nightly-logs/; a fuzzer's finds lie there, too.
# Environment: JOBS (default: processors), LATHAM_STORM_SEED (default: the date), LATHAM_STORM_KILLS (1000),
# LATHAM_IN_A_ROW (1000), LATHAM_SIDE_BY_SIDE (64), LATHAM_FUZZ_SECONDS (600).
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
logs=$PWD/build/nightly-logs
mkdir -p "$logs"
exec < /dev/null
failed=0

step() { # NAME COMMAND...
  local name=$1 begin=$SECONDS code=0
  shift
  "$@" > "$logs/$name.log" 2>&1 || code=$?
  [ "$code" -eq 0 ] || failed=1
  printf '%5d s  %s: %s (%s)\n' $((SECONDS - begin)) "$name" "$([ "$code" -eq 0 ] && echo passed || echo FAILED)" \
    "$logs/$name.log"
}

release() { # builds the programs and their tests
  cmake --preset release -DLATHAM_TESTS=ON && cmake --build --preset release -j "$jobs"
}

process_tests() { # FILTER
  build/release/tests/test_process --gtest_filter="$1"
}

faults() {
  step build_release release
  LATHAM_FAULTS=all step faults process_tests '*Fault*'
  LATHAM_FAULTS=all step power_cuts process_tests '*PowerCut*:*LostWrites*:LostRemovals*'
  LATHAM_FAULTS=all step view_faults build/release/tests/test_process_viewer --gtest_filter='*Fault*'
}

storm() {
  step build_release release
  LATHAM_STORM_KILLS=${LATHAM_STORM_KILLS:-1000} LATHAM_STORM_SEED=${LATHAM_STORM_SEED:-$(date +%Y%m%d)} \
    step storm process_tests 'Storm*'
}

many() {
  step build_release release
  LATHAM_IN_A_ROW=${LATHAM_IN_A_ROW:-1000} step many process_tests 'ManyJobs*'
}

fuzz() {
  if ! command -v clang++ > /dev/null; then
    echo "        fuzz: left out, no clang++ here"
    return
  fi
  step build_fuzz eval "cmake --preset fuzz -DLATHAM_TESTS=ON -DLATHAM_FUZZ_SECONDS=${LATHAM_FUZZ_SECONDS:-600} &&
    cmake --build --preset fuzz -j $jobs --target fuzzers"
  step fuzz ctest --test-dir build/fuzz -L fuzz -j "$jobs" -V
}

[ $# -gt 0 ] || set -- faults storm many fuzz
for part in "$@"; do
  case $part in
    faults | storm | many | fuzz) "$part" ;;
    *) echo "scripts/nightly.sh: no part '$part'; there are: faults storm many fuzz" >&2; exit 2 ;;
  esac
done
exit "$failed"
