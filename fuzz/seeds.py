#!/usr/bin/env python3
"""Writes seeds for the session target from captures: conversations as its input spells them.

    fuzz/seeds.py JAGA TARGET CAPTURE...

TARGET/session-PROTOCOL gets a file for each conversation over TCP or UDP in which JAGA finds the
protocol, at most SEEDS a capture. tshark takes the captures apart. An input is an octet that
picks carrier and ports, then packets: an octet that names the side, a length, the octets.
"""

import collections
import json
import pathlib
import subprocess
import sys

# Longest input that the targets are run with, and most seeds of a protocol from one capture.
LENGTH = 4096
SEEDS = 3
# The place of UDP among the carriers of a protocol that has TCP too, in the upper half.
UDP = 0x10


def protocols(jaga, capture):
    """{frame: protocols} as Jaga decodes them."""
    done = subprocess.run([jaga, "decode", "--json", capture], capture_output=True, text=True)
    found = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        pdu = json.loads(line)
        found[pdu["frame"]].add(pdu["protocol"])
    return found


def packets(capture):
    """(frame, conversation, sender, payload) of each packet that carries octets."""
    fields = ["frame.number", "tcp.stream", "udp.stream", "tcp.srcport", "udp.srcport",
              "tcp.payload", "udp.payload"]
    command = ["tshark", "-r", capture, "-T", "fields", "-E", "occurrence=f"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        frame, tcp, udp, *ports, tcp_octets, udp_octets = line.split("\t")
        octets = bytes.fromhex(tcp_octets or udp_octets)
        if octets:
            yield int(frame), (tcp, udp), ports, octets


def spelled(conversation):
    """The input of one conversation."""
    (_, udp), first, *_ = conversation[0]
    seed = bytearray([UDP if udp else 0])
    for _, ports, octets in conversation:
        side = int(ports != first)
        while octets and len(seed) + 2 < LENGTH:
            piece, octets = octets[:255], octets[255:]
            seed += bytes([side, len(piece)]) + piece
    return bytes(seed[:LENGTH])


def main():
    jaga, target, captures = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    written = 0
    for capture in captures:
        spoken = protocols(jaga, capture)
        conversations, names = collections.defaultdict(list), collections.defaultdict(set)
        for frame, conversation, ports, octets in packets(capture):
            conversations[conversation].append((conversation, ports, octets))
            names[conversation] |= spoken[frame]
        counts = collections.Counter()
        for conversation, content in conversations.items():
            for name in names[conversation]:
                counts[name] += 1
                if counts[name] > SEEDS:
                    continue
                folder = target / f"session-{name}"
                folder.mkdir(parents=True, exist_ok=True)
                stem = pathlib.Path(capture).stem
                (folder / f"{stem}-{counts[name]}").write_bytes(spelled(content))
                written += 1
    print(f"{written} seeds")


main()
