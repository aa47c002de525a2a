#!/usr/bin/env python3
"""Floods a sensor, and looks at its memory and at a control session that goes on meanwhile.

    benches/floods.py JAGA [--folder FOLDER] [--rules PATH ...] [--workers N] [--part 1.0]
                      [--only NAME] [--record FILE]

Five floods, each in a capture of its own that is made, replayed and removed: 10 million TCP SYNs
and 10 million UDP datagrams, each of another conversation; 1 million hosts, each with its own MAC
and IP address; 3 million first fragments whose rest never comes; and 1 million requests that nobody
answers on one Modbus session. In each of them a station polls a controller once in a thousand
frames of the flood, and writes to it once in ten thousand; it began before the flood.

Bounds: at most 512 MiB of memory of its own (RssAnon, read every 20 ms), every poll and every
write decoded, every write known to be carried out. With --part a part of each flood is sent.
Exits 1 where a bound does not hold.
"""

import argparse
import datetime
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

CEILING = 512  # MiB
START = 1_700_000_000
POLL, WRITE = 1_000, 10_000  # frames of the flood between two polls, and between two writes
STEP = 1_000  # nanoseconds between frames: a million a second

STATION = (bytes.fromhex("020000000005"), bytes([192, 168, 1, 5]), 50_000)
CONTROLLER = (bytes.fromhex("020000000010"), bytes([192, 168, 1, 16]), 502)


def scattered(number, bits):
    """Each number below 2**bits once, in no visible order (an odd factor is a permutation)."""
    return (number * 0x9E3779B1 + 0x7F4A7C15) & ((1 << bits) - 1)


def ip(source, destination, protocol, content, ident=0, fragment=0):
    head = struct.pack(
        ">BBHHHBBH4s4s",
        0x45, 0, 20 + len(content), ident, fragment, 64, protocol, 0, source, destination,
    )
    words = sum(struct.unpack(">10H", head))
    words = (words & 0xFFFF) + (words >> 16)
    checksum = ~((words & 0xFFFF) + (words >> 16)) & 0xFFFF
    return head[:10] + struct.pack(">H", checksum) + head[12:] + content


def ether(source, destination, content, kind=0x0800):
    return destination + source + struct.pack(">H", kind) + content


def tcp(source, destination, seq, ack, flags, content=b""):
    head = struct.pack(
        ">HHIIBBHHH", source[2], destination[2], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
        0x50, flags, 8192, 0, 0,
    )
    return ether(source[0], destination[0], ip(source[1], destination[1], 6, head + content))


class Session:
    """A Modbus session over TCP, opened when it is made."""

    def __init__(self, client, server):
        self.ends, self.seq, self.number = (client, server), [1_000, 2_000], 0
        self.opened = [
            tcp(client, server, 999, 0, 0x02),
            tcp(server, client, 1_999, 1_000, 0x12),
            tcp(client, server, 1_000, 2_000, 0x10),
        ]

    def send(self, way, content):
        source, destination = self.ends if way == 0 else self.ends[::-1]
        frame = tcp(source, destination, self.seq[way], self.seq[1 - way], 0x18, content)
        self.seq[way] = (self.seq[way] + len(content)) & 0xFFFFFFFF
        return frame

    def message(self, way, pdu):
        head = struct.pack(">HHHB", self.number & 0xFFFF, 0, len(pdu) + 1, 1)
        return self.send(way, head + pdu)

    def poll(self):
        self.number += 1
        yield self.message(0, bytes([3, 0, 0, 0, 2]))
        yield self.message(1, bytes([3, 4, 0, 1, 0, 2]))

    def write(self):
        self.number += 1
        yield self.message(0, bytes([6, 0, 7, 0, 9]))
        yield self.message(1, bytes([6, 0, 7, 0, 9]))


def stranger(number):
    """A host of the flood: its address in 10.0.0.0/8, its MAC in a range of its own."""
    address = scattered(number, 24)
    return b"\x02\x66\x66" + address.to_bytes(3, "big"), b"\x0a" + address.to_bytes(3, "big")


def syns(number):
    mac, address = stranger(number)
    source = (mac, address, 1024 + (number >> 24) + number % 60_000)
    return tcp(source, CONTROLLER, number, 0, 0x02)


def datagrams(number):
    mac, address = stranger(number)
    port = scattered(number, 16) | 1024
    content = struct.pack(">HHHH", port, scattered(number, 15) + 1024, 16, 0) + b"floods! "
    return ether(mac, CONTROLLER[0], ip(address, CONTROLLER[1], 17, content))


def hosts(number):
    mac, address = stranger(number)
    announced = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + mac + address + bytes(6) + address
    return ether(mac, b"\xff" * 6, announced, 0x0806)


def fragments(number):
    mac, address = stranger(number & 0xFFF)
    first = struct.pack(">HHHH", 4_000, 502, 2_000, 0) + b"\x55" * 88
    content = ip(address, CONTROLLER[1], 17, first, number & 0xFFFF, 0x2000)
    return ether(mac, CONTROLLER[0], content)


class Requests:
    """Requests of one session that nobody answers."""

    def __init__(self):
        client = (b"\x02\x66\x66\x00\x00\x01", bytes([192, 168, 1, 66]), 40_000)
        server = (b"\x02\x66\x66\x00\x00\x02", bytes([192, 168, 1, 67]), 502)
        self.session = Session(client, server)

    def __call__(self, number):
        self.session.number = number
        return self.session.message(0, struct.pack(">BHH", 3, number & 0x7FFF, 1))


FLOODS = [
    ("SYNs", 10_000_000, lambda: syns),
    ("UDP conversations", 10_000_000, lambda: datagrams),
    ("hosts", 1_000_000, lambda: hosts),
    ("fragments", 3_000_000, lambda: fragments),
    ("unanswered requests", 1_000_000, Requests),
]


def make(path, count, flood):
    """Writes a capture; how many polls and writes are in it."""
    control, polls, writes, nanos = Session(STATION, CONTROLLER), 0, 0, START * 1_000_000_000
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 1))

        def put(frame):
            nonlocal nanos
            nanos += STEP
            seconds, rest = divmod(nanos, 1_000_000_000)
            out.write(struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame)

        for frame in control.opened:
            put(frame)
        if isinstance(flood, Requests):
            for frame in flood.session.opened:
                put(frame)
        for number in range(count):
            if number % POLL == 0:
                polls += 1
                for frame in control.poll():
                    put(frame)
            if number % WRITE == 0:
                writes += 1
                for frame in control.write():
                    put(frame)
            put(flood(number))
    return polls, writes


def own(pid):
    """MiB of its own memory."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def replay(jaga, capture, options):
    """What it told, the most memory of its own, processor and elapsed seconds."""
    command = [jaga, "replay", "-q", "--json", "--events", "/dev/null", *options, capture]
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        most = 0.0
        while process.poll() is None:
            most = max(most, own(process.pid))
            time.sleep(0.02)
        if process.returncode != 0:
            sys.exit(f"floods: {' '.join(map(str, command))} ended with {process.returncode}")
        out.seek(0)
        return json.load(out), most, time.monotonic() - began


def control(told):
    """Polls and writes of the control session, and writes known to be carried out."""
    station, controller = (".".join(map(str, end[1])) for end in (STATION, CONTROLLER))

    def ours(row):
        return (row["actor"]["address"], row["device"]["address"]) == (station, controller)

    done = sum(row["operations"] for row in told["control"] if ours(row))
    acts = [act for act in told["operations"] if ours(act)]
    acts = [act for act in acts if act["operation"] == "write single register"]
    written, carried = (sum(act[key] for act in acts) for key in ("count", "carried_out"))
    return done - written, written, carried


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("jaga")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--rules", action="append", default=[])
    parser.add_argument("--workers", default="1")
    parser.add_argument("--part", type=float, default=1.0)
    parser.add_argument("--only")
    parser.add_argument("--record", type=pathlib.Path)
    asked = parser.parse_args()
    options = ["--workers", asked.workers]
    for path in asked.rules:
        options += ["--rules", path]
    lines = [
        f"# Floods, {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"`benches/floods.py`, {asked.workers} worker(s), {len(asked.rules)} rule files or folders"
        f" beside the shipped ones, {asked.part:g} of each flood; {os.cpu_count()} cores.",
        "",
        "| flood | frames | own memory, MiB | polls | writes | carried out | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    failed = False
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        capture = pathlib.Path(folder) / "flood.pcap"
        for name, count, kind in FLOODS:
            if asked.only and asked.only != name:
                continue
            polls, writes = make(capture, int(count * asked.part), kind())
            told, most, seconds = replay(asked.jaga, capture, options)
            capture.unlink()
            seen = control(told)
            good = most <= CEILING and seen == (polls, writes, writes)
            failed |= not good
            line = (
                f"| {name} | {told['frames']['received']:,} | {most:.0f} of {CEILING}"
                f" | {seen[0]:,} of {polls:,} | {seen[1]:,} of {writes:,} | {seen[2]:,}"
                f" | {seconds:.1f}{'' if good else ' **failed**'} |"
            )
            lines.append(line)
            print(line, flush=True)
    if asked.record:
        asked.record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
