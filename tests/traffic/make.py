#!/usr/bin/env python3
"""Makes traffic that drawn rules must match, and near misses on which they must be silent, and
lays the rules over both:

    make.py JAGA RULES SEED COUNT [--all] [--keep DIR] [--least N]

RULES is a file or a folder of *.rules. The draw passes over rules that never alert by their own
word and over those that ask for the value of a hash. Ends with 1 where fewer than N of the drawn
rules fire on their traffic and stay silent on the near miss."""

import argparse
import ipaddress
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

sys.dont_write_bytecode = True
import exchange
from captures import FLAGS, Capture
from octets import size
from rules import VARIABLES, Cannot, Rule, address, port

DEPTH = 4
sys.setrecursionlimit(6000)
HASHES = {"ja3.hash", "ja3s.hash", "ja3.string", "ja3s.string", "tls.cert_fingerprint", "ssh.hassh"}
PORTS = {"http": 80, "tls": 443, "dns": 53, "smtp": 25, "ftp": 21, "ssh": 22, "smb": 445}


def read(path, off_too):
    """All rules, and why those were passed over that were."""
    files = sorted(path.glob("*.rules")) if path.is_dir() else [path]
    found, failed = [], []
    for file in files:
        for line in file.read_text("utf-8", "replace").splitlines():
            off = line.startswith("#")
            if not line.lstrip("# ").startswith(("alert ", "drop ", "reject ")):
                continue
            try:
                rule = Rule(line)
            except Cannot as cannot:
                if not off:
                    failed.append(str(cannot))
                continue
            except ValueError:
                continue
            rule.off = off and not off_too
            found.append(rule)
    return found, failed


def can_be_drawn(rule):
    """Hashes cannot be turned round, and a rule without alerts cannot be seen."""
    hashed = any(group[0] in HASHES or any(name.startswith(("to_md5", "to_sha")) for name, _ in group[1])
                 for group in rule.groups)
    return not (rule.off or hashed or rule.is_silent() or rule.one("tls.fingerprint"))


class Maker:
    def __init__(self, rules, rng):
        self.rng = rng
        self.setters = {}
        for rule in rules:
            for kind, words in rule.bits:
                if words[0] in ("set", "toggle") and kind in ("flowbits", "xbits", "hostbits"):
                    self.setters.setdefault((kind, words[1]), []).append(rule)
        self.needed = {}

    def ends(self, rule, number):
        """Client and server of a rule's conversation, as the rule's header takes them."""
        home = ipaddress.ip_address("10.%d.%d.%d" % (1 + number // 60000, number // 250 % 250, number % 250 + 1))
        away = ipaddress.ip_address("185.%d.%d.%d" % (1 + number // 60000, number // 250 % 250, number % 250 + 1))
        homes = [home, ipaddress.ip_address("fd00::%x" % (number + 1))]
        low, high = PORTS.get(rule.protocol, 8081), 40000 + number % 20000
        answers = rule.to_client()
        source_ports = [low, high] if answers else [high, low]
        destination_ports = [high, low] if answers else [low, high]
        first = address(rule.source, [away, *homes])
        mine = [one for one in [*homes, away] if one.version == first.version]
        if first == home:
            mine.reverse()
        second = address(rule.destination, mine)
        if second.version != first.version:
            first = address(rule.source, [one for one in homes if one.version == second.version])
        if first == second and not any(name == "sameip" for name, _ in rule.packet):
            second = address(rule.destination, [ipaddress.ip_address(int(first) + 1)])
        source = (first, port(rule.source_port, source_ports))
        destination = (second, port(rule.destination_port, destination_ports))
        return (destination, source) if answers else (source, destination)

    def before(self, rule, ends, depth):
        """Pieces that set the bits which the rule asks for, between the same ends."""
        pieces = []
        for kind, words in rule.bits:
            if words[0] != "isset":
                continue
            if depth >= DEPTH or kind == "flowint":
                raise Cannot("bits too deep")
            names = [name.strip() for name in words[1].split("|")]
            reason = "no rule sets " + words[1]
            some = [setter for name in names for setter in self.setters.get((kind, name), [])]
            for other in [setter for setter in some if takes(setter, ends)][:12]:
                try:
                    part = self.before(other, ends, depth + 1) + exchange.make(other, self.rng)[1]
                except Cannot as cannot:
                    reason = str(cannot)
                    continue
                pieces += part
                self.needed[other.sid] = other
                break
            else:
                raise Cannot(reason)
        return pieces


def joined(before, pieces):
    """What came before and what comes now as one conversation: an answer takes the place of the
    plain answer of the request before it."""
    if before and pieces:
        plain = (False, exchange.web.default_response())
        if pieces[0] == (True, exchange.web.default_request()) and before[-1] == plain:
            return before[:-1] + pieces[1:]
        if not pieces[0][0] and before[-1] == plain:
            return before[:-1] + pieces
    return before + pieces


def header_of(rule):
    header = {}
    if exchange.is_anchored(rule):
        # As a card puts segments together: what is counted from the start lies in one.
        header["segment"] = 60000
    for name, value in rule.packet:
        if name == "flags":
            header["flags"] = sum(FLAGS.get(flag, 0) for flag in value.split(",")[0].lstrip("!*+"))
        elif name in ("window", "ttl", "tos", "id"):
            header[name] = next(n for n in range(65536) if size(value, n))
        elif name == "fragbits":
            header["fragbits"] = sum({"M": 1, "D": 2, "R": 4}.get(bit, 0) for bit in value)
        elif name not in ("dsize", "itype", "icode", "icmp_id", "icmp_seq", "stream_size", "tls.version",
                          "ssl_version", "app-layer-protocol", "sameip", "ip_proto", "ssl_state"):
            raise Cannot("the word " + name)
    return header


def repeats(rule):
    """How often a match must come until it is told, and the seconds between two."""
    if not rule.limit:
        return 1, 0
    words = dict(part.split(None, 1) for part in rule.limit[1].split(",") if " " in part.strip())
    words = {key.strip(): value.strip() for key, value in words.items()}
    count, seconds = int(words.get("count", 1)), int(words.get("seconds", 60))
    if words.get("type") == "limit":
        return 1, 0
    return count + 1, seconds / (2 * count + 6)


def write(capture, rule, ends, pieces, header):
    """One match on the wire."""
    client, server = ends
    protocol = rule.protocol
    number = next((int(value) for name, value in rule.packet if name == "ip_proto" and value.isdigit()), None)
    if protocol == "icmp":
        kinds = {name: next(n for n in range(256) if size(value, n)) for name, value in rule.packet
                 if name in ("itype", "icode")}
        ident = [next(n for n in range(65536) if size(value, n)) for name, value in rule.packet if name == "icmp_id"]
        rest = ((ident or [7])[0]).to_bytes(2, "big") + b"\0\1"
        content = b"".join(octets for _, octets in pieces)
        capture.icmp(client[0], server[0], kinds.get("itype", 8), kinds.get("icode", 0), rest, content, header)
    elif number not in (None, 6, 17):
        capture.ip(client[0], server[0], number, b"".join(octets for _, octets in pieces) or bytes(8), header)
    elif protocol in ("udp", "dns") or number == 17:
        for to_server, octets in pieces or [(True, b"hello")]:
            first, second = (client, server) if to_server else (server, client)
            capture.udp(first, second, octets, header)
    elif (not pieces or "flags" in header) and not rule.flow & {"established"}:
        first, second = (server, client) if rule.to_client() else (client, server)
        for _, octets in pieces or [(True, b"")]:
            capture.tcp(first, second, (1000, 0), header.get("flags", 2), octets, header)
    else:
        capture.conversation(client, server, pieces or [(not rule.to_client(), b"hello")], header)


def widen(rule):
    """`dsize` is the size of the payload."""
    for name, value in rule.packet:
        if name == "dsize":
            rule.group("payload").append({"kind": "bsize", "value": value})
    rule.packet.sort(key=lambda pair: pair[0])


def scenario(maker, rule, number):
    """Writes of the match and of the near miss, as calls that wait."""
    widen(rule)
    if rule.protocol == "dns" and exchange.is_of_answer(rule):
        rule.flow.add("to_client")
    ends = maker.ends(rule, number)
    before = maker.before(rule, ends, 0)
    blobs, pieces, views, choice = exchange.make(rule, maker.rng)
    header = header_of(rule)
    times, pause = repeats(rule)
    missed = exchange.near(rule, maker.rng, blobs, choice)
    if missed:
        miss, how, far = joined(before, missed[0]), missed[1], ends
    else:
        # Nothing is asked of octets: another port or another host.
        miss, how, far = joined(before, pieces), None, None
        for name, change in (("port", lambda end: (end[0], 47)), ("address", lambda end: (
                ipaddress.ip_address("192.0.2.77" if end[0].version == 4 else "2001:db8::77"), end[1]))):
            for place in (0, 1):
                other = list(ends)
                other[place] = change(ends[place])
                if not takes(rule, other):
                    far, how = tuple(other), name
        if far is None and "flags" in header:
            far, how, header_far = ends, "flags", {**header, "flags": 20 if header["flags"] != 20 else 17}
            return joined(before, pieces), miss, ends, far, header, header_far, times, pause, how
        if far is None:
            raise Cannot("nothing to miss by")
    return joined(before, pieces), miss, ends, far, header, header, times, pause, how


def takes(rule, ends):
    """Whether the rule's header takes a conversation with these ends."""
    source, destination = (ends[1], ends[0]) if rule.to_client() else ends

    def fits(first, second):
        try:
            return (address(rule.source, [first[0]]) == first[0] and port(rule.source_port, [first[1]]) == first[1]
                    and address(rule.destination, [second[0]]) == second[0]
                    and port(rule.destination_port, [second[1]]) == second[1])
        except Cannot:
            return False
    if rule.protocol in ("icmp", "ip"):
        source, destination = (source[0], 1), (destination[0], 1)
    return fits(source, destination) or (rule.way == "<>" and fits(destination, source))


def alerts(jaga, rules, capture, variables):
    done = subprocess.run([jaga, "replay", "--rules", rules, "--vars", variables, "--events", "-", capture],
                          capture_output=True, check=False)
    if done.returncode:
        sys.exit("jaga: " + done.stderr.decode()[-2000:])
    found = set()
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event.get("event_type") == "alert":
            found.add((event["alert"]["signature_id"], frozenset((event["src_ip"], event["dest_ip"]))))
    return found


def shown(pieces):
    return " ".join("%s%r" % (">" if to_server else "<", octets[:400]) for to_server, octets in pieces)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("jaga")
    parser.add_argument("rules", type=pathlib.Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--all", action="store_true", help="draw from the rules that are off, too")
    parser.add_argument("--keep", type=pathlib.Path, help="leave rules and captures here")
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--seeds", type=pathlib.Path, help="write each rule with its capture here, for fuzzing")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = random.Random(arguments.seed)
    rules, unread = read(arguments.rules, arguments.all)
    drawable = [rule for rule in rules if can_be_drawn(rule)]
    drawn = rng.sample(drawable, min(arguments.count, len(drawable)))
    maker = Maker(rules, rng)
    fire, near = Capture(), Capture()
    expected, faults, seeds = [], [], []
    for number, rule in enumerate(drawn):
        try:
            pieces, miss, ends, far, header, header_far, times, pause, how = scenario(maker, rule, number)
        except Cannot as cannot:
            faults.append((rule.sid, "no traffic: " + str(cannot)))
            continue
        for capture, what, over, head in ((fire, pieces, ends, header), (near, miss, far, header_far)):
            for turn in range(times):
                client, server = over
                if times > 1 and client[1] > 1024:
                    client = (client[0], 20000 + (client[1] + turn) % 40000)
                write(capture, rule, (client, server), what, head)
                capture.time += pause
        seeds.append((rule, pieces, ends, header))
        expected.append((rule.sid, *(frozenset(str(end[0]) for end in each) for each in (ends, far)), how, shown(pieces)))
    if arguments.seeds:
        arguments.seeds.mkdir(parents=True, exist_ok=True)
        for rule, pieces, ends, header in seeds:
            one = Capture()
            write(one, rule, ends, pieces, header)
            one.write(arguments.seeds / "capture")
            octets = (arguments.seeds / "capture").read_bytes()
            (arguments.seeds / str(rule.sid)).write_bytes(rule.text.encode() + b"\n----\n" + octets)
        (arguments.seeds / "capture").unlink()
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {**maker.needed, **{rule.sid: rule for rule in drawn}}
    (folder / "drawn.rules").write_text("\n".join(rule.text for rule in chosen.values()) + "\n")
    (folder / "vars").write_text("".join("%s = %s\n" % pair for pair in VARIABLES.items()))
    fire.write(folder / "fire.pcap")
    near.write(folder / "near.pcap")
    told = [alerts(arguments.jaga, folder / "drawn.rules", folder / name, folder / "vars")
            for name in ("fire.pcap", "near.pcap")]
    good = 0
    for sid, pair, far, how, text in expected:
        fired, missed = (sid, pair) in told[0], (sid, far) not in told[1]
        good += fired and missed
        if not fired:
            faults.append((sid, "did not fire: " + text))
        if not missed:
            faults.append((sid, "fired on a near miss: " + how))
    for sid, fault in faults:
        print("%d: %s" % (sid, fault))
    fired = sum((sid, pair) in told[0] for sid, pair, *_ in expected)
    silent = sum((sid, far) not in told[1] for sid, _, far, *_ in expected)
    print("%d drawn of %d with seed %d: %d with traffic, %d fired, %d silent on the near miss, %d both"
          % (len(drawn), len(drawable), arguments.seed, len(expected), fired, silent, good))
    return 1 if good < arguments.least else 0


if __name__ == "__main__":
    sys.exit(main())
