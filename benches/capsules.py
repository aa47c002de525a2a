#!/usr/bin/env python3
"""Packs the capsules of every capture in folders and has each derive its alert again.

  benches/capsules.py JAGA FOLDER... [--seconds 120] [--minutes N]

For each capture: `jaga audit --capsules`, then `jaga verify` of them all, held against the report;
then one octet of each capsule is changed, and one of each manifest, and verify must tell of every
one. Exit code 1 where a capsule that is said to show its alert does not, a changed octet passes, or
an alert of the report has no capsule. A capsule that its own manifest says rests on more than fits
is counted apart. `--seconds` ends one call that takes longer, which is told and counted.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUFFIXES = {".pcap", ".pcapng", ".cap"}


def call(seconds, *command):
    """The exit code and what was told; 124 where it took too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return 124, "took too long"
    return done.returncode, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jaga")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--minutes", type=float, help="look at no more captures after so long")
    asked = parser.parse_args()
    random.seed(1)
    captures = [
        path
        for folder in asked.folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in SUFFIXES
    ]
    sums = dict.fromkeys(
        ["captures", "unread", "slow", "alerts", "capsules", "derived", "resting on more", "altered"], 0
    )
    bad, began = 0, time.monotonic()
    for capture in captures:
        if asked.minutes and time.monotonic() - began > asked.minutes * 60:
            print(f"time is up: {len(captures) - sums['captures']} captures were not looked at")
            break
        sums["captures"] += 1
        with tempfile.TemporaryDirectory() as place:
            folder, data = Path(place, "capsules"), Path(place, "all.json")
            code, told = call(
                asked.seconds, asked.jaga, "audit", "-q", "--allow-truncated", capture,
                "-o", Path(place, "page.html"), "--json", data, "--capsules", folder,
            )  # fmt: skip
            if code != 0:
                sums["slow" if code == 124 else "unread"] += 1
                print(f"{capture}: audit exits {code}: {told.strip()[:200]}", flush=True)
                continue
            report = json.loads(data.read_text())
            kept = report["custody"]["capsules"]
            sums["alerts"] += len(report["picture"]["alerts"])
            if len(kept) < len(report["picture"]["alerts"]):
                bad += 1
                print(f"{capture}: {len(kept)} capsules, {len(report['picture']['alerts'])} alerts")
            if not kept:
                continue
            derives = [capsule for capsule in kept if capsule["derives"]]
            sums["capsules"] += len(kept)
            sums["resting on more"] += len(kept) - len(derives)
            code, told = call(asked.seconds, asked.jaga, "verify", folder, "--report", data)
            if code == 0:
                sums["derived"] += len(derives)
            else:
                bad += 1
                print(f"{capture}: verify exits {code}: {told.strip()[-400:]}", flush=True)
                continue
            for capsule in kept:
                for suffix in (".pcapng", ".json"):
                    file = folder / (capsule["name"] + suffix)
                    octets = file.read_bytes()
                    at = random.randrange(len(octets))
                    changed = bytearray(octets)
                    changed[at] ^= 1
                    file.write_bytes(changed)
                    one = folder / (capsule["name"] + ".json")
                    code, told = call(asked.seconds, asked.jaga, "verify", one)
                    file.write_bytes(octets)
                    if code != 1:
                        bad += 1
                        print(f"{capture}: {file.name}: exit {code}: octet {at} was changed")
                    else:
                        sums["altered"] += 1
    print(", ".join(f"{name} {count}" for name, count in sums.items()), f"bad {bad}", sep=", ")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
