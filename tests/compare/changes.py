"""What happens on a site without an attack, made of a capture of it. Used by detection.py.

Each change is a function of the time and the bytes of a packet that gives what becomes of it; all
begin at a time, so that what came before can be learned, and are the same every time.
"""

import random
import struct

from packets import addresses

# Where the checksum of TCP and UDP stands in a frame without tags and IP options.
CHECKSUMS = {6: 50, 17: 40}


def lost(begin, share):
    """The mirror loses this share of packets."""
    chance = random.Random(1)
    return lambda time, content: [] if time >= begin and chance.random() < share else [(time, content)]


def doubled(begin):
    """The mirror sends each packet twice."""
    return lambda time, content: [(time, content)] * (2 if time >= begin else 1)


def slower(begin, factor):
    """Everything takes this many times as long."""
    return lambda time, content: [(begin + factor * (time - begin) if time >= begin else time, content)]


def dark(begin, end):
    """The mirror shows nothing up to the end."""
    return lambda time, content: [] if begin <= time < end else [(time, content)]


def silent(begin, end, host):
    """A device neither sends nor gets anything up to the end."""

    def change(time, content):
        return [] if begin <= time < end and host in addresses(content) else [(time, content)]

    return change


def second(begin, host, twin, mac):
    """A device like this one begins to do the same, beside it."""

    def change(time, content):
        copy = renamed(content, host, twin, mac) if time >= begin else None
        return [(time, content)] + ([(time + 0.05, copy)] if copy else [])

    return change


def insider(stranger, known, mac):
    """What a stranger does is done from a device that is known; its ARP is left out."""

    def change(time, content):
        if stranger not in addresses(content):
            return [] if content[12:14] == b"\x08\x06" and ipv4(stranger) in content else [(time, content)]
        return [(time, renamed(content, stranger, known, mac) or content)]

    return change


def ipv4(text):
    return bytes(map(int, text.split(".")))


def renamed(content, host, name, mac):
    """A packet that one host sends or gets, as if it were the other; none of a broadcast."""
    plain = len(content) > 40 and content[12:15] == b"\x08\x00\x45" and content[:6] != b"\xff" * 6
    if not plain or host not in addresses(content) or content[23] not in CHECKSUMS:
        return None
    copy = bytearray(content)
    at, ethernet = (26, 6) if addresses(content)[0] == host else (30, 0)
    old, new = ipv4(host), ipv4(name)
    copy[at : at + 4] = new
    copy[ethernet : ethernet + 6] = mac
    corrected(copy, 24, old, new)
    corrected(copy, CHECKSUMS[copy[23]], old, new)
    return bytes(copy)


def corrected(frame, at, old, new):
    """Corrects a checksum for bytes that were replaced (RFC 1624)."""
    total = ~struct.unpack_from("!H", frame, at)[0] & 0xFFFF
    for was, becomes in zip(struct.unpack("!HH", old), struct.unpack("!HH", new)):
        total += (~was & 0xFFFF) + becomes
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", frame, at, ~total & 0xFFFF)
