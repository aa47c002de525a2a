"""One exchange that a rule must match: the pieces of a conversation, or datagrams, and the
buffers that they fill."""

import base64
import struct

import web
import octets as oct_
import tls
from rules import Cannot

FILLERS = {"payload": b"Zqx", "dns.query": b"abcdefghij", "tls.certs": b"\x41\x42", "http.stat_code": b"0123456789",
           "http.content_len": b"1234567890", "tls.cert_serial": b"AB0123456789"}
SERVER_FIRST = {
    "smtp": [(False, b"220 mail.example.org ESMTP\r\n"), (True, b"EHLO client\r\n"), (False, b"250 mail\r\n"),
             (True, b"MAIL FROM:<a@example.org>\r\n"), (False, b"250 ok\r\n"),
             (True, b"RCPT TO:<b@example.org>\r\n"), (False, b"250 ok\r\n")],
    "ftp": [(False, b"220 ftp ready\r\n"), (True, b"USER guest\r\n"), (False, b"331 password\r\n"),
            (True, b"PASS guest\r\n"), (False, b"230 in\r\n")],
    "ssh": [(False, b"SSH-2.0-OpenSSH_9.0\r\n"), (True, b"SSH-2.0-client_1.0\r\n")],
}
SMB = (b"\0\0\0\x2f\xffSMB\x72\0\0\0\0\x18\x01\x28" + bytes(12) + b"\0\0\x01\0\0\0\x01\0\0\x0c\0\x02NT LM 0.12\0",
       b"\0\0\0\x25\xffSMB\x72\0\0\0\0\x98\x01\x28" + bytes(12) + b"\0\0\x01\0\0\0\x01\0\x01\0\0\0\0")


def blobs_of(rule, rng):
    """Octets for each buffer; buffers that are one on the wire are made as one."""
    joint = {}
    for buffer, _, tests in rule.groups:
        joint.setdefault(web.SAME.get(buffer, buffer), []).extend(tests)
    if rule.protocol == "http" and "file.data" in joint and not is_answer(rule):
        joint.setdefault("http.request_body", []).extend(joint.pop("file.data"))
    made = {}
    encoded = None
    for buffer, tests in sorted(joint.items(), key=lambda pair: pair[0] != "base64_data"):
        for test in tests:
            if test["kind"] == "base64_decode" and encoded is not None:
                test["encoded"] = base64.b64encode(encoded)
        filler = FILLERS.get(buffer, b"abcdefghij")
        found = next(oct_.build(tests, rng, filler, 40), None)
        if found is None:
            raise Cannot("octets for " + buffer)
        made[buffer] = found
        encoded = made.pop("base64_data", encoded)
    return made


def is_answer(rule):
    """Whether the rule looks at what the server sends."""
    buffers = {group[0] for group in rule.groups}
    return rule.to_client() or bool(buffers & web.FROM_SERVER) or bool(
        buffers & {"tls.cert_subject", "tls.cert_issuer", "tls.certs", "tls.cert_serial"})


def matches(rule, views):
    """Whether all buffers are there and all tests hold of them."""
    decoded = b""
    for buffer, transforms, tests in rule.groups:
        octets = decoded if buffer == "base64_data" else views.get(buffer)
        if octets is None:
            return False
        good, look = oct_.holds(oct_.transform(octets, transforms), tests)
        if not good:
            return False
        decoded = look.decoded or decoded
    return True


def over_http(rule, blobs, padding):
    answer = is_answer(rule)
    body = blobs.get("file.data") or blobs.get("http.request_body") or b""
    payload = blobs.get("payload")
    raw = None
    if payload is not None:
        anchored = payload.split(b" ")[0] in web.METHODS or payload.startswith(b"HTTP/1.")
        if anchored and len(blobs) == 1:
            raw = payload
            if b"\r\n" not in raw or b" HTTP/1." not in raw.split(b"\r\n")[0]:
                raw = raw.rstrip(b"\r\n") + b" HTTP/1.1\r\n" if not answer else raw + b"\r\n"
            if b"\r\n\r\n" not in raw:
                raw = raw.rstrip(b"\r\n") + b"\r\nHost: www.example.org\r\n\r\n"
            head, _, rest = raw.partition(b"\r\n\r\n")
            if rest and b"ontent-" not in head:
                raw = head + b"\r\nContent-Length: %d\r\n\r\n" % len(rest) + rest
        elif not body:
            body = payload
        else:
            blobs = {**blobs, "http.header": blobs.get("http.header", b"") + b"X-Part: " + payload}
    raw = raw or web.message(blobs, not answer, body, padding)
    views = web.views(raw, not answer)
    if not web.is_sound(raw, not answer):
        return None
    if answer:
        return [(True, web.default_request()), (False, raw)], views
    return [(True, raw), (False, web.default_response())], views


def over_tls(rule, blobs, versions):
    try:
        pieces, views = tls.session(blobs, versions)
    except ValueError:  # no octets in hexadecimal
        return None
    payload = blobs.get("payload")
    answer = is_answer(rule)
    if payload is not None:
        pieces.append((not answer, tls.record(23, payload, versions)))
        if payload.startswith((b"\x16\x03", b"\x15\x03", b"\x17\x03", b"\x80")):
            pieces = [piece for piece in pieces if piece[0] == answer] if answer else []
            pieces.append((not answer, payload))
    stream = b"".join(octets for to_server, octets in pieces if to_server != answer)
    return pieces, {**views, "payload": stream}


def dns_query(name, answer):
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b".") if label)
    if any(not 0 < len(label) < 64 for label in name.split(b".")) or len(name) > 253:
        return None
    return struct.pack("!HHHHHH", 0x1234, 0x8180 if answer else 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


TEXT = b"\0\x10\0\1\xc0\x0c\0\x10\0\1"


def is_of_answer(rule):
    """Whether a rule looks for the record of an answer: TXT, behind its question."""
    tests = [test for group in rule.groups for test in group[2]]
    return any(test["kind"] == "content" and TEXT in test["octets"] for test in tests)


def text_answer(payload):
    """An answer with a text record, around octets that begin with the end of its question."""
    before, _, text = payload.partition(TEXT)
    text = text[:255]
    header = struct.pack("!HHHHHH", 0x1234, 0x8180, 1, 1, 0, 0)
    record = struct.pack("!IHB", 60, len(text) + 1, len(text)) + text
    label = bytes([len(before) % 64]) + before[:63] if before else b""
    return header + b"\3foo" + label + TEXT + record


def over_dns(rule, blobs, over_tcp):
    name = blobs.get("dns.query")
    answer = rule.to_client()
    if name is None:
        message = blobs.get("payload", b"")
        if is_of_answer(rule):
            message = text_answer(message)
    else:
        message = dns_query(name, answer)
    if message is None:
        return None
    pieces = [(not answer, message)]
    if answer and name is not None:
        pieces.insert(0, (True, dns_query(name, False)))
    if over_tcp:
        pieces = [(to_server, struct.pack("!H", len(octets)) + octets) for to_server, octets in pieces]
    return pieces, {"dns.query": name, "payload": pieces[-1][1]}


def over_lines(rule, blobs):
    """SMTP, FTP and SSH: lines, and what comes behind them."""
    answer = rule.to_client()
    pieces = list(SERVER_FIRST[rule.protocol])
    views = {}
    if rule.protocol == "ssh":
        proto = blobs.get("ssh.proto", b"2.0")
        software = blobs.get("ssh.software", b"OpenSSH_9.0")
        pieces[0 if answer else 1] = (not answer, b"SSH-" + proto + b"-" + software + b"\r\n")
        views = {"ssh.proto": proto, "ssh.software": software}
    body = blobs.get("file.data")
    if body is not None:
        if rule.protocol != "smtp":
            raise Cannot("a file over " + rule.protocol)
        mail = b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + body
        pieces += [(True, b"DATA\r\n"), (False, b"354 go\r\n"), (True, mail + b"\r\n.\r\n"), (False, b"250 ok\r\n")]
        views["file.data"] = body
    payload = blobs.get("payload")
    if payload is not None:
        if rule.protocol == "smtp" and not answer and payload[:4].upper() not in (b"HELO", b"EHLO", b"RCPT", b"MAIL",
                                                                                  b"VRFY", b"EXPN", b"AUTH"):
            pieces += [(True, b"DATA\r\n"), (False, b"354 go\r\n")]
        pieces.append((not answer, payload))
        views["payload"] = payload
    return pieces, views


def raw(rule, blobs):
    payload = blobs.get("payload", b"")
    if set(blobs) - {"payload"}:
        raise Cannot("buffers of " + ", ".join(sorted(set(blobs) - {"payload"})))
    answer = rule.to_client()
    pieces = [(not answer, payload)] if payload else []
    if payload and is_anchored(rule) is False:
        pieces.insert(0, (not answer, b"\r\n"))
    return pieces, {"payload": payload}


def is_anchored(rule):
    tests = [test for group in rule.groups for test in group[2]]
    return any(key in test for test in tests for key in ("offset", "depth", "startswith")) or any(
        test["kind"] != "content" for test in tests)


def smb(rule, blobs):
    pieces, views = raw(rule, blobs)
    return [(True, SMB[0]), (False, SMB[1])] + [piece for piece in pieces if len(piece[1]) > 2], views


def assemble(rule, blobs, choice):
    """The pieces and the buffers; nothing where they cannot be put together."""
    buffers = set(blobs)
    protocol = rule.protocol
    if protocol in ("tcp", "tcp-pkt", "ip", "udp") and buffers - {"payload"}:
        first = next(iter(sorted(buffers - {"payload"}))).split(".")[0]
        protocol = {"file": "http"}.get(first, first)
    if protocol == "http":
        return over_http(rule, blobs, choice)
    if protocol in ("tls", "ssl"):
        version = next((value for name, value in rule.packet if name in ("tls.version", "ssl_version")), "1.2")
        number = {"1.0": 0x0301, "1.1": 0x0302, "1.2": 0x0303, "tls1.0": 0x0301, "tls1.1": 0x0302}
        return over_tls(rule, blobs, number.get(version.strip('"'), 0x0303))
    if protocol == "dns":
        return over_dns(rule, blobs, False)
    if protocol in SERVER_FIRST:
        return over_lines(rule, blobs)
    if protocol == "smb":
        return smb(rule, blobs)
    if protocol in ("tcp", "tcp-pkt", "udp", "ip", "icmp", "tcp-stream"):
        return raw(rule, blobs)
    raise Cannot("the protocol " + protocol)


def make(rule, rng, tries=60):
    """Blobs, pieces and buffers of an exchange that the rule matches."""
    reason = "no exchange was found that holds all its tests"
    for attempt in range(tries):
        try:
            blobs = blobs_of(rule, rng)
        except Cannot as cannot:
            reason = str(cannot)
            if attempt > 3:
                break
            continue
        made = assemble(rule, blobs, attempt)
        if made and matches(rule, made[1]):
            return blobs, made[0], made[1], attempt
    raise Cannot(reason)


def near(rule, rng, blobs, choice):
    """An exchange that differs in one octet of a buffer and that the rule must not match."""
    places = []
    for buffer, transforms, tests in rule.groups:
        buffer = web.SAME.get(buffer, buffer)
        if buffer not in blobs:
            continue
        for test in tests:
            if test["kind"] == "content" and not test["negated"]:
                text = blobs[buffer]
                at = text.lower().find(test["octets"].lower()) if test["nocase"] else text.find(test["octets"])
                if at >= 0:
                    places += [(buffer, at + n) for n in range(len(test["octets"]))]
        if not places and any(test["kind"] != "bsize" for test in tests):
            places += [(buffer, n) for n in range(len(blobs[buffer]))]
    rng.shuffle(places)
    for buffer, at in places[:80]:
        octets = bytearray(blobs[buffer])
        other = octets[at]
        if chr(other).isalnum():
            octets[at] = rng.choice([o for o in b"bcdfghjklmnpqrstvwxz0123456789"
                                     if chr(o).isdigit() == chr(other).isdigit() and chr(o) != chr(other).lower()])
        elif buffer in ("payload", "tls.certs") and other not in b"\r\n":
            octets[at] ^= 0x01
        elif other in b"/.=-_&?":
            octets[at] = ord("x")
        else:
            continue
        changed = {**blobs, buffer: bytes(octets)}
        try:
            made = assemble(rule, changed, choice)
        except (Cannot, ValueError):
            continue
        if made and not matches(rule, made[1]):
            return made[0], "octet %d of %s" % (at, buffer)
    return None
