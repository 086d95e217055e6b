#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds Latham and runs every test; on a fresh Debian 12 machine it installs what it needs first.
#   scripts/test.sh          release build with all tests, models, rules of the tree, ring under ThreadSanitizer,
#                            each fuzzer for half a minute where there is Clang
#   scripts/test.sh full     that, and unit, process and golden tests under AddressSanitizer
#   scripts/test.sh quick    unit and process tests of the release build
# The last line is the total: "N passed, N failed, N skipped". Logs stay in build/test-logs/.
# Environment: JOBS (default: processors), LATHAM_MEDIA (a folder of clips for the golden tests).
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-all}
if [ $# -gt 1 ] || [[ $mode != all && $mode != full && $mode != quick ]]; then
  echo "usage: scripts/test.sh [quick|full]" >&2
  exit 2
fi
jobs=${JOBS:-$(nproc)}
logs=$PWD/build/test-logs
mkdir -p "$logs"
exec < /dev/null

calm=() # what a build's programs must be started with
passed=0 failed=0 skipped=0 stopped=
trap 'stopped=1; trap - INT TERM; total; exit 130' INT TERM

total() {
  [ -z "$stopped" ] || echo "stopped before the end"
  echo "$passed passed, $failed failed, $skipped skipped"
}

count() { # PASSED FAILED SKIPPED SECONDS WHAT
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  printf '%4d s  %s: %d passed, %d failed, %d skipped\n' "$4" "$5" "$1" "$2" "$3"
}

build() { # PRESET [TARGET]: false, and one failure counted, where it does not build
  local preset=$1 log=$logs/build-$1.log begin=$SECONDS
  local target=() launcher=()
  [ $# -lt 2 ] || target=(--target "$2")
  if command -v ccache > /dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  if cmake --preset "$preset" -DLATHAM_WERROR=ON -DLATHAM_TESTS=ON "${launcher[@]}" > "$log" 2>&1 &&
    "${calm[@]}" cmake --build --preset "$preset" -j "$jobs" "${target[@]}" >> "$log" 2>&1; then
    printf '%4d s  build %s\n' $((SECONDS - begin)) "$preset"
    return 0
  fi
  grep -E 'error|FAILED|Error' "$log" | head -n 20 || tail -n 20 "$log"
  count 0 1 0 $((SECONDS - begin)) "build $preset (see $log)"
  return 1
}

run_tests() { # PRESET LABELS WHAT
  local preset=$1 labels=$2 what=$3 begin=$SECONDS
  local log=$logs/ctest-$preset.log result=$logs/ctest-$preset.xml
  rm -f "$result"
  local code=0
  "${calm[@]}" ctest --test-dir "build/$preset" -L "$labels" -j "$jobs" --output-on-failure --no-tests=error \
    --output-junit "$result" > "$log" 2>&1 || code=$?
  if [ ! -s "$result" ]; then
    tail -n 20 "$log"
    count 0 1 0 $((SECONDS - begin)) "$what (no test ran; see $log)"
    return
  fi
  # The totals stand in the attributes of the first element.
  local all bad left_out
  all=$(grep -m1 -oE '\btests="[0-9]+"' "$result" | tr -dc 0-9)
  bad=$(grep -m1 -oE '\bfailures="[0-9]+"' "$result" | tr -dc 0-9)
  left_out=$(($(grep -m1 -oE '\bskipped="[0-9]+"' "$result" | tr -dc 0-9) +
    $(grep -m1 -oE '\bdisabled="[0-9]+"' "$result" | tr -dc 0-9)))
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  if [ "$bad" -gt 0 ]; then
    grep -E '\*\*\*(Failed|Timeout|Not Run|Exception)|Failure$' "$log" | sort -u | head -n 40 || true
    echo "        (what they said: $log)"
  fi
  count $((all - bad - left_out)) "$bad" "$left_out" $((SECONDS - begin)) "$what"
}

run_models() {
  local begin=$SECONDS code=0 log=$logs/models.log
  MODEL_JOBS=$jobs tests/model/run.sh > "$log" 2>&1 || code=$?
  if [ "$code" -eq 77 ]; then
    count 0 0 1 $((SECONDS - begin)) "models ($(tail -n 1 "$log"))"
    return
  fi
  local good bad
  good=$(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1/p' "$log")
  bad=$(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\2/p' "$log")
  [ "$code" -eq 0 ] || grep -E 'NOT|does not' "$log" || true
  [ "$code" -eq 0 ] || [ "${bad:-0}" -gt 0 ] || bad=1
  count "${good:-0}" "${bad:-1}" 0 $((SECONDS - begin)) "models of the ring protocol"
}

run_check() {
  local begin=$SECONDS
  if scripts/check.sh > "$logs/check.log" 2>&1; then
    count 1 0 0 $((SECONDS - begin)) "rules of the tree"
  else
    cat "$logs/check.log"
    count 0 1 0 $((SECONDS - begin)) "rules of the tree"
  fi
}

if ! scripts/install_packages.sh; then
  failed=1
  total
  exit 1
fi

# ThreadSanitizer finds no room for its shadow where addresses are very random, and ends at once.
tsan_calm=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2> /dev/null || echo 0)" -gt 28 ] && setarch -R true 2> /dev/null; then
  tsan_calm=(setarch -R)
fi

# Sanitizers: a few clips stand for all, and what they find stops the process that it is found in.
under_sanitizer() {
  export LATHAM_FEW_CLIPS=1
  export ASAN_OPTIONS=abort_on_error=0:detect_leaks=1
  export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=halt_on_error=1
}

if [ "$mode" = quick ]; then
  if build release; then run_tests release '^(unit|process)$' "unit and process tests"; fi
else
  run_check
  if build release; then run_tests release '.*' "unit, process, golden and stress tests"; fi
  run_models
  under_sanitizer
  if [ "$mode" = full ] && build asan; then run_tests asan '^(unit|process|golden)$' "the same with address and undefined sanitizer"; fi
  calm=("${tsan_calm[@]}")
  if build tsan tests_stress; then run_tests tsan '^stress$' "stress tests with thread sanitizer"; fi
  calm=()
  if ! command -v clang++ > /dev/null; then
    count 0 0 1 0 "fuzzers (no clang++ here)"
  elif build fuzz fuzzers; then
    run_tests fuzz '^fuzz$' "fuzzers"
  fi
  printf '%4d s  altogether\n' $SECONDS
fi
total
[ "$failed" -eq 0 ]
