#!/usr/bin/env bash
# Runs every fuzz target for some seconds, the session target once for each protocol:
#
#   fuzz/smoke.sh SECONDS     runs them; ends with 1 at the first finding
#   fuzz/smoke.sh list        names them: what a run is called, and its target
#
# JAGA may name a built jaga; otherwise it is built.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz/smoke.sh SECONDS}

jaga() {
  if [ -n "${JAGA:-}" ]; then "$JAGA" "$@"; else cargo run --locked --quiet -- "$@"; fi
}

# One run a line: its name and its target.
list() {
  local target protocol
  for target in headers pcap pcapng replay rules rules_replay; do
    echo "$target $target"
  done
  # The headings of the list of fields: a title, and the protocol's name in brackets.
  jaga fields | sed -n 's/^[^ ].* (\([^ ()]*\))$/\1/p' | while read -r protocol; do
    echo "session-$protocol session"
  done
}

runs=$(list)
if [ "$seconds" = list ]; then
  echo "$runs"
  exit 0
fi

if ! command -v cargo-fuzz >/dev/null 2>&1; then
  cargo install --locked --quiet cargo-fuzz
fi
# Without the address sanitizer: the code is safe Rust, so what is looked for are panics, hangs,
# broken contracts and memory that grows. It builds in less time, and runs twice as often.
cargo fuzz build --release --sanitizer none
built=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release

echo "seeds from the shipped captures"
rm -rf fuzz/seeds
[ -n "${JAGA:-}" ] || JAGA=target/debug/jaga
python3 fuzz/seeds.py "$JAGA" fuzz/seeds pcaps/*/*.pcap*
python3 tests/traffic/make.py "$JAGA" tests/traffic/own.rules 1 99 --seeds fuzz/seeds/rules_replay >/dev/null

# run NAME TARGET: the corpus of a run is kept in fuzz/corpus/NAME, its findings in
# fuzz/artifacts/NAME.
run() {
  local name=$1 target=$2 log=fuzz/corpus/$1.log runs=0
  local seeds=()
  case $name in
    pcap) seeds=(pcaps/modbus pcaps/dnp3) ;;
    pcapng) seeds=(pcaps/enip) ;;
    rules) seeds=(rules) ;;
    replay) seeds=(pcaps/modbus pcaps/dnp3 pcaps/s7comm pcaps/enip) ;;
    *) if [ -d "fuzz/seeds/$name" ]; then seeds=("fuzz/seeds/$name"); fi ;;
  esac
  mkdir -p "fuzz/corpus/$name" "fuzz/artifacts/$name"
  if ! PROTOCOL=${name#session-} "$built/$target" "fuzz/corpus/$name" "${seeds[@]}" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$name/" >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "$name: a finding, see above and fuzz/artifacts/$name"
    exit 1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [ "${runs:-0}" -lt 10 ]; then
    tail -n 40 "$log"
    echo "$name: it ran ${runs:-0} times only"
    exit 1
  fi
  echo "$name: $runs runs without a finding"
}

while read -r name target; do
  run "$name" "$target" </dev/null
done <<<"$runs"
echo "$(wc -l <<<"$runs") fuzz targets without a finding"
