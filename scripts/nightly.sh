#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The long forms of what scripts/test.sh does shortly; about two hours on two processors.
#   scripts/nightly.sh                      all
#   scripts/nightly.sh faults storm ...     only: faults storm many fuzz
# Exit 0: all passed. Logs stay in build/nightly-logs/; what a fuzzer finds lies in build/fuzz/tests/fuzz/.
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

tests_of() { # PROGRAM FILTER
  local program=build/release/tests/$1
  "$program" --gtest_list_tests --gtest_filter="$2" | grep -q '^  ' || { echo "no test is named '$2'"; return 1; }
  "$program" --gtest_filter="$2"
}

faults() {
  step build_release release
  LATHAM_FAULTS=all step faults tests_of test_process '*Fault*'
  LATHAM_FAULTS=all step power_cuts tests_of test_process '*PowerCut*:*LostWrites*:LostRemovals*'
  LATHAM_FAULTS=all step view_faults tests_of test_process_viewer '*Fault*'
}

storm() {
  step build_release release
  LATHAM_STORM_KILLS=${LATHAM_STORM_KILLS:-1000} LATHAM_STORM_SEED=${LATHAM_STORM_SEED:-$(date +%Y%m%d)} \
    step storm tests_of test_process 'Storm*'
}

many() {
  step build_release release
  LATHAM_IN_A_ROW=${LATHAM_IN_A_ROW:-1000} step many tests_of test_process 'ManyJobs*'
}

fuzz() {
  if ! command -v clang++ > /dev/null; then
    step fuzz eval 'echo "needs clang++: scripts/install_packages.sh"; false'
    return
  fi
  step build_fuzz eval "cmake --preset fuzz -DLATHAM_TESTS=ON -DLATHAM_FUZZ_SECONDS=${LATHAM_FUZZ_SECONDS:-600} &&
    cmake --build --preset fuzz -j $jobs --target fuzzers"
  step fuzz ctest --test-dir build/fuzz -L fuzz -j "$jobs" --no-tests=error -V
}

[ $# -gt 0 ] || set -- faults storm many fuzz
for part in "$@"; do
  case $part in
    faults | storm | many | fuzz) "$part" ;;
    *) echo "scripts/nightly.sh: no part '$part'; there are: faults storm many fuzz" >&2; exit 2 ;;
  esac
done
exit "$failed"
