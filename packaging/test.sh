#!/usr/bin/env bash
# Runs every check that Jaga has, from a bare Debian 12 with rustup: format, lints, tests,
# documentation, a short run of each fuzz target, and the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh
need tshark tshark
need tcpdump tcpdump
need python3 python3
rustup component add rustfmt clippy >/dev/null 2>&1 || true

step() { printf '\n== %s\n' "$*"; }

step "format"
cargo fmt --all --check

step "lints"
cargo clippy --locked --all-targets -- -D warnings

step "tests"
cargo test --locked

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet

step "fuzz targets, ${FUZZ_SECONDS:=10} s each"
bash fuzz/smoke.sh "$FUZZ_SECONDS"

step "demo"
bash packaging/demo.sh
