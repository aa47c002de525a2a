#!/usr/bin/env bash
# Runs every fuzz target for some seconds: fuzz/smoke.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz/smoke.sh SECONDS}
if ! command -v cargo-fuzz >/dev/null 2>&1; then
  cargo install --locked --quiet cargo-fuzz
fi
# The sanitizer's run time comes with the stable toolchain; its flag is still called unstable.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --release
for target in $(cargo fuzz list); do
  mkdir -p "fuzz/corpus/$target"
  cargo fuzz run "$target" -- -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
    -max_len=4096 -verbosity=0 -print_final_stats=0
  echo "$target: $seconds s without a finding"
done
