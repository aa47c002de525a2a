"""Frames and capture files: Ethernet, IPv4 and IPv6, TCP conversations, UDP and ICMP."""

import struct

SEGMENT = 1400
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Capture:
    """A capture in the making; its clock goes on with each frame."""

    def __init__(self):
        self.frames = []
        self.time = 1_700_000_000.0
        self.identification = 1

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for time, frame in self.frames:
                micros = round(time * 1e6)
                out.write(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)))
                out.write(frame)

    def ip(self, source, destination, protocol, content, header=None):
        header = header or {}
        self.time += 0.001
        self.identification = self.identification % 65535 + 1
        if source.version == 4:
            made = struct.pack(
                "!BBHHHBBH4s4s", 0x45, header.get("tos", 0), 20 + len(content),
                header.get("id", self.identification), header.get("fragbits", 0) << 13,
                header.get("ttl", 64), protocol, 0, source.packed, destination.packed)
            made = made[:10] + struct.pack("!H", checksum(made)) + made[12:]
            kind = 0x0800
        else:
            made = struct.pack("!IHBB16s16s", 6 << 28, len(content), protocol, header.get("ttl", 64),
                               source.packed, destination.packed)
            kind = 0x86dd
        mac = lambda address: b"\x02\x00" + address.packed[-4:]
        frame = mac(destination) + mac(source) + struct.pack("!H", kind) + made + content
        self.frames.append((self.time, frame))

    def transport(self, source, destination, protocol, content, at, header):
        pseudo = source.packed + destination.packed + struct.pack("!IHBB", len(content), 0, 0, protocol)
        total = checksum(pseudo + content) or 0xffff
        content = content[:at] + struct.pack("!H", total) + content[at + 2:]
        self.ip(source, destination, protocol, content, header)

    def udp(self, source, destination, content, header=None):
        """A datagram; ends are (address, port)."""
        made = struct.pack("!HHHH", source[1], destination[1], 8 + len(content), 0) + content
        self.transport(source[0], destination[0], 17, made, 6, header)

    def tcp(self, source, destination, numbers, flags, content=b"", header=None):
        """A segment; numbers are those of its sequence and acknowledgment."""
        header = header or {}
        made = struct.pack("!HHIIBBHHH", source[1], destination[1], numbers[0] & 0xffffffff,
                           numbers[1] & 0xffffffff, 0x50, flags, header.get("window", 8192), 0, 0) + content
        self.transport(source[0], destination[0], 6, made, 16, header)

    def icmp(self, source, destination, kind, code, rest, content, header=None):
        made = struct.pack("!BBH", kind, code, 0) + rest + content
        if source.version == 4:
            made = made[:2] + struct.pack("!H", checksum(made)) + made[4:]
            self.ip(source, destination, 1, made, header)
        else:
            self.transport(source, destination, 58, made, 2, header)

    def conversation(self, client, server, pieces, header=None):
        """A TCP connection from handshake to end; pieces are (to the server, octets)."""
        numbers = {True: 1000, False: 5000}
        header = header or {}
        self.tcp(client, server, (numbers[True], 0), 2)
        numbers[True] += 1
        self.tcp(server, client, (numbers[False], numbers[True]), 18)
        numbers[False] += 1
        self.tcp(client, server, (numbers[True], numbers[False]), 16)
        for to_server, octets in pieces:
            ends = (client, server) if to_server else (server, client)
            segment = header.get("segment", SEGMENT)
            for at in range(0, len(octets), segment):
                part = octets[at:at + segment]
                self.tcp(*ends, (numbers[to_server], numbers[not to_server]), header.get("flags", 24), part, header)
                numbers[to_server] += len(part)
                self.tcp(*reversed(ends), (numbers[not to_server], numbers[to_server]), 16)
        for to_server in (True, False):
            ends = (client, server) if to_server else (server, client)
            self.tcp(*ends, (numbers[to_server], numbers[not to_server]), 17)
            numbers[to_server] += 1
        self.tcp(client, server, (numbers[True], numbers[False]), 16)
