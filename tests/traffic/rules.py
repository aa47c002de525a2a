"""Rules read for making traffic of them: an own small reader, apart from Jaga's, so that a rule
which one of them misreads shows."""

import ipaddress
import re

VARIABLES = {
    "HOME_NET": "[10.0.0.0/8,fd00::/8]",
    "EXTERNAL_NET": "!$HOME_NET",
    "HTTP_PORTS": "80",
    "ORACLE_PORTS": "1521",
    "SHELLCODE_PORTS": "!80",
    "SSH_PORTS": "22",
    "FTP_PORTS": "21",
    "FILE_DATA_PORTS": "[80,110,143]",
}
for _name in "DNS HTTP SMTP SQL TELNET SSH FTP SNMP SIP DC".split():
    VARIABLES[_name + "_SERVERS"] = "$HOME_NET"
VARIABLES["AIM_SERVERS"] = "$EXTERNAL_NET"

# Old modifiers: they move the content before them.
MODIFIERS = {
    "http_uri": "http.uri", "http_raw_uri": "http.uri.raw", "http_method": "http.method",
    "http_header": "http.header", "http_raw_header": "http.header.raw",
    "http_cookie": "http.cookie", "http_host": "http.host", "http_raw_host": "http.host.raw",
    "http_client_body": "http.request_body", "http_server_body": "http.response_body",
    "http_stat_code": "http.stat_code", "http_stat_msg": "http.stat_msg",
    "http_user_agent": "http.user_agent",
}
STICKY = {
    "file_data": "file.data", "dns_query": "dns.query", "tls_sni": "tls.sni",
    "tls_cert_subject": "tls.cert_subject", "tls_cert_issuer": "tls.cert_issuer",
    "tls_cert_serial": "tls.cert_serial", "tls_certs": "tls.certs", "ssh_proto": "ssh.proto",
    "ssh_software": "ssh.software", "http_request_line": "http.request_line",
    "http_response_line": "http.response_line", "http_accept": "http.accept",
    "http_accept_enc": "http.accept_enc", "http_accept_lang": "http.accept_lang",
    "http_connection": "http.connection", "http_content_len": "http.content_len",
    "http_content_type": "http.content_type", "http_header_names": "http.header_names",
    "http_protocol": "http.protocol", "http_referer": "http.referer", "http_start": "http.start",
    "smb_named_pipe": "smb.named_pipe", "smb_share": "smb.share", "pkt_data": "payload",
    "ja3_hash": "ja3.hash", "tls_cert_fingerprint": "tls.cert_fingerprint",
    "raw_data": "payload",
}
BUFFERS = set(MODIFIERS.values()) | set(STICKY.values()) | {
    "http.request_header", "http.response_header", "http.location", "http.server",
    "http.response_line", "ssh.hassh", "tls.version", "base64_data", "ja3s.hash", "ja3.string",
    "ja3s.string", "tls.subject", "tls.issuerdn",
}
BUFFERS.discard("tls.version")
REGEX_BUFFERS = {
    "U": "http.uri", "I": "http.uri.raw", "P": "http.request_body", "Q": "http.response_body",
    "H": "http.header", "D": "http.header.raw", "M": "http.method", "C": "http.cookie",
    "S": "http.stat_code", "Y": "http.stat_msg", "V": "http.user_agent", "W": "http.host",
}
TRANSFORMS = {
    "dotprefix", "strip_whitespace", "compress_whitespace", "to_lowercase", "to_uppercase",
    "to_md5", "to_sha1", "to_sha256", "url_decode", "xor", "header_lowercase",
    "strip_pseudo_headers",
}


class Cannot(Exception):
    """Why no traffic can be made of a rule."""


class Rule:
    """One rule: its header, its options, and its tests by buffer."""

    def __init__(self, line):
        match = re.match(r"\s*#?\s*(alert|drop|reject|pass)\s+([\w.-]+)\s+(.*?)\s*\((.*)\)\s*$", line)
        if not match:
            raise ValueError("no rule")
        self.text = line.strip().lstrip("# ").strip()
        self.protocol = match[2].lower()
        words = split_header(match[3])
        self.source, self.source_port, self.way, self.destination, self.destination_port = words
        self.options = list(options(match[4]))
        if not (self.one("sid") or "").isdigit():
            raise ValueError("no sid")
        self.sid = int(self.one("sid"))
        self.groups = []  # [buffer, transforms, tests]
        self.packet = []  # (keyword, value) about headers
        self.bits = []
        self.limit = None
        self.flow = set()
        self.read()

    def one(self, name, default=None):
        return next((value for key, value in self.options if key == name), default)

    def group(self, buffer, transforms=()):
        for group in self.groups:
            if group[0] == buffer and group[1] == tuple(transforms):
                return group[2]
        self.groups.append([buffer, tuple(transforms), []])
        return self.groups[-1][2]

    def read(self):
        buffer, transforms = "payload", []
        last = None  # the last content, with where it lies
        for name, value in self.options:
            if name == "content" or name == "uricontent":
                negated, octets, rest = content(value)
                test = {"kind": "content", "octets": octets, "negated": negated, "nocase": False}
                place = self.group("http.uri" if name == "uricontent" else buffer, transforms)
                place.append(test)
                last = (test, place)
                for modifier in rest:
                    key, _, number = modifier.strip().partition(" ")
                    self.modify(last, key.strip(), number.strip() or None)
            elif name in ("nocase", "offset", "depth", "distance", "within", "startswith", "endswith",
                          "fast_pattern", "rawbytes"):
                self.modify(last, name, value)
            elif name in MODIFIERS and value is None:
                test, place = last
                place.remove(test)
                self.group(MODIFIERS[name]).append(test)
                last = (test, self.group(MODIFIERS[name]))
                self.groups = [group for group in self.groups if group[2]]
            elif name in STICKY or name in BUFFERS:
                buffer, transforms = STICKY.get(name, name), []
            elif name in TRANSFORMS:
                transforms = transforms + [(name, value)]
            elif name == "pcre":
                test, to = regex(value)
                self.group(to or buffer, () if to else transforms).append(test)
            elif name in ("byte_test", "byte_jump", "byte_extract", "byte_math", "isdataat", "bsize",
                          "base64_decode"):
                self.group(buffer, transforms).append({"kind": name, "value": value})
            elif name == "urilen":
                parts = value.split(",")
                norm = len(parts) > 1 and parts[1].strip() == "norm"
                self.group("http.uri" if norm else "http.uri.raw").append(
                    {"kind": "bsize", "value": parts[0]})
            elif name == "flow":
                self.flow = {part.strip().lower() for part in value.split(",")}
            elif name in ("flowbits", "xbits", "flowint", "hostbits"):
                self.bits.append((name, [part.strip() for part in value.split(",")]))
            elif name in ("threshold", "detection_filter"):
                self.limit = (name, value)
            elif name in ("dsize", "flags", "itype", "icode", "icmp_id", "icmp_seq", "id", "ttl", "tos",
                          "window", "seq", "ack", "fragbits", "fragoffset", "ip_proto", "sameip",
                          "stream_size", "tls.version", "ssl_version", "ssl_state", "app-layer-protocol",
                          "ipopts", "app-layer-event", "asn1", "tcp.mss", "ssh.softwareversion",
                          "tls.subject", "tls.issuerdn", "tls.fingerprint", "ftpbounce", "dataset",
                          "dns.opcode", "dns.rrtype", "icmpv6.mtu", "frame"):
                self.packet.append((name, value))
            elif name not in ("msg", "sid", "rev", "gid", "classtype", "reference", "metadata", "priority",
                              "target", "noalert", "tag"):
                raise Cannot("the word " + name)

    def modify(self, last, name, value):
        test = last[0]
        if name in ("nocase", "startswith", "endswith"):
            test[name] = True
        elif name in ("offset", "depth", "distance", "within"):
            test[name] = int(value) if re.fullmatch(r"-?\d+", value) else value

    def is_silent(self):
        return self.one("noalert") is not None or any(k == "noalert" for k, _ in self.options) or any(
            bit[1][0] == "noalert" for bit in self.bits)

    def to_client(self):
        return bool(self.flow & {"to_client", "from_server"})


def split_header(text):
    words, depth, word = [], 0, ""
    for char in text:
        depth += (char == "[") - (char == "]")
        if char.isspace() and depth == 0:
            if word:
                words.append(word)
            word = ""
        elif not char.isspace():
            word += char
    words.append(word)
    return words


def options(text):
    """Name and value of each option; quotes and escapes hold."""
    part, quoted, escaped = "", False, False
    for char in text:
        if escaped:
            part, escaped = part + char, False
        elif char == "\\":
            part, escaped = part + char, True
        elif char == '"':
            part, quoted = part + char, not quoted
        elif char == ";" and not quoted:
            if part.strip():
                name, colon, value = part.partition(":")
                yield name.strip().lower(), value.strip() if colon else None
            part = ""
        else:
            part += char


def content(value):
    """Negation, octets and inline modifiers of a content."""
    negated = value.startswith("!")
    value = value.lstrip("!").strip()
    if not value.startswith('"'):
        raise Cannot("a content without quotes")
    end = 1
    while value[end] != '"':
        end += 2 if value[end] == "\\" else 1
    octets, binary, at = b"", False, 1
    hexed = ""
    while at < end:
        char = value[at]
        if char == "|":
            if binary:
                octets += bytes.fromhex(hexed)
                hexed = ""
            binary = not binary
        elif binary:
            hexed += char
        elif char == "\\":
            at += 1
            octets += value[at].encode("utf-8")
        else:
            octets += char.encode("utf-8")
        at += 1
    rest = [part for part in value[end + 1:].split(",") if part.strip()]
    return negated, octets, rest


def regex(value):
    negated = value.startswith("!")
    value = value.lstrip("!").strip().strip('"')
    mark = value[0]
    if mark == "m":
        mark, value = value[1], value[1:]
    body, _, flags = value[1:].rpartition(mark)
    buffer = next((REGEX_BUFFERS[flag] for flag in flags if flag in REGEX_BUFFERS), None)
    # A closing `;` or `"` is escaped in the file of rules only.
    body = body.replace("\\;", ";").replace('\\"', '"').replace("\\:", ":")
    number = 0
    for flag, of in (("i", re.I), ("s", re.S), ("m", re.M), ("x", re.X)):
        if flag in flags:
            number |= of
    body = re.sub(r"\\x\{([0-9a-fA-F]{2})\}", r"\\x\1", body)
    body = body.replace("\\h", "[ \\t]").replace("\\R", "(?:\\r\\n|\\n)").replace("\\z", "\\Z")
    body = re.sub(r"(?<!\\)\$(?=$|\)|\|)", "$" if number & re.M else r"\\Z", body)
    body = body.replace("[[:alpha:]]", "[a-zA-Z]").replace("[:alnum:]", "a-zA-Z0-9")
    body = body.replace("[:digit:]", "0-9").replace("[:xdigit:]", "0-9a-fA-F").replace("[:alpha:]", "a-zA-Z")
    if "A" in flags:
        body = r"\A(?:" + body + ")"
    try:
        compiled = re.compile(body.encode("latin-1", "replace"), number)
    except (re.error, OverflowError) as fault:
        raise Cannot("its pcre: " + str(fault)) from None
    return {"kind": "pcre", "regex": compiled, "negated": negated, "relative": "R" in flags,
            "text": body, "flags": number}, buffer


def expand(word):
    """A header's word with its variables in place."""
    for _ in range(9):
        found = re.search(r"\$(\w+)", word)
        if not found:
            return word
        if found[1] not in VARIABLES:
            raise Cannot("the variable " + found[1])
        inner = VARIABLES[found[1]]
        before = word[:found.start()]
        if before.endswith("!") and inner.startswith("!"):
            word = before[:-1] + inner[1:] + word[found.end():]
        else:
            word = before + inner + word[found.end():]
    raise Cannot("variables in a circle")


def members(word):
    """The parts of a group, each with whether it is taken out."""
    negated = word.startswith("!")
    word = word.lstrip("!")
    if not word.startswith("["):
        return [(word, negated)]
    parts, depth, part = [], 0, ""
    for char in word[1:-1] + ",":
        depth += (char == "[") - (char == "]")
        if char == "," and depth == 0:
            parts.extend((text, taken != negated) for text, taken in members(part))
            part = ""
        else:
            part += char
    return parts


def chooses(word, has, all_of):
    """A test of values against a header's word."""
    parts = members(expand(word).replace(" ", ""))
    inside = [text for text, taken in parts if not taken]
    outside = [text for text, taken in parts if taken]

    def holds(value):
        if any(text == "any" or has(text, value) for text in outside):
            return False
        return not inside or any(text == "any" or has(text, value) for text in inside)
    return holds, [value for text in inside for value in all_of(text)]


def address(word, offers):
    """An address that the word takes: one of the offers, or its own."""
    def has(text, value):
        first, dash, last = text.partition("-")
        if dash:
            return ipaddress.ip_address(first) <= value <= ipaddress.ip_address(last)
        return value in ipaddress.ip_network(text, strict=False)

    def all_of(text):
        if text == "any":
            return []
        net = ipaddress.ip_network(text.partition("-")[0], strict=False)
        return [net[0] if net.num_addresses == 1 else net[1]]
    holds, own = chooses(word, has, all_of)
    found = next((value for value in [*offers, *own] if holds(value)), None)
    if found is None:
        raise Cannot("an address for " + word)
    return found


def port(word, offers):
    def has(text, value):
        first, colon, last = text.partition(":")
        if not colon:
            return int(first) == value
        return int(first or 0) <= value <= int(last or 65535)

    def all_of(text):
        if text == "any":
            return []
        first, _, last = text.partition(":")
        return [int(first or last)]
    holds, own = chooses(word, has, all_of)
    found = next((value for value in [*offers, *own, *range(1025, 1200)] if holds(value)), None)
    if found is None:
        raise Cannot("a port for " + word)
    return found
