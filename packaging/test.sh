#!/usr/bin/env bash
# Runs every check that Jaga has, from a bare Debian 12 with rustup: format, lints, tests,
# documentation, the demo, and every fuzz target for some seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh
need tshark tshark
need tcpdump tcpdump
need tcpreplay tcpreplay
need ip iproute2
need python3 python3
need script bsdutils
need setpriv util-linux
need chromium chromium
need openssl openssl
need pip3 python3-pip
need pdftotext poppler-utils
need rsyslogd rsyslog
# The driver that takes TLS is no command.
ls /usr/lib/*/rsyslog/lmnsd_gtls.so >/dev/null 2>&1 || need rsyslog-gnutls rsyslog-gnutls
rustup component add rustfmt clippy >/dev/null 2>&1 || true

step() { printf '\n== %s\n' "$*"; }

step "format"
cargo fmt --all --check

step "lints"
cargo clippy --locked --all-targets -- -D warnings

# Fuzz targets are a workspace of their own, whose list of crates follows this one's by hand.
cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

step "without Hyperscan"
cargo check --locked --no-default-features

# axe-core is not ours to ship: this wheel has it.
if [ -z "${JAGA_AXE:-}" ]; then
  axe=target/axe
  [ -e "$axe/axe_playwright_python/axe.min.js" ] || {
    python3 -m pip download -q --no-deps -d "$axe" axe-playwright-python==0.1.8 &&
      python3 -m zipfile -e "$axe"/axe_playwright_python-0.1.8-*.whl "$axe"
  }
  export JAGA_AXE="$PWD/$axe/axe_playwright_python/axe.min.js"
fi

step "tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# With what passing tests print, so that what was skipped is told at the end.
cargo test --locked -- --show-output 2>&1 | tee "$log"

step "packaging"
bash packaging/check.sh

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

step "demo"
bash packaging/demo.sh

step "Debian package"
JAGA=target/release/jaga bash packaging/deb-check.sh 2>&1 | tee -a "$log"

step "fuzz targets"
JAGA=target/release/jaga bash fuzz/smoke.sh 3

step "all green"
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
  END { printf "%d tests passed, %d failed, %d ignored\n", passed, failed, ignored }' "$log"
grep -h "SKIPPED" "$log" || true
