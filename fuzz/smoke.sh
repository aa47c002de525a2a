#!/usr/bin/env bash
# Runs every fuzz target for some seconds, the session target once for each protocol:
#
#   fuzz/smoke.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz/smoke.sh SECONDS}
if ! command -v cargo-fuzz >/dev/null 2>&1; then
  cargo install --locked --quiet cargo-fuzz
fi
protocols=$(cargo run --locked --quiet -- fields | sed -n 's/^[^ ].* (\([a-z0-9_]*\))$/\1/p')

# The sanitizer's run time comes with the stable toolchain; its flag is still called unstable.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --release

# run NAME TARGET SEEDS...: NAME is where the corpus of this run is kept.
run() {
  local name=$1 target=$2
  shift 2
  mkdir -p "fuzz/corpus/$name"
  if ! cargo fuzz run "$target" "fuzz/corpus/$name" "$@" -- -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=1024 -max_len=4096 -verbosity=0 -print_final_stats=0 \
    >"fuzz/corpus/$name.log" 2>&1; then
    tail -n 40 "fuzz/corpus/$name.log"
    echo "$name: a finding, see above"
    exit 1
  fi
  echo "$name: $seconds s without a finding"
}

run headers headers
run pcap pcap pcaps/modbus pcaps/dnp3
run pcapng pcapng pcaps/enip
run replay replay pcaps/modbus pcaps/dnp3 pcaps/s7comm pcaps/enip
for protocol in $protocols; do
  PROTOCOL=$protocol run "session-$protocol" session
done
