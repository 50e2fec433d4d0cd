#!/usr/bin/env bash
# Installs what is missing, then runs everything. Each step that is not a test runner counts as one
# test. The last line is the plain count.
set -uo pipefail
cd "$(dirname "$0")/.."
UI=crates/web/ui
passed=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

say() { printf '\n== %s\n' "$*"; }

# apt NAME COMMAND: a Debian package, if its command is not there.
apt_need() {
  command -v "$2" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: $2. Install the package $1 (apt-get install $1) and run again."
    exit 1
  fi
  [ -n "${apt_updated:-}" ] || { apt-get update -qq && apt_updated=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null || {
    echo "the package $1 could not be installed"
    exit 1
  }
}

# step NAME COMMAND...: one check.
step() {
  local name=$1
  shift
  say "$name"
  if "$@" >"$logs/step" 2>&1; then
    passed=$((passed + 1))
    tail -n 3 "$logs/step"
  else
    failed=$((failed + 1))
    cat "$logs/step"
    echo "FAILED: $name"
  fi
}

# counted NAME PASSED_PATTERN FAILED_PATTERN COMMAND...: a runner that counts by itself.
counted() {
  local name=$1 good=$2 bad=$3 ok fail
  shift 3
  say "$name"
  "$@" >"$logs/run" 2>&1
  local code=$?
  ok=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/run" | grep -oP "$good" | awk '{n+=$1} END {print n+0}')
  fail=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/run" | grep -oP "$bad" | awk '{n+=$1} END {print n+0}')
  # A runner that fails without counting a failure, or runs nothing, has failed.
  if [ "$code" != 0 ] && [ "$fail" = 0 ]; then fail=1; fi
  if [ "$code" = 0 ] && [ "$ok" = 0 ]; then fail=1; fi
  if [ "$fail" != 0 ]; then
    # What failed and why, wherever it stands, before how it ended.
    grep -E -A 30 '^ *not ok |^ *FAIL |^error' "$logs/run" | head -n 400
    tail -n 60 "$logs/run"
  else
    tail -n 4 "$logs/run"
  fi
  passed=$((passed + ok))
  failed=$((failed + fail))
}

command -v cargo >/dev/null || { echo "missing: cargo. Install Rust (see rust-version in Cargo.toml)."; exit 1; }
command -v npm >/dev/null || { echo "missing: npm. Install Node.js 20 or newer."; exit 1; }
apt_need redis-server redis-server
apt_need chromium chromium
apt_need ffmpeg ffmpeg
apt_need fontconfig fc-list
if [ -z "$(fc-list :lang=zh family 2>/dev/null | head -1)" ]; then apt_need fonts-noto-cjk no-such-command; fi

say "pages"
make --no-print-directory ui || { echo "0 passed, 1 failed"; exit 1; }

step "Rust format" cargo fmt --all --check
step "Rust lints" cargo clippy --workspace --all-targets --locked -- -D warnings
step "Rust documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
if cargo nextest --version >/dev/null 2>&1; then
  counted "Rust tests" '\d+(?= passed)' '\d+(?= failed)' cargo nextest run --workspace --locked --no-fail-fast
  counted "Documentation examples" '\d+(?= passed)' '\d+(?= failed)' cargo test --workspace --locked --doc
else
  counted "Rust tests" '\d+(?= passed)' '\d+(?= failed)' cargo test --workspace --locked --no-fail-fast
fi
step "Page types" npm --prefix $UI run --silent typecheck
step "Page lints" npm --prefix $UI run --silent lint
step "Page sizes" npm --prefix $UI run --silent sizes
counted "Page tests" '^ *Tests .*?\K\d+(?= passed)' '^ *Tests +\K\d+(?= failed)' npm --prefix $UI run --silent test
counted "Stories" '(?<=# pass )\d+' '(?<=# fail )\d+' node --experimental-websocket --test --test-reporter=tap tests/stories/
counted "Browser stories" '(?<=# pass )\d+' '(?<=# fail )\d+' node --test --test-reporter=tap --test-concurrency=1 tests/browser/

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
