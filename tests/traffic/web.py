"""HTTP messages made of what the buffers of a rule must hold, and the buffers of a message."""

import re

FROM_CLIENT = {"http.uri", "http.uri.raw", "http.method", "http.request_body", "http.user_agent", "http.host",
               "http.host.raw", "http.referer", "http.accept", "http.accept_enc", "http.accept_lang",
               "http.request_line", "http.request_header"}
FROM_SERVER = {"http.stat_code", "http.stat_msg", "http.response_body", "http.server", "http.location",
               "http.response_line", "http.response_header"}
OF_HEADER = {"http.user_agent": b"User-Agent", "http.host": b"Host", "http.referer": b"Referer",
             "http.accept": b"Accept", "http.accept_enc": b"Accept-Encoding",
             "http.accept_lang": b"Accept-Language", "http.connection": b"Connection",
             "http.content_type": b"Content-Type", "http.content_len": b"Content-Length",
             "http.server": b"Server", "http.location": b"Location"}
METHODS = (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"DELETE", b"TRACE", b"PROPFIND", b"SEARCH")
SAME = {"http.uri.raw": "http.uri", "http.header.raw": "http.header", "http.host.raw": "http.host",
        "http.request_header": "http.header", "http.response_header": "http.header",
        "http.response_body": "file.data"}


def default_request(host=b"www.example.org"):
    return b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


def default_response():
    return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def lines_of(blob):
    """Header lines of octets that must be among the headers."""
    lines = []
    for line in blob.split(b"\r\n"):
        line = line.rstrip(b"\r")
        if not line.strip():
            continue
        name, colon, value = line.partition(b":")
        if not colon or not re.fullmatch(rb"[\w!#$%&'*+.^`|~-]+", name):
            name, value = b"X-Part", b" " + line
        lines.append((name, value.lstrip(b" ")))
    return lines


def request_line(line, method, uri, protocol):
    """A whole first line of what of it is asked for."""
    if not re.match(rb"[A-Z]+ ", line):
        line = method + b" /" + line.lstrip(b"/ ")
    if b" HTTP/" not in line:
        if uri not in line:
            line = line.rstrip(b" ") + uri
        line = b" ".join(line.split(b" ")[:2]).rstrip(b" ") + b" " + protocol
    return line + (b"1" if line.endswith(b"HTTP/1.") else b"")


def message(blobs, request, body, padding):
    """One message with these buffers."""
    lines = lines_of(blobs.get("http.header", b""))
    names = blobs.get("http.header_names")
    given = {name.lower() for name, _ in lines}
    cookie = blobs.get("http.cookie")
    wanted = [(OF_HEADER[buffer], blob or b"x") for buffer, blob in blobs.items() if buffer in OF_HEADER]
    if cookie is not None:
        wanted.append((b"Cookie" if request else b"Set-Cookie", cookie))
    lines += [(name, value) for name, value in wanted if name.lower() not in given]
    if names is not None:
        order = [name for name in names.split(b"\r\n") if name]
        known = {}
        for name, value in lines:
            known.setdefault(name.lower(), (name, value))
        values = {b"content-length": b"%d" % len(body), b"host": b"www.example.org"}
        lines = [(name, known.pop(name.lower(), (b"", values.get(name.lower(), b"x")))[1]) for name in order]
        lines += known.values()
    given = {name.lower() for name, _ in lines}
    if request and b"host" not in given and not (names is not None and padding % 2):
        lines.append((b"Host", b"www.example.org"))
    if body and b"content-length" not in given and b"transfer-encoding" not in given:
        lines.append((b"Content-Length", b"%d" % len(body)))
    protocol = blobs.get("http.protocol", b"HTTP/1.1")
    if request:
        method = blobs.get("http.method", b"POST" if body else b"GET")
        uri = blobs.get("http.uri", b"/index")
        if not uri.startswith(b"/") and method != b"CONNECT" and b"://" not in uri and padding % 3:
            uri = b"/" + uri
        if padding % 4 < 3:
            uri = re.sub(rb"[^!-~]|[\"<>`]", lambda found: b"%%%02X" % found[0][0], uri)
        first = method + b" " + uri + b" " + protocol
        if "http.request_line" in blobs:
            first = request_line(blobs["http.request_line"], method, blobs.get("http.uri", b""), protocol)
    else:
        code = blobs.get("http.stat_code", b"200")
        first = protocol + b" " + code + b" " + blobs.get("http.stat_msg", b"OK")
        line = blobs.get("http.response_line", first)
        first = line if b" " in line else line + b"1 200 OK"
    head = first + b"\r\n" + b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    start = blobs.get("http.start")
    if start is not None:
        head = start.rstrip(b"\r\n") + b"\r\n"
        if body:
            head += b"Content-Length: %d\r\n" % len(body)
    return head + b"\r\n" + body


def decoded(uri):
    """A request's target as a tolerant server reads it."""
    uri = re.sub(rb"%([0-9a-fA-F]{2})", lambda match: bytes([int(match[1], 16)]), uri)
    path, mark, query = uri.partition(b"?")
    path = re.sub(rb"/{2,}", b"/", path.replace(b"\\", b"/"))
    while True:  # a dot, or two and the segment before them (RFC 3986, 5.2.4)
        flat = re.sub(rb"(?:^|/)\.(?=/)|(?:^|(?<=/))[^/]+/\.\./", b"", path)
        if flat == path:
            return path + mark + query
        path = flat


def views(raw, request):
    """The buffers of a message."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    words = first.split(b" ")
    headers = []
    for line in rest.split(b"\r\n") if rest else []:
        name, colon, value = line.partition(b":")
        headers.append((name, value.strip(b" \t")))
    value_of = lambda wanted: next((value for name, value in headers if name.lower() == wanted.lower()), None)
    # The documentation keeps cookies apart from the other headers.
    apart = (b"cookie", b"set-cookie")
    plain = [(name, value) for name, value in headers if name.lower() not in apart]
    found = {
        "http.header": b"".join(name + b": " + value + b"\r\n" for name, value in plain) or None,
        "http.header.raw": rest + b"\r\n\r\n" if rest else None,
        "http.header_names": b"\r\n" + b"".join(name + b"\r\n" for name, _ in headers) + b"\r\n" if headers else None,
        "http.start": head + b"\r\n\r\n",
        "http.cookie": value_of(b"Cookie" if request else b"Set-Cookie"),
        "file.data": body or None,
        "payload": raw,
    }
    for buffer, name in OF_HEADER.items():
        found[buffer] = value_of(name)
    if request:
        uri = b" ".join(words[1:-1])
        host = value_of(b"Host")
        path = uri
        if re.match(rb"\w+://", uri):
            path = b"/" + uri.partition(b"://")[2].partition(b"/")[2]
        found.update({
            "http.method": words[0], "http.uri": decoded(path), "http.uri.raw": uri,
            "http.protocol": words[-1], "http.request_line": first, "http.request_body": body or None,
            "http.host": host and re.sub(rb":\d+$", b"", host).lower().rstrip(b"."), "http.host.raw": host})
    else:
        found.update({
            "http.protocol": words[0], "http.stat_code": words[1] if len(words) > 1 else b"",
            "http.stat_msg": b" ".join(words[2:]), "http.response_line": first,
            "http.response_body": body or None})
    return found


def is_sound(raw, request):
    """Whether a message is one: what was built must not have broken its own frame."""
    head, end, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not end:
        return False
    if request and not re.fullmatch(rb"[A-Za-z_-]{1,16} [^ \r\n\0]+ HTTP/1\.[01]", lines[0]):
        return False
    if not request and not re.match(rb"HTTP/1\.[01] [1-5]\d{2}(?: |$)", lines[0]):
        return False
    length = 0
    for line in lines[1:]:
        if not re.match(rb"[\w!#$%&'*+.^`|~-]+:", line) or b"\n" in line or b"\0" in line:
            return False
        if line.lower().startswith(b"content-length:"):
            text = line.split(b":")[1].strip()
            length = int(text) if text.isdigit() else -1
    return length == len(body)
