"""Conversations of an office beside a plant: HTTP, DNS, TLS and SMB, written by a seed.

Called by make_capture.py. Requests, names and sizes differ from one conversation to the next as
they do for people; each TCP connection is opened, used and closed. Half of the web servers lie
outside of the private networks. Nothing here is meant to match a rule.
"""

import struct

WORDS = (
    "plant shift report energy order pump valve level archive index style main login update "
    "catalog status export print photo drawing manual invoice trend batch recipe quality"
).split()
DOMAINS = ["example.com", "example.org", "example.net", "plant.example", "office.example"]
AGENTS = [
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/124.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    b"Microsoft-CryptoAPI/10.0",
]
KINDS = [b"text/html; charset=utf-8", b"application/javascript", b"application/json", b"image/png"]
SEGMENT = 1448  # octets of content that a segment carries at most


def ones_sum(data):
    """One's complement sum of 16-bit words (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def packet(source, destination, protocol, body, at):
    """An Ethernet frame with IPv4; `at` is where the checksum of the body stands."""
    pseudo = source + destination + struct.pack(">BBH", 0, protocol, len(body))
    body = bytearray(body)
    body[at : at + 2] = struct.pack(">H", (~ones_sum(pseudo + bytes(body)) & 0xFFFF) or 0xFFFF)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0)
    head += source + destination
    head = head[:10] + struct.pack(">H", ~ones_sum(head) & 0xFFFF) + head[12:]
    return b"\2\0" + destination + b"\2\0" + source + b"\x08\0" + head + bytes(body)


class Connection:
    """A TCP connection between a client and a server; frames are gathered in `frames`."""

    def __init__(self, rng, client, server, port):
        self.ends = [(client, rng.randrange(49152, 65536)), (server, port)]
        self.sequence = [rng.randrange(1 << 32), rng.randrange(1 << 32)]
        self.frames = []
        self.segment(0, 0x02)
        self.segment(1, 0x12)
        self.segment(0, 0x10)

    def segment(self, side, flags, content=b""):
        (source, from_port), (destination, to_port) = self.ends[side], self.ends[1 - side]
        acknowledged = self.sequence[1 - side] if flags & 0x10 else 0
        head = struct.pack(
            ">HHIIBBHHH", from_port, to_port, self.sequence[side], acknowledged, 0x50, flags,
            64240, 0, 0,
        )
        self.frames.append(packet(source, destination, 6, head + content, 16))
        step = len(content) + (1 if flags & 0x03 else 0)
        self.sequence[side] = (self.sequence[side] + step) & 0xFFFFFFFF

    def send(self, side, content):
        parts = range(0, len(content), SEGMENT)
        for number, start in enumerate(parts):
            self.segment(side, 0x18, content[start : start + SEGMENT])
            if number % 2:
                self.segment(1 - side, 0x10)

    def close(self):
        self.segment(0, 0x11)
        self.segment(1, 0x11)
        self.segment(0, 0x10)
        return self.frames


def name(rng):
    return f"{rng.choice(WORDS)}{rng.randrange(100)}.{rng.choice(DOMAINS)}".encode()


def body(rng, kind, size):
    if kind == KINDS[3]:
        return b"\x89PNG\r\n\x1a\n" + rng.randbytes(size)
    mark = {KINDS[0]: "<p class=\"{}\">{} {}</p>\n", KINDS[1]: "var {} = {}({});\n"}
    line = mark.get(kind, "{{\"{}\": \"{}\", \"next\": \"{}\"}},\n")
    text = []
    while size > 0:
        text.append(line.format(*rng.choices(WORDS, k=3)))
        size -= len(text[-1])
    return "".join(text).encode()


def http(rng, client, server):
    way = Connection(rng, client, server, 80)
    host, agent = name(rng), rng.choice(AGENTS)
    for _ in range(rng.randrange(1, 7)):
        path = "/".join(rng.choices(WORDS, k=rng.randrange(1, 4)))
        form = rng.random() < 0.2
        sent = f"{rng.choice(WORDS)}={rng.randrange(10**6)}&{rng.choice(WORDS)}=1".encode()
        way.send(0, b"%b /%b?%b HTTP/1.1\r\nHost: %b\r\nUser-Agent: %b\r\nAccept: */*\r\n"
                 b"Accept-Language: en-US,en;q=0.5\r\nReferer: http://%b/\r\nCookie: id=%08x\r\n"
                 b"%bConnection: keep-alive\r\n\r\n%b"
                 % (b"POST" if form else b"GET", path.encode(), b"" if form else sent, host, agent,
                    host, rng.randrange(1 << 32),
                    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
                    % len(sent) if form else b"",
                    sent if form else b""))
        kind = rng.choice(KINDS)
        content = body(rng, kind, rng.randrange(200, 30_000))
        way.send(1, b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 20 May 2024 08:00:00 GMT\r\n"
                 b"Content-Type: %b\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n"
                 b"Connection: keep-alive\r\n\r\n%b" % (kind, len(content), content))
    return way.close()


def dns(rng, client, server):
    port, number = rng.randrange(49152, 65536), rng.randrange(1 << 16)
    labels = b"".join(bytes([len(part)]) + part for part in name(rng).split(b".")) + b"\0"
    question = labels + struct.pack(">HH", 1, 1)
    asked = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question
    answers = [
        b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([203, 0, 113, rng.randrange(256)])
        for _ in range(rng.randrange(1, 5))
    ]
    told = struct.pack(">HHHHHH", number, 0x8180, 1, len(answers), 0, 0) + question
    told += b"".join(answers)
    udp = lambda source, to, content: struct.pack(">HHHH", source, to, 8 + len(content), 0) + content
    return [
        packet(client, server, 17, udp(port, 53, asked), 6),
        packet(server, client, 17, udp(53, port, told), 6),
    ]


def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    return bytes([tag, 0x82]) + struct.pack(">H", len(content)) + content


def certificate(rng, subject):
    """An X.509 certificate whose key and signature are noise."""
    common = lambda text: der(0x30, der(0x31, der(0x30, b"\x06\x03\x55\x04\x03", der(0x0C, text))))
    noise = lambda size: der(0x03, b"\0" + rng.randbytes(size))
    method = der(0x30, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\0")
    span = der(0x30, der(0x17, b"240101000000Z"), der(0x17, b"260101000000Z"))
    inner = der(
        0x30, der(0x02, b"\x01" + rng.randbytes(8)), method, common(b"Example CA"), span,
        common(subject), der(0x30, method, noise(270)),
    )
    return der(0x30, inner, method, noise(256))


def tls(rng, client, server):
    way = Connection(rng, client, server, 443)
    record = lambda kind, content: struct.pack(">BHH", kind, 0x0303, len(content)) + content
    shake = lambda kind, content: bytes([kind]) + struct.pack(">I", len(content))[1:] + content
    host = name(rng)
    block = lambda kind, content: struct.pack(">HH", kind, len(content)) + content
    extensions = block(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host)
    extensions += block(10, b"\0\x06\0\x1d\0\x17\0\x18") + block(11, b"\x01\0")
    extensions += block(13, b"\0\x08\x04\x03\x08\x04\x04\x01\x05\x01")
    extensions += block(16, b"\0\x0c\x02h2\x08http/1.1")
    suites = b"\0\x0c\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\0\x9c\0\x9d"
    way.send(0, record(22, shake(1, b"\x03\x03" + rng.randbytes(32) + b"\0" + suites + b"\x01\0"
                                 + struct.pack(">H", len(extensions)) + extensions)))
    chain = certificate(rng, host)
    long = lambda size: struct.pack(">I", size)[1:]
    way.send(1, record(22, shake(2, b"\x03\x03" + rng.randbytes(32) + b"\0\xc0\x2f\0\0\0"))
             + record(22, shake(11, long(len(chain) + 3) + long(len(chain)) + chain))
             + record(22, shake(14, b"")))
    way.send(0, record(22, shake(16, b"\x41" + rng.randbytes(65))) + record(20, b"\x01")
             + record(22, rng.randbytes(40)))
    way.send(1, record(20, b"\x01") + record(22, rng.randbytes(40)))
    for _ in range(rng.randrange(1, 6)):
        way.send(0, record(23, rng.randbytes(rng.randrange(80, 900))))
        left = rng.randrange(500, 40_000)
        while left > 0:
            way.send(1, record(23, rng.randbytes(min(left, 16_000))))
            left -= 16_000
    return way.close()


def smb(rng, client, server):
    way = Connection(rng, client, server, 445)
    number, session = 0, rng.randrange(1 << 40)

    def both(command, asked, told):
        nonlocal number
        for side, content in ((0, asked), (1, told)):
            head = b"\xfeSMB" + struct.pack(
                "<HHIHHIIQIIQ", 64, 1, 0, command, 31, side, 0, number, 0, 5, session
            )
            whole = head + bytes(16) + content
            way.send(side, struct.pack(">I", len(whole)) + whole)
        number += 1

    wide = lambda text: text.encode("utf-16-le")
    both(0, struct.pack("<HHHHI", 36, 2, 1, 0, 0) + rng.randbytes(16) + bytes(8) + b"\x02\x02\x10\x02",
         struct.pack("<HHHH", 65, 1, 0x0210, 0) + rng.randbytes(16)
         + struct.pack("<IIIIQQHHI", 7, 1 << 20, 1 << 20, 1 << 20, 1 << 56, 0, 128, 0, 0))
    share = wide(f"\\\\files\\{rng.choice(WORDS)}")
    both(3, struct.pack("<HHHH", 9, 0, 72, len(share)) + share,
         struct.pack("<HBBIII", 16, 1, 0, 0, 0, 0x1F01FF))
    for _ in range(rng.randrange(1, 4)):
        file = wide(f"{rng.choice(WORDS)}\\{rng.choice(WORDS)}{rng.randrange(1000)}.csv")
        handle = rng.randbytes(16)
        both(5, struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x120089, 0, 7, 1, 0, 120,
                            len(file), 0, 0) + file,
             struct.pack("<HBBIQQQQQQII", 89, 0, 0, 1, 1, 1, 1, 1, 4096, 4000, 32, 0) + handle
             + bytes(8))
        content = body(rng, rng.choice(KINDS), rng.randrange(1000, 60_000))
        if rng.random() < 0.3:
            both(9, struct.pack("<HHIQ", 49, 112, len(content), 0) + handle + bytes(16) + content,
                 struct.pack("<HHIIHH", 17, 0, len(content), 0, 0, 0))
        else:
            both(8, struct.pack("<HBBIQ", 49, 80, 0, len(content), 0) + handle + bytes(17),
                 struct.pack("<HBBIII", 17, 80, 0, len(content), 0, 0) + content)
        both(6, struct.pack("<HHI", 24, 0, 0) + handle, struct.pack("<HHI", 60, 0, 0) + bytes(52))
    return way.close()


def conversations(number, rng):
    """(Pause in nanoseconds, frame) of one office's conversations, for ever."""
    inside = lambda host: bytes([10, 200 + (number >> 8), number & 255, host])
    while True:
        kind = rng.choices([http, dns, tls, smb], [8, 12, 6, 3])[0]
        client = inside(10 + rng.randrange(40))
        outside = kind in (http, tls) and rng.random() < 0.5
        server = bytes([203, 0, 113, rng.randrange(1, 250)]) if outside else inside(2)
        for frame in kind(rng, client, server):
            yield rng.randrange(20_000, 2_000_000), frame
