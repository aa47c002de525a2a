#!/usr/bin/env python3
"""Builds the capture that the throughput bench replays: cyclic OT traffic of many host pairs.

    benches/make_capture.py OUT.pcap [--megabytes 500] [--seed 1] [--office] [SOURCE.pcap ...]

Takes real captures (without arguments the shipped ones of pcaps/), gives each copy hosts of its
own, lays the copies side by side in time, and writes one pcap file with Ethernet frames and
right checksums. A copy that is through begins again, and its TCP sessions go on where they
stood, as sessions of a plant do for months: sequence numbers continue, and what opens or closes
a session is left out. With --office part of the octets is HTTP, DNS, TLS and SMB of people, as
office.py writes them. The same arguments give the same bytes.
"""

import argparse
import collections
import heapq
import pathlib
import random
import struct
import sys

import office

OFFICES = 4  # lanes of people; with those of the plant they make about half of the octets
LANES = 240  # copies that run side by side, each with host pairs of its own
ROOT = pathlib.Path(__file__).resolve().parent.parent
DEFAULT = [
    "pcaps/modbus/quickdraw-2.pcap",
    "pcaps/sites/ot-modbus-write-manipulation.pcap",
    "pcaps/sites/ot-dnp3-control-injection.pcap",
    "pcaps/s7comm/snap7.pcap",
    "pcaps/s7comm/s7comm_reading_plc_status.pcap",
    "pcaps/dnp3/icsnpp-example.pcap",
    "pcaps/enip/enip_cip_example.pcap",
]


def read_pcap(path):
    """Yields (nanoseconds, frame) of an Ethernet pcap file."""
    data = path.read_bytes()
    magic = data[:4]
    orders = {
        b"\xd4\xc3\xb2\xa1": ("<", 1000),
        b"\xa1\xb2\xc3\xd4": (">", 1000),
        b"\x4d\x3c\xb2\xa1": ("<", 1),
        b"\xa1\xb2\x3c\x4d": (">", 1),
    }
    if magic not in orders:
        sys.exit(f"{path}: not a pcap file")
    order, scale = orders[magic]
    if struct.unpack(order + "I", data[20:24])[0] & 0xFFFF != 1:
        sys.exit(f"{path}: not an Ethernet capture")
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, original = struct.unpack(order + "IIII", data[at : at + 16])
        frame = data[at + 16 : at + 16 + captured]
        if captured == original == len(frame):
            yield seconds * 1_000_000_000 + fraction * scale, frame
        at += 16 + captured


def ones_sum(data):
    """One's complement sum of 16-bit words (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    return sum(struct.unpack(f">{len(data) // 2}H", data))


def fold(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Template:
    """A frame with its addresses and checksums taken out, ready to be filled in."""

    def __init__(self, nanos, frame, hosts):
        self.nanos = nanos
        self.frame = bytearray(frame)
        length = struct.unpack(">H", frame[16:18])[0]
        self.end = 14 + length
        self.source = hosts.setdefault(frame[26:30], len(hosts))
        self.destination = hosts.setdefault(frame[30:34], len(hosts))
        self.tcp = frame[23] == 6
        self.ip_sum = ones_sum(bytes(frame[14:24]) + b"\0\0")
        self.check = 50 if self.tcp else 40
        body = bytearray(frame[34 : self.end])
        body[self.check - 34 : self.check - 32] = b"\0\0"
        if self.tcp:
            self.numbers = struct.unpack(">II", frame[38:46])
            self.flags = frame[47]
            self.content = length - 20 - 4 * (frame[46] >> 4)
            body[4:12] = bytes(8)
        self.body_sum = ones_sum(bytes(body)) + frame[23] + (length - 20)
        self.end_of = bytes(frame[26:30]) + bytes(frame[34:36])
        self.end_to = bytes(frame[30:34]) + bytes(frame[36:38])

    def stays(self):
        """Whether it belongs into a session that goes on."""
        return not self.tcp or self.flags & 0x07 == 0

    def fill(self, lane, turn, spans):
        """The frame for a lane's hosts, in that lane's so many-th turn."""
        frame = bytearray(self.frame)
        addresses = struct.pack(
            ">BBBBBBBB",
            10, lane >> 8, lane & 255, 1 + self.source % 250,
            10, lane >> 8, lane & 255, 1 + self.destination % 250,
        )
        frame[26:34] = addresses
        total = sum(struct.unpack(">4H", addresses))
        frame[24:26] = struct.pack(">H", fold(self.ip_sum + total))
        if self.tcp:
            key = (self.end_of, self.end_to)
            numbers = struct.pack(
                ">II",
                (self.numbers[0] + turn * spans[key]) & 0xFFFFFFFF,
                (self.numbers[1] + turn * spans[key[::-1]]) & 0xFFFFFFFF,
            )
            frame[38:46] = numbers
            total += sum(struct.unpack(">4H", numbers))
        body = fold(self.body_sum + total)
        frame[self.check : self.check + 2] = struct.pack(">H", body or 0xFFFF)
        frame[0:12] = struct.pack(
            ">BBHBBBBHBB",
            2, 0x0A, lane, 0, 1 + self.destination % 250, 2, 0x0A, lane, 0, 1 + self.source % 250,
        )
        return bytes(frame)


def advance(source):
    """How far the sequence numbers of each direction of each session go in one turn."""
    spans = collections.Counter()
    first = {}
    for template in source:
        if template.tcp:
            key = (template.end_of, template.end_to)
            sequence = template.numbers[0]
            if template.flags & 0x02:
                sequence += 1
            begin = first.setdefault(key, sequence)
            reach = (sequence + template.content - begin) & 0xFFFFFFFF
            if template.stays() and reach < 1 << 31:
                spans[key] = max(spans[key], reach)
    return spans


def templates(path):
    """The TCP and UDP frames of a capture, from time 0 on."""
    plain = [
        (nanos, frame)
        for nanos, frame in read_pcap(path)
        if frame[12:15] == b"\x08\x00\x45"
        and frame[23] in (6, 17)
        and struct.unpack(">H", frame[20:22])[0] & 0x3FFF == 0
        and 42 <= 14 + struct.unpack(">H", frame[16:18])[0] <= len(frame)
    ]
    hosts = {}
    start = plain[0][0]
    return [Template(nanos - start, frame, hosts) for nanos, frame in plain]


def lane(number, sources, rng):
    """One lane for ever: a source again and again."""
    source = sources[number % len(sources)]
    spans = advance(source)
    # Idle time is squeezed out: no pause is longer than 50 ms.
    offsets, now, last = [], 0, source[0].nanos
    for template in source:
        now += min(max(template.nanos - last, 1_000), 50_000_000)
        last = template.nanos
        offsets.append(now)
    begin = rng.randrange(1_000_000_000)
    turn = 0
    while True:
        for offset, template in zip(offsets, source):
            if turn == 0 or template.stays():
                yield begin + offset, number, template.fill(number, turn, spans)
        begin += offsets[-1] + rng.randrange(1_000_000, 50_000_000)
        turn += 1


def people(number, rng):
    """One lane for ever: what people do in an office."""
    now = rng.randrange(1_000_000_000)
    for pause, frame in office.conversations(number, rng):
        now += pause
        yield now, LANES + number, frame


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--office", action="store_true")
    parser.add_argument("sources", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    paths = arguments.sources or [ROOT / path for path in DEFAULT]
    sources = [source for source in map(templates, paths) if source]
    rng = random.Random(arguments.seed)
    lanes = [lane(number, sources, random.Random(rng.random())) for number in range(LANES)]
    if arguments.office:
        lanes += [people(number, random.Random(rng.random())) for number in range(OFFICES)]
    start = 1_700_000_000
    size, limit, frames, human = 24, arguments.megabytes * 1_000_000, 0, 0
    with open(arguments.out, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for nanos, number, frame in heapq.merge(*lanes):
            seconds, rest = divmod(nanos, 1_000_000_000)
            head = struct.pack("<IIII", start + seconds, rest // 1000, len(frame), len(frame))
            out.write(head)
            out.write(frame)
            size += 16 + len(frame)
            frames += 1
            human += len(frame) if number >= LANES else 0
            if size >= limit:
                break
    mean = (size - 24) / frames - 16
    share = f", {human / size:.0%} of people" if arguments.office else ""
    print(f"{arguments.out}: {frames} frames, {size} octets, mean frame {mean:.1f}{share}")


if __name__ == "__main__":
    main()
