#!/usr/bin/env python3
"""Audits a week of captures in many files: elapsed time and memory.

  benches/audit.py JAGA FOLDER [--gigabytes 10] [--all]

Makes the captures in FOLDER once, from the one of `make_capture.py`: the same traffic again and
again, each time later, cut into files of about 100 MB. Memory is the most anonymous memory of the
process (RssAnon of /proc), read every 50 ms: mapped captures are not in it.
"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COPY = 520_000_000  # octets of the capture that is repeated
FILE = 104_000_000  # octets of a file


def make(folder, gigabytes):
    """Captures of so many gigabytes; those that are there already are kept."""
    source = folder / "source"
    if not source.exists():
        maker = Path(__file__).with_name("make_capture.py")
        subprocess.run(
            [sys.executable, maker, "--megabytes", str(COPY // 1_000_000), source], check=True
        )
    octets = bytearray(source.read_bytes())
    header, at, cuts = bytes(octets[:24]), 24, [24]
    times = []
    while at < len(octets):
        seconds, _, kept, _ = struct.unpack_from("<IIII", octets, at)
        times.append((at, seconds))
        at += 16 + kept
        if at - cuts[-1] > FILE:
            cuts.append(at)
    cuts.append(len(octets))
    span = times[-1][1] - times[0][1] + 60
    week = folder / "week"
    week.mkdir(exist_ok=True)
    pack = struct.Struct("<I").pack_into
    for copy in range(gigabytes * 1_000_000_000 // COPY + 1):
        names = [week / f"{copy:03}-{part:02}.pcap" for part in range(len(cuts) - 1)]
        if all(name.exists() for name in names):
            continue
        for at, seconds in times:
            pack(octets, at, seconds + copy * span)
        for name, start, end in zip(names, cuts, cuts[1:]):
            name.write_bytes(header + octets[start:end])
    return week


def audit(jaga, week, folder, name, options):
    """Runs an audit; tells its elapsed time and memory."""
    command = [jaga, "audit", week, "-o", folder / f"{name}.html", "-q", *options]
    began, most, resident = time.monotonic(), 0, 0
    process = subprocess.Popen(command)
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                most = max(most, int(line.split()[1]))
            if line.startswith("VmHWM:"):
                resident = int(line.split()[1])
        time.sleep(0.05)
    elapsed = time.monotonic() - began
    print(
        f"{name}: exit {process.wait()}, {elapsed:.1f} s, {most / 1024:.0f} MiB of its own, "
        f"{resident / 1024:.0f} MiB with mapped files",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jaga")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=int, default=10)
    parser.add_argument("--all", action="store_true", help="write all that an audit can, too")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    week = make(asked.folder, asked.gigabytes)
    files = list(week.iterdir())
    octets = sum(file.stat().st_size for file in files)
    print(f"{octets / 1e9:.2f} GB in {len(files)} files; {os.cpu_count()} cores", flush=True)
    audit(asked.jaga, week, asked.folder, "page", [])
    if asked.all:
        with tempfile.TemporaryDirectory(dir=asked.folder) as place:
            place = Path(place)
            wanted = [("json", "r.json"), ("pdf", "r.pdf"), ("csv", "csv"), ("programs", "programs")]
            wanted += [("capsules", "capsules"), ("seal", "seal.json")]
            options = [part for name, file in wanted for part in (f"--{name}", place / file)]
            audit(asked.jaga, week, place, "all", options)


if __name__ == "__main__":
    sys.exit(main())
