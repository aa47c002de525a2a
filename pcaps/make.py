#!/usr/bin/env python3
"""Builds pcaps/made/: small captures of operations that no redistributable capture shows.

Every PDU is written after its standard and answered as a device would; the octets are the same
on every run. `tests/shipped_rules.rs` builds them anew and compares.

    python3 pcaps/make.py [FOLDER]
"""
import pathlib
import struct
import sys

START = 1_700_000_000_000_000  # microseconds since 1970


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """A capture file: frames 10 ms apart."""

    def __init__(self):
        self.frames = []
        self.now = START

    def frame(self, octets):
        self.frames.append((self.now, octets))
        self.now += 10_000

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time, octets in self.frames:
                out.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(octets), len(octets)))
                out.write(octets)


def address(number):
    return bytes([10, 20, 0, number])


def mac(number):
    return bytes([0x02, 0x00, 0x0A, 0x14, 0x00, number])


class Connection:
    """A TCP connection from a client to a server, opened, used and closed."""

    def __init__(self, capture, client, server, port, source=50000):
        self.capture = capture
        self.ends = [(client, source), (server, port)]
        self.sequence = [1000, 9000]
        self.identity = 1
        self.send(0, b"", 0x02)
        self.sequence[0] += 1
        self.send(1, b"", 0x12)
        self.sequence[1] += 1
        self.send(0, b"", 0x10)

    def send(self, side, content, flags=0x18):
        (source, port), (target, to) = self.ends[side], self.ends[1 - side]
        acknowledged = self.sequence[1 - side] if flags & 0x10 else 0
        tcp = struct.pack(">HHIIBBHHH", port, to, self.sequence[side], acknowledged, 0x50, flags, 8192, 0, 0)
        pseudo = address(source) + address(target) + struct.pack(">BBH", 0, 6, len(tcp) + len(content))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp + content)) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(content), self.identity, 0x4000, 64, 6, 0)
        ip += address(source) + address(target)
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        self.identity += 1
        self.capture.frame(mac(target) + mac(source) + b"\x08\x00" + ip + tcp + content)
        self.sequence[side] += len(content)

    def ask(self, request, response=None):
        self.send(0, request)
        if response is not None:
            self.send(1, response)

    def close(self):
        self.send(0, b"", 0x11)
        self.sequence[0] += 1
        self.send(1, b"", 0x11)
        self.sequence[1] += 1
        self.send(0, b"", 0x10)


def ipv4(source, target, protocol, content, options=b""):
    """An IPv4 packet (RFC 791)."""
    length = 20 + len(options)
    ip = struct.pack(">BBHHHBBH", 0x40 | length // 4, 0, length + len(content), 1, 0, 64, protocol, 0)
    ip += source + target + options
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + content


def packet(capture, source, target, protocol, content, options=b"", to=None):
    """An IPv4 packet between two of our hosts."""
    head = mac(target) if to is None else to
    ip = ipv4(address(source), address(target), protocol, content, options)
    capture.frame(head + mac(source) + b"\x08\x00" + ip)


def udp(source, target, content, ends):
    """A UDP datagram with its checksum (RFC 768)."""
    length = 8 + len(content)
    head = struct.pack(">HHHH", source, target, length, 0)
    pseudo = ends[0] + ends[1] + struct.pack(">BBH", 0, 17, length)
    return head[:6] + struct.pack(">H", checksum(pseudo + head + content)) + content


def tcp(source, target, ports, flags, sequence=1, acknowledged=0):
    """A TCP segment without content (RFC 9293)."""
    head = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 1024, 0, 0)
    pseudo = address(source) + address(target) + struct.pack(">BBH", 0, 6, len(head))
    return head[:16] + struct.pack(">H", checksum(pseudo + head)) + head[18:]


def datagram(capture, source, target, port, content, reply=None, own=None):
    """A UDP datagram to a port, and its answer."""
    own = own or port
    ends = (address(source), address(target))
    packet(capture, source, target, 17, udp(own, port, content, ends))
    if reply is not None:
        packet(capture, target, source, 17, udp(port, own, reply, ends[::-1]))


# -- Modbus: MODBUS Messaging on TCP/IP V1.0b, Application Protocol V1.1b3 --


class Modbus(Connection):
    def __init__(self, capture, client=1, server=10, source=50000):
        super().__init__(capture, client, server, 502, source)
        self.transaction = 0

    def adu(self, pdu, unit):
        return struct.pack(">HHHB", self.transaction, 0, len(pdu) + 1, unit) + pdu

    def do(self, request, response, unit=1):
        self.transaction += 1
        self.ask(self.adu(request, unit), None if response is None else self.adu(response, unit))

    def umas(self, code, data=b"", answer=b"", session=7):
        head = bytes([0x5A, session])
        self.do(head + bytes([code]) + data, head + b"\xfe" + answer)


def modbus(capture):
    c = Modbus(capture)
    for pdu in ("08 0001 0000", "08 0001 ff00", "08 0003 2b00", "08 000a 0000"):
        c.do(bytes.fromhex(pdu), bytes.fromhex(pdu))
    c.do(bytes.fromhex("08 0004 0000"), None)
    record = bytes.fromhex("15 0d 06 0004 0007 0003 06af 04be 100d")
    c.do(record, record)
    c.umas(0x10, bytes.fromhex("5a5a0000") + b"\x04EWS1", b"\x07")
    c.umas(0x21, bytes.fromhex("01 0014 00000000 0004 deadbeef"))
    c.umas(0x30, b"\x00\x01", b"\x00\xf4")
    c.umas(0x31, bytes.fromhex("0001 0001 0400 aabbccdd"))
    c.umas(0x32, b"\x00\x01")
    c.umas(0x41, b"\xff\x00")
    c.umas(0x40, b"\xff\x00")
    c.umas(0x71, bytes.fromhex("01 0001 01"))
    c.do(bytes.fromhex("06 0001 0003"), None, unit=0)
    c.do(bytes.fromhex("06 0001 0003"), bytes.fromhex("86 02"))
    c.close()


def modbus_malformed(capture):
    c = Modbus(capture)
    read, answer = bytes.fromhex("03 0001 0002"), bytes.fromhex("03 04 0001 0002")
    c.do(read, answer)
    c.transaction += 1
    c.ask(struct.pack(">HHHB", c.transaction, 1, 6, 1) + read)
    c.do(bytes.fromhex("00 0001 0002"), bytes.fromhex("80 01"))
    c.do(bytes.fromhex("19 0001 0002"), bytes.fromhex("99 01"))
    c.do(bytes.fromhex("03 0001 00c8"), bytes.fromhex("83 03"))
    c.do(read, bytes.fromhex("83 63"))
    c.do(read, bytes.fromhex("03 06 0001 0002 0003"))
    c.transaction = 500
    c.send(1, c.adu(answer, 1))
    c.do(bytes.fromhex("06 0001 0003 0004"), bytes.fromhex("06 0001 0003"))
    for _ in range(300):
        c.do(read, None)
    c.do(read, answer)
    c.close()
    c = Modbus(capture, source=50001)
    c.do(read, answer)
    c.ask(struct.pack(">HHHB", 9, 0, 1, 1))
    c.ask(struct.pack(">HHHB", 10, 0, 600, 1) + bytes(600))
    c.close()


def modbus_scan(capture):
    for device in range(12):
        c = Modbus(capture, server=20 + device, source=51000 + device)
        objects = b"\x00\x04ACME" + b"\x01\x02P1" + b"\x02\x03V1."
        c.do(bytes.fromhex("2b 0e 01 00"), bytes.fromhex("2b 0e 01 01 00 00 03") + objects)
        for register in range(3):
            c.do(struct.pack(">BHH", 3, 60000 + register, 1), b"\x83\x02")
            c.do(struct.pack(">BHH", 6, 60000 + register, 1), b"\x86\x02")
        c.close()


# -- S7comm over ISO on TCP: RFC 1006, ISO 8073 --


def modbus_recon(capture):
    # Functions, addresses and units tried one after the other.
    c = Modbus(capture, client=5)
    for function in range(7, 30):
        c.do(bytes([function, 0, 0]), bytes([function | 0x80, 1]))
    for at in range(0, 3200, 200):
        c.do(struct.pack(">BHH", 3, at, 100), bytes.fromhex("83 02"))
    for unit in range(1, 12):
        c.do(bytes.fromhex("03 0000 0001"), bytes.fromhex("83 0b"), unit=unit)
    c.close()
    c = Modbus(capture, client=6)
    for unit in range(1, 15):
        c.do(bytes.fromhex("03 0000 0001"), None, unit=unit)
        c.do(bytes.fromhex("03 0000 0001"), bytes.fromhex("03 02 0007"), unit=20)
        capture.now += 3_000_000
    capture.now += 60_000_000
    c.do(bytes.fromhex("03 0000 0001"), bytes.fromhex("03 02 0007"))
    c.close()
    for function in (9, 125):
        c = Modbus(capture, client=7)
        c.do(bytes([function, 0, 0]), bytes([function, 0, 0]))
        c.close()


def modbus_poll(capture, rounds, others=()):
    """An operator station reads and writes for minutes; others come at their round."""
    station = Modbus(capture, client=2)
    for number in range(rounds):
        station.do(bytes.fromhex("03 0000 0002"), bytes.fromhex("03 04 0001 0002"))
        if number % 30 == 10:
            station.do(bytes.fromhex("06 0004 0003"), bytes.fromhex("06 0004 0003"))
        for at, act in others:
            if at == number:
                act()
        capture.now += 5_000_000
    station.close()


def new_actor(capture):
    def comes():
        c = Modbus(capture, client=66, source=51000)
        c.do(bytes.fromhex("2b 0e 01 00"), bytes.fromhex("2b 0e 01 01 00 00 01 00 04") + b"Made")
        c.do(bytes.fromhex("03 0000 0008"), bytes.fromhex("03 10") + bytes(16))
        c.do(bytes.fromhex("04 0000 0008"), bytes.fromhex("04 10") + bytes(16))
        c.do(bytes.fromhex("01 0000 0008"), bytes.fromhex("01 01 00"))
        c.do(bytes.fromhex("02 0000 0008"), bytes.fromhex("02 01 00"))
        c.do(bytes.fromhex("03 0064 0008"), bytes.fromhex("03 10") + bytes(16))
        c.do(bytes.fromhex("06 0004 0009"), bytes.fromhex("06 0004 0009"))
        c.do(bytes.fromhex("08 0001 0000"), bytes.fromhex("08 0001 0000"))
        c.close()

    modbus_poll(capture, 60, [(50, comes)])


def known_actors(capture):
    modbus_poll(capture, 60)


def tpkt(content):
    return struct.pack(">BBH", 3, 0, len(content) + 4) + content


def cotp(content):
    return tpkt(b"\x02\xf0\x80" + content)


class S7(Connection):
    def __init__(self, capture, client=1, server=11, source=50000):
        super().__init__(capture, client, server, 102, source)
        self.reference = 0
        parameters = bytes.fromhex("c0010a c1020100 c2020102")
        self.ask(
            tpkt(bytes([6 + len(parameters)]) + bytes.fromhex("e0 0000 0001 00") + parameters),
            tpkt(bytes([6 + len(parameters)]) + bytes.fromhex("d0 0001 0002 00") + parameters),
        )
        setup = bytes.fromhex("f0 00 0001 0001 01e0")
        self.job(setup, setup)

    def pdu(self, rosctr, parameter, data=b"", error=None):
        head = struct.pack(">BBHHHH", 0x32, rosctr, 0, self.reference, len(parameter), len(data))
        if rosctr in (2, 3):
            head += b"\0\0" if error is None else error
        return cotp(head + parameter + data)

    def job(self, parameter, answer, data=b"", answer_data=b"", error=None):
        self.reference += 1
        self.ask(self.pdu(1, parameter, data), self.pdu(3, answer, answer_data, error))

    def from_server(self, parameter, answer, answer_data=b""):
        """A job that the controller sends itself, as while a block is downloaded."""
        self.reference += 1
        self.send(1, self.pdu(1, parameter))
        self.send(0, self.pdu(3, answer, answer_data))

    def userdata(self, group, subfunction, data=b"\x0a\0\0\0", answer=b"\x0a\0\0\0", error=b"\0\0"):
        self.reference += 1
        ask = bytes.fromhex("000112 04 11") + bytes([0x40 | group, subfunction, 0])
        told = bytes.fromhex("000112 08 12") + bytes([0x80 | group, subfunction, 0]) + b"\0\0" + error
        self.ask(self.pdu(7, ask, data), self.pdu(7, told, answer))

    def push(self, group, subfunction, data=b"\x0a\0\0\0"):
        told = bytes.fromhex("000112 08 12") + bytes([group, subfunction, 0]) + b"\0\0\0\0"
        self.reference = 0
        self.send(1, self.pdu(7, told, data))

    def pi(self, service, arguments=b""):
        name = service.encode()
        body = bytes.fromhex("28 00000000 0000 fd") + struct.pack(">H", len(arguments)) + arguments
        self.job(body + bytes([len(name)]) + name, b"\x28")

    def download(self, block):
        name = block.encode()
        ask = bytes.fromhex("1a 00 0100 00000000") + bytes([len(name)]) + name
        tail = b"1000120000038"
        self.job(ask + bytes([len(tail)]) + tail, b"\x1a")
        content = bytes(38)
        self.from_server(
            bytes.fromhex("1b 00 0000 00000000") + bytes([len(name)]) + name,
            b"\x1b\x00",
            struct.pack(">H", len(content)) + b"\x00\xfb" + content,
        )
        self.from_server(bytes.fromhex("1c 00 0000 00000000") + bytes([len(name)]) + name, b"\x1c")


def s7comm(capture):
    c = S7(capture)
    for block in ("_0800001P", "_0A00001P", "_0B00000P"):
        c.download(block)
    c.pi("_INSE", b"\x01\x000800001P")
    c.pi("_DELE", b"\x01\x000800001B")
    c.pi("_MODU", b"EP")
    c.pi("_GARB")
    c.pi("_N_SELECT")
    c.pi("_XYZQ")
    c.job(bytes.fromhex("29 0000000000 09") + b"P_PROGRAM", b"\x29")
    c.pi("P_PROGRAM")
    c.pi("P_PROGRAM", b"C ")
    # A variable table of one entry, outputs from byte 4 on, and its value.
    table = bytes.fromhex("0000 000c 0001 12 01 0000 0004 00 09 0002 1234")
    for subfunction in (0x08, 0x09):
        c.userdata(1, subfunction, struct.pack(">BBH", 0xFF, 9, len(table)) + table)
    for subfunction in (0x12, 0x0A, 0x0B, 0x0C):
        c.userdata(1, subfunction)
    c.userdata(4, 0x07)
    c.userdata(5, 0x01, bytes.fromhex("ff 09 0008 0011223344556677"))
    c.userdata(6, 0x01)
    c.userdata(7, 0x01)
    nc = bytes.fromhex("ff 09 0002 0000")
    c.userdata(0x0F, 0x01, nc)
    for subfunction in (0, 2, 3):
        c.push(0, subfunction)
    write = bytes.fromhex("05 01 12 0a 10 02 0001 0001 84 000000")
    c.job(write, b"\x05\x01", bytes.fromhex("00 04 0008 2a"), b"\x05")
    c.close()


def s7comm_malformed(capture):
    c = S7(capture)
    c.send(0, tpkt(b"\x02\xf0\x80" + bytes.fromhex("33 01 0000 0005 0002 0000 0400")))
    c.send(0, cotp(bytes.fromhex("32 09 0000 0005 0002 0000 0400")))
    c.send(0, cotp(bytes.fromhex("32 01 0000 0006 0020 0000 0400")))
    c.send(0, cotp(bytes.fromhex("32 01 0000 0007 0003 0000 04 05 12")))
    c.send(0, tpkt(b"\x20\xf0\x80"))
    for _ in range(80):
        c.send(0, tpkt(b"\x02\xf0\x00" + bytes(1000)))
    c.send(0, bytes.fromhex("03 00 0005 00"))
    c.close()


def s7comm_scan(capture):
    for device in range(12):
        c = S7(capture, server=40 + device, source=52000 + device)
        for szl in ("0011", "001c"):
            ask = bytes.fromhex("ff 09 0004" + szl + "0000")
            answer = bytes.fromhex("ff 09 0024" + szl + "0000 001c 0001") + b"\x00\x016ES7 315-2EH14-0AB0 " + bytes(6)
            c.userdata(4, 0x01, ask, answer)
        c.close()


# -- DNP3: IEEE 1815-2012 --


def crc(data):
    value = 0
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ 0xA6BC if value & 1 else value >> 1
    return struct.pack("<H", ~value & 0xFFFF)


def link(control, destination, source, content, break_header=False, break_block=False):
    head = b"\x05\x64" + struct.pack("<BBHH", len(content) + 5, control, destination, source)
    out = head + (b"\0\0" if break_header else crc(head))
    for at in range(0, len(content), 16):
        block = content[at : at + 16]
        out += block + (b"\0\0" if break_block else crc(block))
    return out


class Dnp3(Connection):
    def __init__(self, capture, client=1, server=12, source=50000):
        super().__init__(capture, client, server, 20000, source)
        self.sequence_number = 0

    def do(self, function, objects="", answer="", iin="0000", destination=10, silent=False):
        n = self.sequence_number = (self.sequence_number + 1) % 16
        octets = bytes.fromhex(objects)
        request = bytes([0xC0 | n, 0xC0 | n, function]) + octets
        self.send(0, link(0xC4, destination, 1, request))
        if not silent:
            response = bytes([0xC0 | n, 0xC0 | n, 129]) + bytes.fromhex(iin) + bytes.fromhex(answer)
            self.send(1, link(0x44, 1, destination, response))


CROB = "0c 01 28 0100 0500 03 01 64000000 64000000 "


def dnp3(capture):
    c = Dnp3(capture)
    c.do(3, CROB + "00", CROB + "00")
    c.do(4, CROB + "00", CROB + "00")
    c.do(5, CROB + "00", CROB + "00")
    c.do(5, CROB + "00", CROB + "04")
    c.do(6, CROB + "00", silent=True)
    c.do(13, answer="34 01 07 01 e803")
    c.do(14, answer="34 01 07 01 e803")
    c.do(15)
    for function in (16, 17, 18):
        c.do(function, "5a 01 5b 01 0800 0400 00000000")
    c.do(19)
    c.do(21, "3c 02 06 3c 03 06 3c 04 06")
    c.do(22, "3c 02 06 01 00 06")
    c.do(31, "46 08 5b 01 0500 6366672e31")
    c.do(29, "46 02 5b 01 0c00 0c000000 0c000000 00000000")
    c.do(27, "46 03 5b 01 1c00 1a000200 000000000000 0000 00000000 00000000 0000 0000 0100 6162")
    c.do(2, "46 05 5b 01 0a00 01000000 00000000 6162")
    c.do(6, CROB + "00", destination=0xFFFF, silent=True)
    c.do(2, "32 01 07 01 000000000000", destination=0xFFFD, silent=True)
    # An answer to a control that was not seen.
    response = bytes([0xCF, 0xCF, 129, 0, 0]) + bytes.fromhex(CROB + "00")
    c.send(1, link(0x44, 1, 10, response))
    c.close()


def dnp3_unselected(capture):
    c = Dnp3(capture)
    c.do(4, CROB + "00", CROB + "00")
    for function in (7, 9):
        c.do(function, "14 00 06")
    for number in range(120):
        head = bytes([0xF0 | number % 16, 130, 0, 0])
        c.send(1, link(0x44, 1, 10, bytes([0xC0 | number % 64]) + head + bytes.fromhex("02 01 28 0100 0000 81")))
    c.close()


def dnp3_scan(capture):
    c = Dnp3(capture)
    # Who are you, in the name of each master there may be; one of them is answered.
    ask = bytes.fromhex("c0c001 3c0206 3c0306 3c0406 3c0106")
    c.send(0, b"".join(link(0xC4, there, here, ask) for there in (0, 1) for here in range(11)))
    c.send(1, link(0x44, 1, 10, bytes.fromhex("c0c081 0000")))
    c.close()


def dnp3_malformed(capture):
    c = Dnp3(capture)
    c.do(1, "3c 01 06")
    c.send(0, link(0xC4, 10, 1, bytes.fromhex("c2c201 3c0106"), break_header=True))
    c.send(0, link(0xC4, 10, 1, bytes.fromhex("c3c301 3c0106"), break_block=True))
    short = b"\x05\x64\x03\xc4" + struct.pack("<HH", 10, 1)
    c.send(0, short + crc(short))
    c.do(2, "fe 0f 07 01 00")
    c.do(126, "")
    c.do(1, "1e 01 00 0905")
    c.do(2, "29 01 28 0300 0100")
    c.do(1, "1e 01 28 0050 0000")
    fragment = b"\xc8\x01" + bytes.fromhex("3c0106") * 2100
    for at in range(0, len(fragment), 249):
        part = fragment[at : at + 249]
        mark = (0x40 if at == 0 else 0) | (0x80 if at + 249 >= len(fragment) else 0)
        c.send(0, link(0xC4, 10, 1, bytes([mark | at // 249 % 64]) + part))
    c.send(1, link(0xC4, 1, 10, bytes.fromhex("c7c781 0000")))
    for number in range(60):
        first = 0x40 if number == 0 else 0
        c.send(0, link(0xC4, 10, 1, bytes([first | number % 64]) + b"\xc8\x01" + bytes(246)))
    for number in range(40):
        n = number % 16
        c.send(0, link(0xC4, 10, 1, bytes([0xC0 | number % 64, 0xC0 | n, 1]) + bytes.fromhex("3c 01 06")))
        if number == 0:
            c.send(1, link(0x44, 1, 10, bytes([0xC0, 0xC0, 129, 0, 0])))
    c.close()


# -- EtherNet/IP and CIP: ODVA volumes 1 and 2; PCCC: Rockwell 1770-6.5.16 --


class Enip(Connection):
    def __init__(self, capture, client=1, server=13, source=50000):
        super().__init__(capture, client, server, 44818, source)
        self.context = 0
        self.session = 0
        self.ask(self.frame(0x65, b"\1\0\0\0"), self.frame(0x65, b"\1\0\0\0", session=0x1001))
        self.session = 0x1001

    def frame(self, command, data, status=0, session=None):
        session = self.session if session is None else session
        return struct.pack("<HHII8sI", command, len(data), session, status, struct.pack("<Q", self.context), 0) + data

    def unconnected(self, cip):
        return self.frame(0x6F, struct.pack("<IHHHHHH", 0, 5, 2, 0, 0, 0xB2, len(cip)) + cip)

    def do(self, service, path, data=b"", answer=b"", status=0):
        self.context += 1
        octets = bytes.fromhex(path)
        request = bytes([service, len(octets) // 2]) + octets + data
        self.ask(self.unconnected(request), self.unconnected(bytes([service | 0x80, 0, status, 0]) + answer))

    def pccc(self, command, function=None, data=b""):
        """Execute PCCC (service 0x4B of class 0x67)."""
        requester = b"\x07" + struct.pack("<HI", 0x1337, 0x01020304)
        number = struct.pack("<H", self.context + 1)
        ask = bytes([command, 0]) + number + (b"" if function is None else bytes([function])) + data
        self.do(0x4B, "20 67 24 01", requester + ask, requester + bytes([command | 0x40, 0]) + number)


def enip(capture):
    c = Enip(capture)
    c.do(0x05, "20 01 24 01")
    c.do(0x05, "20 01 24 01", b"\x01")
    c.do(0x06, "20 8e 24 01")
    c.do(0x07, "20 8e 24 01")
    c.do(0x10, "20 68 24 01 30 01", b"\1\0\0\0")
    c.do(0x08, "20 68 24 00")
    c.do(0x09, "20 6d 24 01")
    c.do(0x4B, "20 74 24 01", b"\1\0")
    c.do(0x4C, "20 74 24 01")
    c.do(0x4D, "20 69 24 01", b"\1\0")
    c.do(0x4B, "20 a1 24 01", b"\1\0")
    c.do(0x4C, "20 37 24 01", b"\1\0")
    c.do(0x51, "20 37 24 01")
    c.do(0x10, "20 f5 24 01 30 05", bytes(22))
    c.do(0x10, "20 8e 24 01 30 06", b"\1\0")
    c.do(0x51, "20 6a 24 01", b"\1\0")
    # Forward Open of class 1: ten octets of output data through assembly 20.
    opened = bytes.fromhex("d4000000 01000000 02000000 0100 4d00 01020304 10270000 10270000 0000")[4:]
    wanted = bytes.fromhex("0a0e 00000000 01000000 0100 4d00 01020304 03000000 10270000 0a48 10270000 0648 01 04")
    c.do(0x54, "20 06 24 01", wanted + bytes.fromhex("2004 2401 2c14 2c15"), opened)
    for command, function in ((0x0F, 0x3A), (0x0F, 0x05), (0x0F, 0x57), (0x0F, 0x07), (0x0F, 0x41)):
        c.pccc(command, function)
    # Protected typed logical write with three address fields: two octets into file 2, a ladder.
    c.pccc(0x0F, 0xAA, bytes.fromhex("02 02 22 00 00 1122"))
    for function in (0x00, 0x04):
        c.pccc(0x07, function)
    c.close()


def enip_malformed(capture):
    c = Enip(capture)
    c.send(0, c.frame(0x6F, struct.pack("<IHHHHHH", 0, 5, 2, 0, 0, 0xB2, 200) + b"\x01"))
    c.send(0, c.unconnected(b"\x0e\x20\x20\x01"))
    for number in range(200):
        c.context = 1000 + number
        c.send(0, c.unconnected(bytes.fromhex("0e 03 20 01 24 01 30 07")))
        if number == 0:
            c.send(1, c.unconnected(bytes.fromhex("8e 00 00 00 00 00")))
    c.close()


def enip_scan(capture):
    for device in range(24):
        c = Enip(capture, server=60 + device, source=53000 + device)
        identity = bytes.fromhex("0100 0e00 3600 1403 6030 01020304 04") + b"1756"
        c.do(0x01, "20 01 24 01", b"", identity)
        c.close()


# -- Layer 2 and IP: RFC 826, 768, 791, 792, 2131, 4861, 9293 --


def arp(capture, operation, sender, sender_ip, target, target_ip, to=None):
    body = bytes.fromhex("0001 0800 06 04") + struct.pack(">H", operation)
    body += sender + sender_ip + target + target_ip
    head = to or (b"\xff" * 6 if operation == 1 else target)
    capture.frame(head + sender + b"\x08\x06" + body + bytes(18))


def who_has(capture, asker, asked):
    arp(capture, 1, mac(asker), address(asker), bytes(6), address(asked))


def network_scan(capture):
    for host in range(1, 61):
        who_has(capture, 66, host)
    for host in (10, 11):
        arp(capture, 2, mac(host), address(host), mac(66), address(66))
    for port in range(20, 60):
        packet(capture, 66, 10, 6, tcp(66, 10, (40000, port), 0x02))
        packet(capture, 10, 66, 6, tcp(10, 66, (port, 40000), 0x14, 0, 2))
    for host in range(100, 140):
        packet(capture, 67, host, 6, tcp(67, host, (40001, 502), 0x02))
    echo = struct.pack(">BBHHH", 8, 0, 0, 1, 1) + b"abcdefgh"
    echo = echo[:2] + struct.pack(">H", checksum(echo)) + echo[4:]
    for host in range(100, 140):
        packet(capture, 68, host, 1, echo)
    for flags in (0x00, 0x29, 0x03):
        packet(capture, 69, 10, 6, tcp(69, 10, (40002, 80), flags))
    packet(capture, 70, 10, 6, tcp(70, 10, (40003, 80), 0x02), bytes.fromhex("83 07 04") + address(1) + b"\0")


def ipv6(capture, source, target, content, to, last):
    """An ICMPv6 packet from a link-local address (RFC 8200, 4443)."""
    pseudo = source + target + struct.pack(">II", len(content), 58)
    content = content[:2] + struct.pack(">H", checksum(pseudo + content)) + content[4:]
    head = struct.pack(">IHBB", 0x60000000, len(content), 58, 255)
    capture.frame(to + mac(last) + b"\x86\xdd" + head + source + target + content)


def advertise(capture, router):
    source = bytes.fromhex("fe80000000000000 0000000000000000")[:15] + bytes([router])
    everyone = bytes.fromhex("ff020000000000000000000000000001")
    advertisement = bytes.fromhex("86 00 0000 40 00 0708 00000000 00000000")
    ipv6(capture, source, everyone, advertisement, bytes.fromhex("333300000001"), router)


def dhcp(capture, kind, source, server, client, answer):
    """One DHCP message (RFC 2131): 1 discover, 2 offer, 3 request, 5 acknowledgment."""
    yours = address(200) if answer else bytes(4)
    body = struct.pack(">BBBBIHH", 2 if answer else 1, 1, 6, 0, 0x1234, 0, 0x8000)
    body += bytes(4) + yours + bytes(8) + client + bytes(10 + 64 + 128)
    body += bytes.fromhex("63825363") + bytes([53, 1, kind])
    if server is not None:
        body += bytes([54, 4]) + address(server)
    body += b"\xff"
    ports = (67, 68) if answer else (68, 67)
    ends = (address(source) if answer else bytes(4), b"\xff" * 4)
    ip = ipv4(*ends, 17, udp(*ports, body, ends))
    capture.frame(b"\xff" * 6 + (mac(source) if answer else client) + b"\x08\x00" + ip)


def network_spoof(capture):
    # An address claimed by two cards in turn.
    who_has(capture, 1, 10)
    for _ in range(4):
        arp(capture, 2, mac(10), address(10), mac(1), address(1))
        arp(capture, 2, mac(66), address(10), mac(1), address(1))
    redirect = struct.pack(">BBH", 5, 1, 0) + address(66) + ipv4(address(1), address(10), 6, bytes(8))
    redirect = redirect[:2] + struct.pack(">H", checksum(redirect)) + redirect[4:]
    packet(capture, 254, 1, 1, redirect)
    advertise(capture, 1)
    advertise(capture, 66)
    dhcp(capture, 1, 0, None, mac(5), False)
    dhcp(capture, 2, 1, 1, mac(5), True)
    dhcp(capture, 2, 66, 66, mac(5), True)
    for number in range(60):
        dhcp(capture, 1, 0, None, bytes([2, 1, 1, 1, 1, number]), False)
    for _ in range(3):
        packet(capture, 10, 10, 6, tcp(10, 10, (502, 502), 0x02))
    for number in range(300):
        arp(capture, 2, mac(67), address(67), mac(1), bytes(4))


def network_ordinary(capture):
    # A start, a neighbour, a lease, a device that announces itself after a change of ports.
    dhcp(capture, 1, 0, None, mac(5), False)
    dhcp(capture, 2, 1, 1, mac(5), True)
    dhcp(capture, 3, 0, 1, mac(5), False)
    dhcp(capture, 5, 1, 1, mac(5), True)
    arp(capture, 1, mac(5), bytes(4), bytes(6), address(5))
    arp(capture, 1, mac(5), address(5), bytes(6), address(5))
    for host in range(10, 20):
        who_has(capture, 5, host)
        arp(capture, 2, mac(host), address(host), mac(5), address(5))
        packet(capture, 5, host, 6, tcp(5, host, (40000 + host, 502), 0x02))
        packet(capture, host, 5, 6, tcp(host, 5, (502, 40000 + host), 0x12, 0, 2))
        packet(capture, 5, host, 6, tcp(5, host, (40000 + host, 502), 0x10, 2, 1))
    capture.now += 600_000_000
    # Its place is taken by a spare with another card.
    arp(capture, 1, mac(77), address(15), bytes(6), address(15))
    advertise(capture, 1)
    advertise(capture, 1)


def services(capture):
    # Services that show passwords, or take what comes.
    c = Connection(capture, 5, 10, 23, 50100)
    c.send(1, bytes.fromhex("fffd18 fffd20"))
    c.send(0, bytes.fromhex("fffb18 fffb20"))
    c.send(1, b"login: ")
    c.close()
    c = Connection(capture, 5, 10, 21, 50101)
    c.send(1, b"220 RTU\r\n")
    c.ask(b"USER engineer\r\n", b"331 Password\r\n")
    c.ask(b"PASS secret\r\n", b"230 Welcome\r\n")
    c.close()
    c = Connection(capture, 5, 10, 80, 50102)
    head = b"GET /index.html HTTP/1.1\r\nHost: plc\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    c.ask(head, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    c.close()
    c = Connection(capture, 5, 10, 5900, 50103)
    c.send(1, b"RFB 003.008\n")
    c.send(0, b"RFB 003.008\n")
    c.send(1, b"\x01\x01")
    c.send(0, b"\x01")
    c.send(1, bytes(4))
    c.close()
    # SNMP version 1: set sysName (RFC 1157), community public.
    bound = bytes.fromhex("300d 06082b06010201010500 0401") + b"x"
    pdu = bytes.fromhex("02010102010002 0100 30") + bytes([len(bound)]) + bound
    for kind in (0xA3, 0xA2):
        whole = bytes.fromhex("020100 0406") + b"public" + bytes([kind, len(pdu)]) + pdu
        ends = (5, 10) if kind == 0xA3 else (10, 5)
        ports = (50104, 161) if kind == 0xA3 else (161, 50104)
        body = b"\x30" + bytes([len(whole)]) + whole
        packet(capture, *ends, 17, udp(*ports, body, (address(ends[0]), address(ends[1]))))
    datagram(capture, 5, 10, 69, b"\0\x02firmware.bin\0octet\0", own=50105)
    datagram(capture, 5, 10, 69, b"\0\x01config.txt\0octet\0", own=50106)


# -- PROFINET DCP: IEC 61158-6-10, 4.3 --


def dcp(capture, sender, target, frame_id, service, kind, xid, blocks):
    body = struct.pack(">HBBIHH", frame_id, service, kind, xid, 0, len(blocks)) + blocks
    capture.frame(target + sender + b"\x88\x92" + body + bytes(max(0, 46 - len(body))))


def dcp_set(capture, option, part, value, xid):
    value = b"\0\1" + value
    block = bytes([option, part]) + struct.pack(">H", len(value)) + value + bytes(len(value) % 2)
    dcp(capture, mac(66), mac(10), 0xFEFD, 4, 0, xid, block)
    dcp(capture, mac(10), mac(66), 0xFEFD, 4, 1, xid, bytes([5, 4, 0, 3, option, part, 0, 0]))


def profinet(capture):
    for xid in range(1, 26):
        dcp(capture, mac(66), bytes.fromhex("010ecf000000"), 0xFEFE, 5, 0, xid, bytes.fromhex("ffff0000"))
    dcp_set(capture, 2, 2, b"other-name", 101)
    dcp_set(capture, 1, 2, address(99) + bytes.fromhex("ffffff00") + bytes(4), 102)
    dcp_set(capture, 5, 5, b"", 103)
    dcp_set(capture, 5, 6, b"", 104)
    dcp_set(capture, 5, 3, b"\x01\x00", 105)
    dcp_set(capture, 3, 61, b"\x00", 106)


def profinet_ordinary(capture):
    blocks = bytes([2, 2, 0, 6]) + b"pump-1"
    for xid in range(1, 6):
        dcp(capture, mac(1), bytes.fromhex("010ecf000000"), 0xFEFE, 5, 0, xid, blocks)
        found = bytes([2, 2, 0, 8, 0, 0]) + b"pump-1"
        dcp(capture, mac(10), mac(1), 0xFEFF, 5, 1, xid, found)


# -- BACnet/IP: ANSI/ASHRAE 135-2020, annex J and clause 20 --


class Bacnet:
    def __init__(self, capture, client=66, server=10):
        self.capture, self.client, self.server, self.invoke = capture, client, server, 0

    def frame(self, function, content):
        return struct.pack(">BBH", 0x81, function, 4 + len(content)) + content

    def ask(self, service, data, answer=None):
        self.invoke += 1
        request = b"\x01\x04" + bytes([0x00, 0x05, self.invoke, service]) + bytes.fromhex(data)
        reply = b"\x01\x00" + (answer or bytes([0x20, self.invoke, service]))
        datagram(self.capture, self.client, self.server, 47808, self.frame(10, request), self.frame(10, reply))

    def say(self, content, function=10):
        datagram(self.capture, self.client, self.server, 47808, self.frame(function, bytes.fromhex(content)))


def bacnet(capture):
    b = Bacnet(capture)
    # Present value of analog output 1, at priority 8 and at 1; out of service of analog input 2.
    b.ask(15, "0c 00400001 19 55 3e 44 42280000 3f 49 08")
    b.ask(15, "0c 00400001 19 55 3e 44 42280000 3f 49 01")
    b.ask(15, "0c 00000002 19 51 3e 11 3f")
    b.ask(10, "0e 09 02 0f")
    b.ask(7, "c4 02800001 0e 31 00 64 61 62 63 64 0f")
    b.ask(17, "09 0a 19 01")
    b.ask(20, "09 00")
    b.ask(20, "09 01")
    b.ask(27, "09 01 1c 00000001 29 01")
    b.say("0a140001bac0ffffff00", 1)
    b.say("0005", 5)
    b.say("01 80 06 00")
    for low in range(0, 2500, 100):
        b.say(f"01 20 ffff 00 ff 10 08 0a {low:04x} 1a {low + 99:04x}")
    for _ in range(25):
        b.invoke += 1
        request = b"\x01\x04" + bytes([0x00, 0x05, b.invoke, 12]) + bytes.fromhex("0c 00000009 19 55")
        refused = b"\x01\x00" + bytes([0x50, b.invoke, 12]) + bytes.fromhex("91 01 91 1f")
        datagram(capture, 66, 10, 47808, b.frame(10, request), b.frame(10, refused))


def bacnet_ordinary(capture):
    b = Bacnet(capture, client=1)
    b.say("01 20 ffff 00 ff 10 08")
    for _ in range(20):
        b.invoke += 1
        request = b"\x01\x04" + bytes([0x00, 0x05, b.invoke, 12]) + bytes.fromhex("0c 00000002 19 55")
        value = bytes([0x30, b.invoke, 12]) + bytes.fromhex("0c 00000002 19 55 3e 44 42280000 3f")
        datagram(capture, 1, 10, 47808, b.frame(10, request), b.frame(10, b"\x01\x00" + value))


# -- IEC 60870-5-104:2006 --


class Iec104(Connection):
    def __init__(self, capture, client=66, server=10, source=52000):
        super().__init__(capture, client, server, 2404, source)
        self.sent = [0, 0]
        self.ask(bytes.fromhex("68 04 07 00 00 00"), bytes.fromhex("68 04 0b 00 00 00"))

    def asdu(self, side, octets):
        mine, theirs = self.sent[side], self.sent[1 - side]
        self.sent[side] += 1
        self.send(side, struct.pack("<BBHH", 0x68, 4 + len(octets), mine << 1, theirs << 1) + octets)

    def command(self, kind, address_of, value, cause=6, station=1):
        def asdu(cause):
            head = struct.pack("<BBBBH", kind, 1, cause, 0, station)
            return head + struct.pack("<I", address_of)[:3] + bytes.fromhex(value)

        self.asdu(0, asdu(cause))
        self.asdu(1, asdu(cause + 1))


def iec104(capture):
    c = Iec104(capture)
    c.command(45, 5, "81")
    c.command(45, 5, "01")
    c.command(46, 6, "02")
    c.command(50, 7, "00002842 00")
    c.command(51, 8, "01000000")
    c.command(105, 0, "01")
    c.command(110, 9, "0a00 01")
    for station in range(1, 12):
        c.command(100, 0, "14", station=station)
    c.ask(bytes.fromhex("68 04 13 00 00 00"), bytes.fromhex("68 04 23 00 00 00"))
    c.close()


def iec104_ordinary(capture):
    c = Iec104(capture, client=1)
    c.command(100, 0, "14")
    for value in range(20):
        c.asdu(1, bytes.fromhex("0d 01 03 00 0100 010000") + struct.pack("<f", value) + b"\0")
        c.send(0, struct.pack("<BBHH", 0x68, 4, 1, c.sent[1] << 1))
    c.close()


CAPTURES = {
    "bacnet": bacnet,
    "bacnet-ordinary": bacnet_ordinary,
    "dnp3": dnp3,
    "dnp3-malformed": dnp3_malformed,
    "dnp3-scan": dnp3_scan,
    "dnp3-unselected": dnp3_unselected,
    "enip": enip,
    "enip-malformed": enip_malformed,
    "enip-scan": enip_scan,
    "iec104": iec104,
    "iec104-ordinary": iec104_ordinary,
    "known-actors": known_actors,
    "modbus": modbus,
    "modbus-malformed": modbus_malformed,
    "modbus-recon": modbus_recon,
    "modbus-scan": modbus_scan,
    "network-ordinary": network_ordinary,
    "network-scan": network_scan,
    "network-spoof": network_spoof,
    "new-actor": new_actor,
    "profinet": profinet,
    "profinet-ordinary": profinet_ordinary,
    "s7comm": s7comm,
    "s7comm-malformed": s7comm_malformed,
    "s7comm-scan": s7comm_scan,
    "services": services,
}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "made")
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in CAPTURES.items():
        capture = Capture()
        build(capture)
        capture.write(folder / f"{name}.pcap")


main()
