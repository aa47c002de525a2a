#!/usr/bin/env python3
"""Lays the shipped rules over every labelled attack and writes docs/coverage.md.

    tests/compare/coverage.py [--jaga PATH] [--check] DATA

DATA holds `labels/*.jsonl` and `captures/` (with zipped captures unpacked). An attack counts as
seen where an alert with a technique expected of it falls on it: on one of its frames, in its time
window (the marks of those who recorded it are some seconds off: 5 s of grace), after an event up
to the next one, or anywhere in a capture that is the attack as a whole. With --check nothing is
written, and the end is 1 where the table would change.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GRACE = 5.0
EVENT = 120.0
BASELINE = "needs a baseline: "

# What is expected of attacks whose labels name no technique. By data set and class.
EXPECTED = {
    "qut-dnp3 nmap": "T0846 T0840",
    "qut-dnp3 reconnaissance": "T0846 T0830 T0840",
    "qut-dnp3 injection_ColdRestart": "T0816",
    "qut-dnp3 injection_WarmRestart": "T0816",
    "qut-dnp3 injection_FreezeObj": "T0855",
    "qut-dnp3 injection_push": "T0855 T0856 T0814",
    "qut-dnp3 injection_replay": "T0855 T0831 T0856",
    "qut-dnp3 injection_replay_updaterAck": "T0855 T0831 T0856",
    "qut-dnp3 slave_masquerading": "T0830 T0856",
    "qut-dnp3 master_masquerading": "T0830 T0856 T0855",
    "qut-dnp3 master_hijacking_masquerading": "T0830 T0856 T0855",
    "qut-dnp3 master_hijacking_replay": "T0830 T0856 T0855",
    "qut-dnp3 master_replay_flooding": "T0814 T0830 T0855",
}

# Why no rule sees those that are not seen. By data set and what the class begins with.
VALID = "the messages are valid and between stations that always talk so"
WHY = {
    "ipal-energy-iec104 clone": f"{VALID}; one more of a kind {BASELINE}how many are usual",
    "ipal-energy-iec104 remove": f"nothing is on the wire; {BASELINE}the period of the messages",
    "ipal-energy-iec104 swap": f"{VALID}; {BASELINE}the order of the messages",
    "iti-cip-openics Software": "the capture holds no message of EtherNet/IP",
    "lemay-modbus moving_two_files": "the files do not travel in Modbus",
    "pcapforge ot-modbus-alarm-masking": f"a write like any other of this client; {BASELINE}its usual values",
    "pcapforge ot-modbus-coil-manipulation": "57 s after the first write of the same station, which was told; one a minute is",
    "qut-dnp3 reconnaissance": f"ARP spoofing before the capture begins, then listening; {BASELINE}the usual addresses",
    "qut-dnp3 injection": f"valid messages from the master's own address; {BASELINE}the usual rate and values",
    "qut-dnp3 slave": f"valid messages from the outstation's own address; {BASELINE}the usual values",
    "qut-dnp3 master": f"valid messages from the master's own address; {BASELINE}the usual rate and order",
}


def why(name):
    return next((text for start, text in WHY.items() if name.startswith(start)), "")


class Alert:
    """One alert of a replay."""

    def __init__(self, event, time):
        alert = event["alert"]
        self.sid, self.severity = alert["signature_id"], alert["severity"]
        self.techniques = set(alert.get("metadata", {}).get("mitre_technique_id", []))
        self.frame, self.time = event.get("pcap_cnt", 0), time
        self.hosts = {event.get("src_ip"), event.get("dest_ip")}


def epoch(text):
    import datetime

    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def alerts(jaga, capture):
    with tempfile.TemporaryDirectory() as folder:
        events = pathlib.Path(folder, "events")
        rules = ROOT / "rules"
        command = [jaga, "replay", "-q", "--allow-truncated", capture, "--rules", rules, "--events", events]
        subprocess.run([str(part) for part in command], capture_output=True)
        if not events.exists():
            return []
        with open(events, encoding="utf-8") as lines:
            found = (json.loads(line) for line in lines if '"event_type":"alert"' in line)
            return [Alert(event, epoch(event["timestamp"])) for event in found]


class Attack:
    """One row of the table: attacks of one class in one data set."""

    def __init__(self, expected):
        self.expected, self.count, self.seen = expected, 0, 0
        self.rules, self.first = {}, None

    def add(self, hits, capture):
        self.count += 1
        right = [hit for hit in hits if not self.expected or hit.techniques & self.expected]
        self.seen += bool(right)
        for hit in right:
            self.rules[hit.sid] = min(hit.severity, self.rules.get(hit.sid, 4))
        if right and self.first is None:
            self.first = f"{right[0].sid} at frame {right[0].frame} of {capture}"


def attacks(label, found):
    """The attacks of one label, as (class, techniques, alerts on it)."""
    kind = label["kind"]
    if kind == "window":
        for window in label["windows"]:
            if window["visible"]:
                start, end = window["start"] - GRACE, window["end"] + GRACE
                yield window["cls"].split(" ")[0], set(), [a for a in found if start <= a.time <= end]
    elif kind == "event":
        hostile = set(label["attacker_ips"])
        for event in label["events"]:
            if event["techniques"]:
                start, end = event["epoch"] - GRACE, event["epoch"] + EVENT
                hits = [a for a in found if start <= a.time <= end and a.hosts & hostile]
                yield f'{label["cls"]}: {event["title"]}', set(event["techniques"]), hits
    elif kind == "packet":
        # An operation is told with its answer, a frame after the one that is labelled.
        frames = {frame + step for frame in label["frames"] for step in (0, 1)}
        yield label["cls"], set(), [a for a in found if a.frame in frames]
    else:
        yield label["cls"], set(), found


def rows(jaga, data):
    table = collections.OrderedDict()
    for path in sorted((data / "labels").glob("*.jsonl")):
        if path.stem == "pcapforge-assets":
            continue
        for line in open(path, encoding="utf-8"):
            label = json.loads(line)
            capture = data / "captures" / label["capture"]
            quiet = label["cls"] in ("normal", "control") or label["cls"].endswith("baseline-operations")
            whole_of_other = path.stem == "qut-s7comm" and not label["frames"] and "Flooding" not in label["cls"]
            if quiet or whole_of_other:
                continue
            if not capture.exists():
                sys.exit(f"{capture} is not there; unpack the captures first")
            found = alerts(jaga, capture)
            for name, techniques, hits in attacks(label, found):
                techniques = techniques or set(EXPECTED.get(f"{path.stem} {name}", "").split())
                row = table.setdefault((path.stem, name), Attack(techniques))
                row.add(hits, label["capture"].split("/", 1)[-1].rsplit("/", 2)[-1])
    return table


def text(table):
    out = [HEAD]
    for (data, name), row in table.items():
        rules = ", ".join(f"{sid} ({severity})" for sid, severity in sorted(row.rules.items(), key=lambda r: (r[1], r[0])))
        told = [row.first, "" if row.seen == row.count else why(f"{data} {name}")]
        techniques = " ".join(sorted(row.expected)) or "-"
        out.append(f"| {data} | {name} | {techniques} | {row.seen} of {row.count} | {rules or '-'} | {'; else: '.join(filter(None, told)) or '-'} |")
    seen, count = sum(r.seen for r in table.values()), sum(r.count for r in table.values())
    out.append(f"\nSeen: {seen} of {count}.\n")
    return "\n".join(out)


HEAD = """# What shipped rules and detectors see of labelled attacks

| data | attack | techniques | seen | rules (severity) | first alert, or why none |
|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jaga", default=ROOT / "target/debug/jaga", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("data", type=pathlib.Path)
    options = parser.parse_args()
    written = text(rows(options.jaga, options.data))
    place = ROOT / "docs/coverage.md"
    if options.check:
        return int(not place.exists() or place.read_text(encoding="utf-8") != written)
    place.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
