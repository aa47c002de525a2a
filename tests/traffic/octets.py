"""The tests of one buffer: whether they hold of octets, and octets of which they hold.

`holds` follows the documentation of Suricata's payload keywords; it is the witness of what is
made here and shares nothing with Jaga."""

import base64
import hashlib
import re

from expressions import Sampler, words_of

STEPS = 4000


def number(text, kept):
    text = text.strip()
    if text in kept:
        return kept[text]
    return int(text, 0)


def parse_byte(kind, value):
    """The parts of byte_test, byte_jump, byte_extract and byte_math."""
    parts = [part.strip() for part in value.split(",")]
    if kind == "byte_math" or (kind == "byte_extract" and " " in parts[0]):
        named = dict(re.split(r"[\s]+", part, maxsplit=1) if " " in part else (part, "") for part in parts)
        words = set(named)
        got = {"octets": named.get("bytes"), "offset": named.get("offset", "0"), "op": named.get("oper"),
               "value": named.get("rvalue"), "name": named.get("result"), "words": words,
               "base": named.get("string"), "mask": named.get("bitmask")}
        if named.get("endian") == "little":
            words.add("little")
        return got
    if kind == "byte_test":
        got = {"octets": parts[0], "op": parts[1], "value": parts[2], "offset": parts[3]}
        rest = parts[4:]
    elif kind == "byte_jump":
        got = {"octets": parts[0], "offset": parts[1] if len(parts) > 1 else "0"}
        rest = parts[2:]
    else:
        got = {"octets": parts[0], "offset": parts[1], "name": parts[2]}
        rest = parts[3:]
    words = {part.split()[0] for part in rest if part}
    valued = {part.split()[0]: part.split()[-1] for part in rest if part}
    got.update(words=words, mask=valued.get("bitmask"), multiplier=int(valued.get("multiplier", "1")),
               post=int(valued.get("post_offset", "0")), align=valued.get("align", "") if "align" in words else None,
               base=next((base for base in ("hex", "dec", "oct") if base in words), None))
    return got


def read_number(octets, got, last, kept):
    """The number and the place behind it, or nothing."""
    count = number(got["octets"], kept)
    at = number(got["offset"], kept) + (last if "relative" in got["words"] else 0)
    if at < 0 or at + count > len(octets):
        return None
    part = octets[at:at + count]
    end = at + count
    if got["base"]:
        base = {"hex": 16, "dec": 10, "oct": 8}[got["base"]]
        digits = {16: rb"\s*(?:0[xX])?([0-9a-fA-F]+)", 10: rb"\s*([0-9]+)", 8: rb"\s*([0-7]+)"}[base]
        found = re.match(digits, part)
        if not found:
            return None
        value, end = int(found[1], base), at + found.end()
    else:
        value = int.from_bytes(part, "little" if "little" in got["words"] else "big")
    if got["mask"]:
        mask = int(got["mask"], 16)
        value &= mask
        while mask and not mask & 1:
            mask, value = mask >> 1, value >> 1
    return value, end


def compares(op, value, other):
    negated = op.startswith("!")
    op = op.lstrip("!") or "="
    result = {"<": value < other, ">": value > other, "=": value == other, "<=": value <= other,
              ">=": value >= other, "&": bool(value & other), "^": not value & other}[op]
    return result != negated


def size(text, value):
    text = text.replace(" ", "")
    if "<>" in text:
        low, high = text.split("<>")
        return int(low) < value < int(high)
    negated = text.startswith("!")
    text = text.lstrip("!")
    found = re.match(r"(<=|>=|<|>|=)?(\d+)$", text)
    op = found[1] or "="
    return compares(op, value, int(found[2])) != negated


class Look:
    """Whether the tests hold of some octets."""

    def __init__(self, octets, tests):
        self.octets, self.tests, self.left = octets, tests, STEPS
        self.lower = octets.lower()
        self.decoded = b""
        self.places = {}

    def go(self, place, last, kept):
        if place == len(self.tests):
            return True
        self.left -= 1
        if self.left < 0:
            return False
        test = self.tests[place]
        kind = test["kind"]
        if kind == "content":
            return self.content(test, place, last, kept)
        if kind == "pcre":
            base = last if test["relative"] else 0
            if base > len(self.octets):
                return test["negated"] and self.go(place + 1, last, kept)
            part = self.octets[base:]
            if test["negated"]:
                return not test["regex"].search(part) and self.go(place + 1, last, kept)
            at = 0
            while at <= len(part):
                found = test["regex"].search(part, at)
                if not found:
                    return False
                if self.go(place + 1, base + found.end(), kept):
                    return True
                at = found.start() + 1
            return False
        if kind == "bsize":
            return size(test["value"], len(self.octets)) and self.go(place + 1, last, kept)
        if kind == "isdataat":
            negated = test["value"].startswith("!")
            parts = [part.strip() for part in test["value"].lstrip("!").split(",")]
            at = number(parts[0], kept)
            there = len(self.octets) >= last + at if "relative" in parts else len(self.octets) > at
            return there != negated and self.go(place + 1, last, kept)
        if kind == "base64_decode":
            parts = dict((part.split() + [""])[:2] for part in (test["value"] or "").split(",") if part.strip())
            at = int(parts.get("offset", 0)) + (last if "relative" in parts else 0)
            part = self.octets[at:]
            if "bytes" in parts:
                part = part[:int(parts["bytes"])]
            part = re.match(rb"[A-Za-z0-9+/\r\n ]*", part)[0]
            part = re.sub(rb"[\r\n ]", b"", part)
            part = part[:-1] if len(part) % 4 == 1 else part
            self.decoded = base64.b64decode(part + b"=" * (-len(part) % 4))
            return bool(self.decoded) and self.go(place + 1, last, kept)
        got = parse_byte(kind, test["value"])
        if kind == "byte_jump" and got["octets"] == "0":
            found = (0, last if "relative" in got["words"] else 0)
        else:
            found = read_number(self.octets, got, last, kept)
        if not found:
            return False
        value, end = found
        if kind == "byte_test":
            return compares(got["op"], value, number(got["value"], kept)) and self.go(place + 1, last, kept)
        if kind == "byte_jump":
            value = value * got["multiplier"]
            if got["align"] is not None:
                value = (value + 3) & ~3
            start = 0 if "from_beginning" in got["words"] else end
            start = len(self.octets) if "from_end" in got["words"] else start
            to = start + value + got["post"]
            return 0 <= to <= len(self.octets) and self.go(place + 1, to, kept)
        if kind == "byte_math":
            other = number(got["value"], kept)
            value = {"+": value + other, "-": value - other, "*": value * other,
                     "/": value // other if other else None, "<<": value << other,
                     ">>": value >> other}[got["op"]]
            if value is None:
                return False
        else:
            value *= got.get("multiplier", 1)
        return self.go(place + 1, end, {**kept, got["name"]: value})

    def content(self, test, place, last, kept):
        low, high = space(test, last, kept, len(self.octets))
        text = self.lower if test["nocase"] else self.octets
        octets = test["octets"].lower() if test["nocase"] else test["octets"]
        at = max(low, 0)
        while True:
            at = text.find(octets, at, max(min(high, len(text)), 0)) if at <= high else -1
            if at < 0:
                return test["negated"] and self.go(place + 1, last, kept)
            if not test.get("endswith") or at + len(octets) == len(text):
                if test["negated"]:
                    return False
                self.places[place] = at
                if self.go(place + 1, at + len(octets), kept):
                    return True
            at += 1


def space(test, last, kept, length):
    """From where to where a content may lie."""
    value = lambda name: None if name not in test else number(str(test[name]), kept)
    if "distance" in test or "within" in test:
        low = last + (value("distance") or 0)
        return low, low + value("within") if "within" in test else length
    low = value("offset") or 0
    depth = value("depth")
    if test.get("startswith"):
        depth = len(test["octets"])
    return low, low + depth if depth is not None else length


def holds(octets, tests):
    """Whether all tests hold, and where the contents were found."""
    look = Look(octets, tests)
    return look.go(0, 0, {}), look


def transform(octets, transforms):
    for name, value in transforms:
        if name == "dotprefix":
            octets = b"." + octets
        elif name == "strip_whitespace":
            octets = re.sub(rb"\s", b"", octets)
        elif name == "compress_whitespace":
            octets = re.sub(rb"\s+", b" ", octets)
        elif name == "to_lowercase":
            octets = octets.lower()
        elif name == "to_uppercase":
            octets = octets.upper()
        elif name in ("to_md5", "to_sha1", "to_sha256"):
            octets = hashlib.new(name[3:], octets).digest()
        elif name == "xor":
            key = bytes.fromhex(value.strip('"'))
            octets = bytes(octet ^ key[place % len(key)] for place, octet in enumerate(octets))
        elif name == "url_decode":
            octets = re.sub(rb"%([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), octets.replace(b"+", b" "))
    return octets


class Builder:
    """Octets of which tests are to hold; what it makes must still be looked at."""

    def __init__(self, tests, rng, filler):
        self.tests, self.rng, self.filler = tests, rng, filler
        self.cells, self.last, self.kept, self.length = {}, 0, {}, None
        contents = [t["octets"] for t in tests if t["kind"] == "content" and not t["negated"]]
        self.words = words_of(contents)

    def end(self):
        return max(self.cells, default=-1) + 1

    def lay(self, at, octets):
        if at < 0 or any(self.cells.get(at + n, o) != o for n, o in enumerate(octets)):
            return False
        self.cells.update((at + n, o) for n, o in enumerate(octets))
        return True

    def make(self):
        expressions = [t for t in self.tests if t["kind"] == "pcre" and not t["negated"]]
        first = self.rng.random() < 0.5
        if first:
            for test in expressions:
                if not test["relative"] and not self.expression(test):
                    return None
        tests = self.tests
        if self.rng.random() < 0.6:
            tests = sorted(tests, key=lambda test: test["kind"] == "bsize")
        for test in tests:
            if test["kind"] == "pcre" and first and not test["relative"]:
                continue
            if not self.step(test):
                return None
        return self.finish()

    def finish(self):
        length = max(self.end(), self.least)
        if self.length is not None:
            if self.length < length:
                return None
            length = self.length
        elif length == 0:
            length = self.rng.choice([0, 4])
        elif self.cells.get(length - 1) in (9, 32, 46):
            length += 1  # a blank or a dot at the end of a value may not be part of it
        if length > 60000:
            return None
        return bytes(self.cells.get(at, self.rng.choice(self.filler)) for at in range(length))

    least = 0

    def step(self, test):
        kind = test["kind"]
        if kind == "content":
            return test["negated"] or self.content(test)
        if kind == "pcre":
            return test["negated"] or self.expression(test)
        if kind == "bsize":
            if self.length is not None:
                return size(test["value"], self.length)
            sizes = [n for n in (self.end(), *range(self.end(), self.end() + 400), *range(4000))
                     if size(test["value"], n)]
            if not self.cells:
                sizes = [self.rng.choice(sizes[:60])] if sizes else []
            if sizes:
                self.length = sizes[0]
            return bool(sizes)
        if kind == "isdataat":
            parts = test["value"].lstrip("!").split(",")
            at = number(parts[0], self.kept) + (self.last if "relative" in test["value"] else 1)
            if not test["value"].startswith("!"):
                self.least = max(self.least, at)
            elif at - 1 >= self.end() and self.rng.random() < 0.3:
                self.length = at - 1
            return True
        if kind == "base64_decode":
            parts = dict((part.split() + [""])[:2] for part in (test["value"] or "").split(",") if part.strip())
            at = int(parts.get("offset", 0)) + (self.last if "relative" in parts else 0)
            return self.lay(at, test.get("encoded", b"YWJj"))
        return self.number(kind, test)

    def content(self, test):
        low, high = space(test, self.last, self.kept, 1 << 16)
        octets = test["octets"]
        room = high - len(octets)
        free = not any(key in test for key in ("offset", "depth", "distance", "within", "startswith"))
        places = []
        if test.get("endswith") and self.length is not None:
            places = [self.length - len(octets)]
        elif free:
            same = [at for at in self.cells
                    if all((self.cells.get(at + n) or 0) == o for n, o in enumerate(octets))]
            if same and self.rng.random() < 0.8:
                places = [same[0]]
            else:
                places = [self.end() + self.rng.choice([0, 0, 0, 1, 2, 5, 20])]
        else:
            start = max(low, 0)
            if self.rng.random() < 0.3 and room > start:
                start += self.rng.randint(0, min(room - start, 12))
            same = [at for at in range(start, min(room, self.end()) + 1)
                    if all(self.cells.get(at + n) == o for n, o in enumerate(octets))]
            places = [*same[:1], *range(start, min(room, start + 600) + 1)]
            if test.get("endswith"):
                places = [at for at in places if at + len(octets) >= self.end()]
        for at in places:
            if self.lay(at, octets):
                self.last = at + len(octets)
                if test.get("endswith"):
                    self.length = self.last
                return True
        return False

    def expression(self, test):
        sampler = Sampler(test, self.rng, self.words)
        base = self.last if test["relative"] else 0
        starts = [base, *range(base, self.end() + 1)]
        if len(starts) > 60:
            starts = [base, *self.rng.sample(starts, 50), self.end()]
        if self.rng.random() < 0.3:
            self.rng.shuffle(starts)
        for start in starts:
            found = sampler.at(start, self.cells, base, self.length)
            if found:
                self.cells, self.last = dict(found[0]), found[1]
                return True
        return False

    def number(self, kind, test):
        got = parse_byte(kind, test["value"])
        count = number(got["octets"], self.kept)
        at = number(got["offset"], self.kept) + (self.last if "relative" in got["words"] else 0)
        if kind == "byte_jump" and count == 0:
            value, end = 0, at
        else:
            if at < 0:
                return False
            fixed = [self.cells.get(at + n) for n in range(count)]
            if None in fixed:
                if not self.choose(kind, got, at, count):
                    return False
            whole = bytes(self.cells.get(n, 0) for n in range(self.end()))
            found = read_number(whole, got, self.last, self.kept)
            if not found:
                return False
            value, end = found
        if kind == "byte_jump":
            value *= got["multiplier"]
            if got["align"] is not None:
                value = (value + 3) & ~3
            start = 0 if "from_beginning" in got["words"] else end
            self.last = start + value + got["post"]
            self.least = max(self.least, self.last)
            return 0 <= self.last < 60000
        if kind in ("byte_extract", "byte_math"):
            if kind == "byte_math":
                other = number(got["value"], self.kept)
                value = {"+": value + other, "-": value - other, "*": value * other,
                         "/": value // (other or 1), "<<": value << other, ">>": value >> other}[got["op"]]
            self.kept = {**self.kept, got["name"]: value}
            self.last = end
        return True

    def choose(self, kind, got, at, count):
        """Writes a number that the test takes."""
        most = 256 ** min(count, 8) - 1
        if kind == "byte_test":
            other = number(got["value"], self.kept)
            offers = [other, other + 1, other - 1, 0, 1, other | 1, most, other + 7, 255, 2 * other]
            if self.rng.random() < 0.5:
                offers.reverse()
        else:
            offers = [self.rng.choice([0, 1, 2, 4, 8, 12, 16, 20, 32])]
            if kind == "byte_jump" and "from_beginning" in got["words"]:
                offers = [self.end() + self.rng.randint(0, 24) - got["post"]] + offers
        for value in offers:
            if got["base"]:
                text = {"hex": "%x", "dec": "%d", "oct": "%o"}[got["base"]] % max(value, 0)
                octets = text.rjust(count, "0").encode() if kind == "byte_test" else text.encode().ljust(count)
                if len(octets) > count:
                    continue
            elif 0 <= value <= most:
                octets = value.to_bytes(count, "little" if "little" in got["words"] else "big")
            else:
                continue
            if any(self.cells.get(at + n, o) != o for n, o in enumerate(octets)):
                continue
            probe = bytes(at) + octets
            found = read_number(probe, {**got, "words": got["words"] - {"relative"}, "offset": str(at)}, 0, self.kept)
            if found and (kind != "byte_test" or compares(got["op"], found[0], number(got["value"], self.kept))):
                return self.lay(at, octets)
        return False


def build(tests, rng, filler, tries=60):
    """Some octets of which the tests hold, each another one."""
    for _ in range(tries):
        made = Builder(tests, rng, filler).make()
        if made is not None and holds(made, tests)[0]:
            yield made
