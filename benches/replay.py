#!/usr/bin/env python3
"""Measures a whole replay against `tcpdump -r CAPTURE -w /dev/null`.

    benches/replay.py [--megabytes 520] [--runs 5] [--jaga PATH] [--capture FILE] [--record FILE]

Builds the capture with make_capture.py unless one is given, and replays it with one worker and
no event output: decoding, operations and inventory alone; with the shipped rules; with rules and
detectors, as it is without options. Processor time (user and system, of the whole process) is the
median of interleaved runs; memory is what the whole keeps beside the mapped file; linearity
compares a quarter and a half of the capture with the whole. With --record the figures go to a file
as well.
Exits 1 where a bound does not hold.
"""

import argparse
import datetime
import os
import pathlib
import platform
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is at work, the options for it, and its processor time against that of tcpdump, at most.
WAYS = [
    ("decoding, operations and inventory", ["--no-shipped-rules", "--no-detectors"], 6.0),
    ("the same with the shipped rules", ["--no-detectors"], None),
    ("the same with rules and detectors", [], 8.0),
]
MEBIBYTES = 256  # memory beside the mapped file, at most
GROWTH = 1.15  # processor time an octet of the whole against that of its quarter, at most


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command):
    """Processor and elapsed seconds of a command."""
    before, start = children(), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return children() - before, time.monotonic() - start


def beside(pid, capture):
    """Kibibytes in memory that do not belong to the mapped capture."""
    total, mapped = 0, False
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        for line in smaps:
            first, _, rest = line.partition(" ")
            if first.endswith(":"):
                if first == "Rss:" and not mapped:
                    total += int(rest.split()[0])
            else:
                mapped = line.rstrip().endswith(str(capture))
    return total


def peak(command, capture):
    """The most memory beside the capture, in MiB, looked at fifty times a second."""
    most = 0
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            try:
                most = max(most, beside(process.pid, capture))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                break
            time.sleep(0.02)
    return most / 1024


def cut(capture, octets, out):
    """The first records of a capture, up to so many octets."""
    at = 24
    with open(capture, "rb") as source, open(out, "wb") as target:
        data = source.read(octets)
        while at + 16 <= len(data):
            end = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
            if end > len(data):
                break
            at = end
        target.write(data[:at])


def frames(capture):
    """Frames of a capture and their mean length."""
    count, at, size = 0, 24, os.path.getsize(capture)
    with open(capture, "rb") as source:
        data = source.read()
    while at + 16 <= size:
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        count += 1
    return count, (size - 24) / count - 16


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=520)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jaga", type=pathlib.Path, default=ROOT / "target/release/jaga")
    parser.add_argument("--capture", type=pathlib.Path)
    parser.add_argument("--record", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        capture = arguments.capture
        if capture is None:
            capture = folder / "bench.pcap"
            script = ROOT / "benches/make_capture.py"
            megabytes = ["--megabytes", str(arguments.megabytes)]
            subprocess.run([sys.executable, script, capture, *megabytes], check=True)
        lines, sound = measure(arguments, capture.resolve(), folder)
    print("\n".join(lines))
    if arguments.record:
        arguments.record.parent.mkdir(parents=True, exist_ok=True)
        arguments.record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.exit(0 if sound else 1)


def measure(arguments, capture, folder):
    """All figures as lines of Markdown, and whether they keep their bounds."""
    replay = lambda path, options=(): [
        arguments.jaga, "replay", "--workers", "1", "--quiet", *options, path
    ]
    dump = lambda path: ["tcpdump", "-r", path, "-w", "/dev/null"]
    count, mean = frames(capture)
    size = capture.stat().st_size
    load = [os.getloadavg()[0]]
    ours, theirs, elapsed = [[] for _ in WAYS], [], []
    for _ in range(arguments.runs):
        theirs.append(run(dump(capture))[0])
        for (_, options, _), times in zip(WAYS, ours):
            cpu, wall = run(replay(capture, options))
            times.append(cpu)
        elapsed.append(wall)
    load.append(os.getloadavg()[0])
    medians, other = [statistics.median(times) for times in ours], statistics.median(theirs)
    mine = medians[-1]
    memory = peak(replay(capture), capture)
    parts = []
    for share in (4, 2):
        part = folder / f"part{share}.pcap"
        cut(capture, size // share, part)
        octets = part.stat().st_size
        cpu = statistics.median(run(replay(part))[0] for _ in range(max(1, arguments.runs // 2)))
        parts.append((octets, cpu))
        part.unlink()
    parts.append((size, mine))
    growth = (mine / size) / (parts[0][1] / parts[0][0])
    ratios = [median / other for median in medians]
    sound = all(bound is None or ratio <= bound for ratio, (_, _, bound) in zip(ratios, WAYS))
    listed = lambda times: ", ".join(f"{seconds:.2f}" for seconds in times)
    lines = [
        f"# Replay, {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores; load while measuring "
        f"{load[0]:.1f} to {load[1]:.1f}. {arguments.runs} interleaved runs, one worker, no "
        "event output.",
        "",
        f"Capture: {size / 1e6:.0f} MB, {count:,} frames of {mean:.0f} octets on average.",
        "",
        "| | processor seconds | median | against tcpdump | at most |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {listed(times)} | {median:.2f} | **{ratio:.2f}** | {bound or ''} |"
            for (name, _, bound), times, median, ratio in zip(WAYS, ours, medians, ratios)
        ),
        f"| `tcpdump -r X -w /dev/null` | {listed(theirs)} | {other:.2f} | 1 | |",
        "",
        "The rest is of the whole, with rules and detectors.",
        "",
        f"- {count / mine:,.0f} packets/s per core, {mine / count * 1e9:.0f} ns a packet; elapsed "
        f"{statistics.median(elapsed):.2f} s",
        f"- memory beside the mapped file: {memory:.0f} MiB (at most {MEBIBYTES})",
        "- linear: "
        + "; ".join(
            f"{octets / 1e6:.0f} MB {cpu:.2f} s ({cpu / octets * 1e9:.2f} ns an octet)"
            for octets, cpu in parts
        )
        + f"; the whole costs {growth:.2f} times its quarter an octet (at most {GROWTH})",
    ]
    return lines, sound and memory <= MEBIBYTES and growth <= GROWTH


if __name__ == "__main__":
    main()
