"""Packets of capture files: their times, bytes and addresses. Used by the scripts beside it."""

import pathlib
import struct


def packets(capture):
    """Time and bytes of each packet of a pcap or pcapng file with an Ethernet link."""
    data = pathlib.Path(capture).read_bytes()
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        yield from blocks(data)
        return
    order = "<" if magic[:1] in b"\xd4\x4d" else ">"
    unit = 1e-9 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e-6
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, length, _ = struct.unpack_from(order + "IIII", data, at)
        yield seconds + fraction * unit, data[at + 16 : at + 16 + length]
        at += 16 + length


def blocks(data):
    """The packets of a pcapng file (draft-ietf-opsawg-pcapng), enhanced blocks only."""
    at, order, units = 0, "<", []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            length = struct.unpack_from(order + "I", data, at + 4)[0]
            units = []
        elif kind == 1:
            units.append(resolution(data[at + 16 : at + length - 4], order))
        elif kind == 6:
            interface, high, low, size, _ = struct.unpack_from(order + "IIIII", data, at + 8)
            yield ((high << 32) + low) * units[interface], data[at + 28 : at + 28 + size]
        at += max(length, 12)


def resolution(options, order):
    """The unit of time stamps that the options of an interface tell: microseconds without one."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(order + "HH", options, at)
        if code == 9:
            value = options[at + 4]
            return 2.0 ** -(value & 127) if value & 128 else 10.0**-value
        at += 4 + (length + 3) // 4 * 4
    return 1e-6


def addresses(frame):
    """The IPv4 ends of an Ethernet frame."""
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    if frame[at : at + 2] != b"\x08\x00" or len(frame) < at + 22:
        return ()
    return tuple(".".join(map(str, frame[at + p : at + p + 4])) for p in (14, 18))


def cut(capture, last, target):
    """Writes the packets of a pcap file up to the one with this number."""
    with open(capture, "rb") as source, open(target, "wb") as out:
        head = source.read(24)
        order = "<" if head[:1] in b"\xd4\x4d" else ">"
        out.write(head)
        for _ in range(last):
            record = source.read(16)
            out.write(record + source.read(struct.unpack(order + "IIII", record)[2]))


def rewrite(capture, target, change):
    """Writes a pcap file with what a change makes of each packet: a list of times and bytes."""
    made = []
    for time, content in packets(capture):
        made += change(time, content)
    made.sort(key=lambda packet: packet[0])
    with open(target, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, 1))
        for time, content in made:
            seconds, micros = divmod(round(time * 1e6), 1_000_000)
            out.write(struct.pack("<IIII", seconds, micros, len(content), len(content)) + content)
