#!/usr/bin/env bash
# What `./dev test` (full) and `./dev check` (quick) run, step by step; --all adds the long ones.
#
# A step that fails doesn't stop the ones that don't hang on it. Each step's output is in build/test/<step>.log, and the
# end of it is shown where the step fails; the last line gives the totals. Exits 1 when any step failed.
set -uo pipefail
cd "$(dirname "$0")/.."
mode=$1
all=
[[ ${2:-} == --all ]] && all=1
jobs=$(nproc)
fuzz_seconds=20
[[ -z $all ]] || fuzz_seconds=60
export ROLLCALL_DEPS=${ROLLCALL_DEPS:-$PWD/build/deps}
export GTEST_COLOR=no CTEST_PARALLEL_LEVEL=$jobs
logs=build/test
rm -rf $logs && mkdir -p $logs
passed=0 failed=() started=$SECONDS

# Every half minute the last line of the log, so that a long step is seen to move.
watch_log() {
  # The sleep outlives its loop: it must not hold the output of whoever runs this.
  while sleep 30 >/dev/null 2>&1; do
    printf '      %s\n' "$(tr '\r' '\n' <"$1" | grep -av '^[[:space:]]*$' | tail -n 1 | cut -c1-110)"
  done
}

# step NAME COMMAND…: runs it, shows name, verdict and seconds; its status is the command's.
step() {
  local name=$1 began=$SECONDS watcher status=0
  local log=$logs/$name.log
  shift
  printf '== %s\n' "$name"
  : >"$log"
  watch_log "$log" &
  watcher=$!
  "$@" >"$log" 2>&1 || status=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  if [[ $status == 0 ]]; then
    passed=$((passed + 1))
    printf '   ok, %s s\n' $((SECONDS - began))
  else
    failed+=("$name")
    tail -n 60 "$log"
    printf '   FAILED, %s s: %s (whole log: %s)\n' $((SECONDS - began)) "$name" "$log"
  fi
  return $status
}

configure() { cmake --preset "$1" -DROLLCALL_TESTS=ON "${@:2}"; }
build() { cmake --build "build/$1" --target "${@:2}"; }

# ahead PRESET TARGET…: begins that build behind whatever runs next. Tests wait more than they compute, and it takes what
# they leave: a process of theirs that can run comes first.
ahead() {
  ahead_log=$logs/ahead-$1.log
  export -f configure build
  local steps='configure "$1" && build "$@"'
  [[ $1 != tsan ]] || steps="tools/build_caf_tsan.sh && $steps"
  setsid nice -n 19 bash -c "$steps" ahead "$@" >"$ahead_log" 2>&1 &
  ahead_pid=$!
}
ahead_pid=
trap '[[ -z $ahead_pid ]] || kill -- "-$ahead_pid" 2>/dev/null' EXIT

# What was begun ahead, if anything, to its end; what failed there fails again in a step of its own.
await() { [[ -z $ahead_pid ]] || tail -n 1 -f --pid="$ahead_pid" "$ahead_log"; }

# Test programs of one preset; further arguments narrow them. ctest keeps their whole output in LastTest.log, from which
# the totals are counted.
run_tests() {
  local preset=$1 status=0
  shift
  ctest --preset "$preset" "$@" || status=$?
  cp "build/$preset/Testing/Temporary/LastTest.log" "$logs/$preset-cases.txt" 2>/dev/null
  return $status
}

# Its output goes to a log of its own, and the end of it is shown where it fails.
fuzz() {
  local program=$1 name corpora log
  name=$(basename "$program") log=$logs/$(basename "$program").log
  corpora=("build/fuzz/$name")
  [[ ! -d tests/fuzz/corpus/$name ]] || corpora+=("tests/fuzz/corpus/$name")
  mkdir -p "build/fuzz/$name"
  ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16 "$program" -max_total_time=$fuzz_seconds -timeout=10 \
    -rss_limit_mb=4096 -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 \
    "${corpora[@]}" >"$log" 2>&1 || { tail -n 40 "$log"; echo "$name found something (whole log: $log)"; return 1; }
  grep -aE '^(Done|stat::number_of_executed)' "$log"
}

# As many at a time as there are processors. Finding none to run is a failure.
fuzz_all() {
  export -f fuzz
  export logs fuzz_seconds
  printf '%s\n' build/asan/fuzz/*_fuzzer | xargs -P "$jobs" -I{} bash -c 'fuzz {}'
}

sum() { awk "$1" $logs/*-cases.txt 2>/dev/null || echo 0; }

finish() {
  local cases skipped minutes=$(((SECONDS - started + 30) / 60))
  cases=$(sum '/^\[  PASSED  \]/ {n += $4} END {print n + 0}')
  skipped=$(sum '/^\[  SKIPPED \] [0-9]+ test/ {n += $4} END {print n + 0}')
  echo
  if [[ ${#failed[@]} == 0 ]]; then
    echo "all $passed steps passed in $minutes min: $cases test cases over all builds, $skipped skipped"
  else
    echo "FAILED in $minutes min: ${failed[*]} ($passed steps passed, $cases test cases, $skipped skipped)"
    exit 1
  fi
}

static_checks() {
  step format tools/format.sh --check
  step layers tools/check_layers.py
  step layers-checker python3 tools/check_layers_test.py
}

clang_checks() {
  step configure-ci configure ci && step headers build ci header_checks
  step tidy build ci tidy
}

# What is built for each sanitizer, and which tests ThreadSanitizer is for, by their labels.
thread_targets=(tsan_tests) thread_labels='^tsan$'
# Long, and on one thread from their first line to their last.
thread_left_out='-kernels/*:snapshot_test.altered_anywhere*:lease_simulation.*:hostile_network.*'
asan_targets=(unit_tests contract_tests actor_tests fuzzers)
# As it is released: whole programs, and what hangs on the optimiser. All else runs with AddressSanitizer.
release_targets=(programs e2e_tests link_tests optimised_tests) release_labels='^(e2e|link|optimised)$'
if [[ -n $all ]]; then
  thread_targets=(unit_tests contract_tests actor_tests) thread_labels='^(unit|contract|actor)$' thread_left_out='*'
  asan_targets=(all fuzzers)
  release_targets=(all) release_labels='.*'
fi

thread_checks() {
  step ahead-tsan await
  if step caf-tsan tools/build_caf_tsan.sh && step configure-tsan configure tsan; then
    step build-tsan build tsan "${thread_targets[@]}" &&
      GTEST_FILTER=$thread_left_out step tests-tsan run_tests tsan -L "$thread_labels"
  fi
}

release() {
  # The linker that the sanitized builds use, too: it takes a third of the time of the compiler's own.
  step configure-release configure release -DROLLCALL_BENCH=ON "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -B/usr/lib/llvm-16/bin" && step build-release build release "$@"
}

full() {
  static_checks
  clang_checks
  if release "${release_targets[@]}"; then
    ahead asan "${asan_targets[@]}"
    step tests-release run_tests release -L "$release_labels"
    [[ -z $all ]] || step tests-slow ctest --test-dir build/release -L slow --output-on-failure
    step ahead-asan await
  fi
  if step configure-asan configure asan && step build-asan build asan "${asan_targets[@]}"; then
    ahead tsan "${thread_targets[@]}"
    step tests-asan run_tests asan
    [[ -z $all ]] || step tests-asan-all ctest --test-dir build/asan -LE 'unit|contract|actor|slow' --output-on-failure
    step fuzz fuzz_all
  fi
  thread_checks
}

quick() {
  static_checks
  release unit_tests link_tests && step tests-unit run_tests release -L '^(unit|link)$'
}

case $mode in
  full | quick) ;;
  *) echo "test.sh: full or quick" >&2; exit 2 ;;
esac
# Not a step: it shows its own progress, and may ask for a password.
echo "== setup"
tools/setup/setup.sh test || exit 1
$mode
finish
