"""A handshake of TLS 1.2 with a certificate of names that a rule asks for."""

import re
import struct

OBJECTS = {b"CN": "550403", b"SN": "550404", b"C": "550406", b"L": "550407", b"ST": "550408", b"STREET": "550409",
           b"O": "55040a", b"OU": "55040b", b"emailAddress": "2a864886f70d010901", b"serialNumber": "550405",
           b"DC": "0992268993f22c640119"}


def der(kind, content):
    size = len(content)
    if size < 128:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return bytes([kind]) + length + content


def pairs(text):
    """Names and values of a distinguished name in one line."""
    if not re.match(rb"(?:%s)=" % b"|".join(sorted(OBJECTS, key=len, reverse=True)), text):
        text = b"CN=" + text
    made = []
    for part in re.split(rb", (?=(?:%s)=)" % b"|".join(sorted(OBJECTS, key=len, reverse=True)), text):
        name, _, value = part.partition(b"=")
        made.append((name, value))
    return made


def name_of(text):
    return der(0x30, b"".join(
        der(0x31, der(0x30, der(6, bytes.fromhex(OBJECTS[name])) + der(12, value)))
        for name, value in pairs(text)))


def certificate(subject, issuer, serial, blob):
    algorithm = der(0x30, der(6, bytes.fromhex("2a864886f70d01010b")) + der(5, b""))
    validity = der(0x30, der(0x17, b"230101000000Z") + der(0x17, b"330101000000Z"))
    key = der(0x30, der(0x30, der(6, bytes.fromhex("2a864886f70d010101")) + der(5, b""))
              + der(3, b"\0" + der(0x30, der(2, b"\x01" * 64) + der(2, b"\x01\x00\x01"))))
    extension = b""
    if blob:
        extension = der(0xa3, der(0x30, der(0x30, der(6, bytes.fromhex("2b0601040182373c")) + der(4, blob))))
    body = der(0x30, der(0xa0, der(2, b"\x02")) + der(2, serial) + algorithm + name_of(issuer) + validity
               + name_of(subject) + key + extension)
    return der(0x30, body + algorithm + der(3, b"\0" + b"\x05" * 64))


def record(kind, content, version):
    made = b""
    for at in range(0, len(content), 16000):
        part = content[at:at + 16000]
        made += struct.pack("!BHH", kind, version, len(part)) + part
    return made


def handshake(kind, content):
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


def client_hello(name, version):
    extensions = b""
    if name is not None:
        entry = b"\0" + struct.pack("!H", len(name)) + name
        extensions += struct.pack("!HHH", 0, len(entry) + 2, len(entry)) + entry
    extensions += struct.pack("!HHHH", 10, 4, 2, 23) + struct.pack("!HHBB", 11, 2, 1, 0)
    suites = struct.pack("!HHH", 4, 0xc02f, 0x002f)
    body = struct.pack("!H", version) + bytes(range(32)) + b"\0" + suites + b"\1\0"
    return record(22, handshake(1, body + struct.pack("!H", len(extensions)) + extensions), 0x0301)


def session(blobs, version=0x0303):
    """The pieces of a session, and the buffers it fills."""
    subject = blobs.get("tls.cert_subject", b"CN=www.example.org")
    issuer = blobs.get("tls.cert_issuer", b"CN=Example CA")
    serial = blobs.get("tls.cert_serial", b"0A:0B:0C").replace(b":", b"")
    serial = bytes.fromhex(serial.decode())
    one = certificate(subject, issuer, serial, blobs.get("tls.certs"))
    hello = client_hello(blobs.get("tls.sni"), version)
    answer = handshake(2, struct.pack("!H", version) + bytes(range(32, 64)) + b"\0" + struct.pack("!HB", 0xc02f, 0))
    chain = len(one).to_bytes(3, "big") + one
    chain = handshake(11, len(chain).to_bytes(3, "big") + chain)
    back = record(22, answer, version) + record(22, chain, version) + record(22, handshake(14, b""), version)
    key = record(22, handshake(16, b"\x20" + b"\x07" * 32), version) + record(20, b"\1", version)
    line = lambda text: b", ".join(name + b"=" + value for name, value in pairs(text))
    found = {"tls.cert_subject": line(subject), "tls.cert_issuer": line(issuer), "tls.certs": one,
             "tls.cert_serial": b":".join(b"%02X" % octet for octet in serial)}
    if blobs.get("tls.sni") is not None:
        found["tls.sni"] = blobs["tls.sni"]
    return [(True, hello), (False, back), (True, key)], found
