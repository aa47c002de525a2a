#!/usr/bin/env bash
# Builds Jaga and replays a shipped capture of a plant: the first thing to try.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh

echo "building Jaga: this takes some minutes the first time"
cargo build --release --locked
echo "\$ jaga replay pcaps/sites/it-ot-pivot.pcap"
target/release/jaga replay pcaps/sites/it-ot-pivot.pcap
echo
echo "Try next:  target/release/jaga replay YOUR.pcapng"
