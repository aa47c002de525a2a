"""What happens on a site without an attack, made of a capture of it. Used by detection.py.

Each change is a function of the time and the bytes of a packet that gives what becomes of it; all
begin at a time, so that what came before can be learned, and are the same every time.
"""

import random
import struct

from packets import addresses


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


def silent(begin, end, host):
    """A device neither sends nor gets anything up to the end."""

    def change(time, content):
        return [] if begin <= time < end and host in addresses(content) else [(time, content)]

    return change


def second(begin, host, twin, mac):
    """A device like this one begins to do the same, beside it."""
    old, new = (bytes(map(int, ip.split("."))) for ip in (host, twin))
    own = {}

    def change(time, content):
        packets = [(time, content)]
        if time < begin or host not in addresses(content):
            return packets
        sends = addresses(content)[0] == host
        if sends:
            own["mac"] = content[6:12]
        if content[14] >> 4 != 4 or content[14] & 15 != 5 or content[:6] == b"\xff" * 6:
            return packets
        copy = bytearray(content)
        at, ethernet = (26, 6) if sends else (30, 0)
        copy[at : at + 4] = new
        copy[ethernet : ethernet + 6] = mac
        corrected(copy, 24, old, new)
        corrected(copy, {6: 50, 17: 40}[copy[23]], old, new)
        return packets + [(time + 0.05, bytes(copy))]

    return change


def corrected(frame, at, old, new):
    """Corrects a checksum for bytes that were replaced (RFC 1624)."""
    total = ~struct.unpack_from("!H", frame, at)[0] & 0xFFFF
    for was, becomes in zip(struct.unpack("!HH", old), struct.unpack("!HH", new)):
        total += (~was & 0xFFFF) + becomes
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("!H", frame, at, ~total & 0xFFFF)
