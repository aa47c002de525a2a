#!/usr/bin/env python3
"""Measures what a large set of rules costs: at load, and in replay.

    benches/rules.py RULES... [--megabytes 500] [--runs 3] [--jaga PATH] [--plant FILE]
                     [--office FILE] [--record FILE] [--set NAME=VALUE]

Loads the rules with an empty cache and again from the cache, over a capture of a few packets.
Then replays a capture of a plant, and one of which half of the octets are HTTP, DNS, TLS and SMB,
with one worker, with and without the rules. Both are built with make_capture.py unless they are
given. The rules given come on top of the shipped ones. Figures are medians of interleaved runs; processor time is user and system of the whole
process, with the load of the rules. With --record the figures go to a file as well. Exits 1
where a bound does not hold.
"""

import argparse
import datetime
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from replay import ROOT, frames, peak, run

RATIO = 1.6  # processor time with rules against that without, at most
COLD = 10.0  # seconds of a load with an empty cache, at most
WARM = 2.0  # seconds of a load from the cache, at most
MEBIBYTES = 512  # memory beside the mapped file with rules, at most
SMALL = ROOT / "pcaps/made/modbus.pcap"


def listed(times):
    return ", ".join(f"{seconds:.2f}" for seconds in times)


def loads(command, cache, runs):
    """(Elapsed, processor) seconds of loads with an empty cache and from the cache."""
    cold, warm = [], []
    for _ in range(runs):
        shutil.rmtree(cache, ignore_errors=True)
        cpu, wall = run(command)
        cold.append((wall, cpu))
        cpu, wall = run(command)
        warm.append((wall, cpu))
    return cold, warm


def compare(plain, ruled, capture, runs):
    """Processor seconds without and with rules, and the lines that tell them."""
    without, with_rules = [], []
    for _ in range(runs):
        without.append(run(plain(capture))[0])
        with_rules.append(run(ruled(capture))[0])
    count, mean = frames(capture)
    before, after = statistics.median(without), statistics.median(with_rules)
    memory = peak(ruled(capture), capture)
    lines = [
        f"{capture.stat().st_size / 1e6:.0f} MB, {count:,} frames of {mean:.0f} octets on average.",
        "",
        "| | processor seconds | median |",
        "|---|---|---|",
        f"| without rules | {listed(without)} | {before:.2f} |",
        f"| with rules | {listed(with_rules)} | {after:.2f} |",
        "",
        f"- ratio: **{after / before:.2f}** (at most {RATIO}); the rules cost "
        f"{(after - before) / count * 1e9:.0f} ns a frame, their load included",
        f"- memory beside the mapped file: {memory:.0f} MiB (at most {MEBIBYTES})",
    ]
    return lines, after / before <= RATIO and memory <= MEBIBYTES


def measure(arguments, captures, folder):
    """All figures as lines of Markdown, and whether they keep their bounds."""
    cache = folder / "cache"
    replay = lambda path: [arguments.jaga, "replay", "--workers", "1", "--quiet", path]
    plain = lambda path: [*replay(path), "--no-shipped-rules"]
    options = [part for path in arguments.rules for part in ("--rules", path)]
    options += [part for pair in arguments.set for part in ("--set", pair)]
    ruled = lambda path: [*replay(path), *options, "--rule-cache", cache]
    load = [os.getloadavg()[0]]
    cold, warm = loads(ruled(SMALL), cache, arguments.runs)
    spoken = subprocess.run(
        [arguments.jaga, "rules", "check", "--json", *arguments.rules], capture_output=True
    )
    total = spoken.stdout.decode().split('"loaded":')[1].split(",")[0].strip()
    walls = [statistics.median(wall for wall, _ in times) for times in (cold, warm)]
    kept = sum(path.stat().st_size for path in cache.iterdir())
    lines = [
        f"# Rules, {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"{total} rules loaded. {platform.machine()}, {os.cpu_count()} cores. {arguments.runs} "
        "interleaved runs, one worker, no event output.",
        "",
        "## Load",
        "",
        "| | elapsed seconds | processor seconds | median elapsed | at most |",
        "|---|---|---|---|---|",
    ]
    for what, times, wall, most in (
        ("empty cache", cold, walls[0], COLD),
        ("from the cache", warm, walls[1], WARM),
    ):
        lines.append(
            f"| {what} | {listed(t for t, _ in times)} | {listed(t for _, t in times)} "
            f"| **{wall:.2f}** | {most:.0f} |"
        )
    lines += ["", f"The file in the cache has {kept / 1e6:.1f} MB."]
    sound = walls[0] <= COLD and walls[1] <= WARM
    for title, capture in captures:
        told, good = compare(plain, ruled, capture, arguments.runs)
        lines += ["", f"## {title}", "", *told]
        sound = sound and good
    load.append(os.getloadavg()[0])
    lines += ["", f"Load of the machine while measuring: {load[0]:.1f} to {load[1]:.1f}."]
    return lines, sound


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rules", nargs="+", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jaga", type=pathlib.Path, default=ROOT / "target/release/jaga")
    parser.add_argument("--plant", type=pathlib.Path)
    parser.add_argument("--office", type=pathlib.Path)
    parser.add_argument("--record", type=pathlib.Path)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        captures = []
        for title, given, more in (
            ("A plant", arguments.plant, []),
            ("A plant and its office", arguments.office, ["--office"]),
        ):
            if given is None:
                given = folder / f"{len(captures)}.pcap"
                script = ROOT / "benches/make_capture.py"
                size = ["--megabytes", str(arguments.megabytes)]
                subprocess.run([sys.executable, script, given, *size, *more], check=True)
            captures.append((title, given.resolve()))
        lines, sound = measure(arguments, captures, folder)
    print("\n".join(lines))
    if arguments.record:
        arguments.record.parent.mkdir(parents=True, exist_ok=True)
        arguments.record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
