#!/usr/bin/env bash
# Builds Jaga and replays a shipped capture of a plant: the first thing to try.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh

echo "building Jaga: this takes some minutes the first time"
cargo build --release --locked
out=$(mktemp -d)
echo "\$ jaga replay pcaps/sites/it-ot-pivot.pcap --events $out/events.json --inventory $out/assets.json"
target/release/jaga replay pcaps/sites/it-ot-pivot.pcap \
  --events "$out/events.json" --inventory "$out/assets.json"
echo
echo "Try next:  target/release/jaga replay YOUR.pcapng"
