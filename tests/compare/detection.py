#!/usr/bin/env python3
"""Scores detection on labelled captures: what was found, what was false, and how late.

    tests/compare/detection.py [--jaga PATH] [--data FOLDER] [--set NAME]... [--benign]
                               [--missed] [--json FILE] [--work FOLDER]
    tests/compare/detection.py --self-test

One line a data set. The same configuration for all: the shipped rules and all detectors; what is
usual is learned from what the labels call benign and comes before (a control day, or the beginning
of the same capture); where there is nothing of that kind the rules and what needs no learning are
judged alone. --benign judges the captures that nobody attacks: learned on the first half, judged
on the second. --missed lists every event that was not found and every false incident.

An event is found if an alert of severity 1 to 3 concerns a host that the label names, from 1 s
before it to 60 s after it; of severity 4 where the event is no more than that a device appears.
An incident is true if it overlaps the same time of an event and shares a host with it. Precision
is that of incidents of priority 1 to 3; those of priority 4 stand apart. False incidents a day are
given with the upper 95 % bound of their Poisson rate: with none in H hours, 3/H an hour. Hours are
those in which packets came: a pause counts as a minute at most. A day on which attacks are labelled
counts outside of them only.
"""

import argparse
import csv
import dataclasses
import datetime
import json
import math
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BEFORE = 1.0
AFTER = 60.0
# What of an attack is less than this apart is one event, where labels are of packets.
APART = 60.0
# Learning stops this long before the first labelled event.
LEAD = 10.0
# Longest pause between two packets that counts as time watched.
PAUSE = 60.0
# Shortest capture that false incidents are counted on, where nobody attacks.
BENIGN = 600.0
# Protocols of the catalogue that make a capture an industrial one.
INDUSTRIAL = set(
    "ams bacapp bacnet c1222 cip cipio dnp3 ecat ecatf enip fins goose hart_ip iec104"
    " iec60870_104 iec60870_asdu mbtcp mms mmse modbus omron opcua pn_dcp pn_io pn_rt s7comm"
    " s7comm-plus slmp sv synphasor".split()
)


# --- What is judged ---------------------------------------------------------------------------


@dataclasses.dataclass
class Event:
    """A labelled attack: from when to when, whom it concerns (nobody named: anybody)."""

    start: float
    end: float
    title: str
    hosts: frozenset = frozenset()
    techniques: frozenset = frozenset()
    appearance: bool = False

    def near(self, first, last):
        return first <= self.end + AFTER and last >= self.start - BEFORE

    def concerns(self, hosts):
        return not self.hosts or bool(self.hosts & hosts)


@dataclasses.dataclass
class Alert:
    """An alert, or as much of one as is judged."""

    id: str
    time: float
    severity: int
    sid: int
    text: str
    frame: int
    hosts: frozenset
    techniques: frozenset


@dataclasses.dataclass
class Incident:
    """An incident in its last state."""

    id: str
    priority: int
    title: str
    first: float
    last: float
    hosts: frozenset
    alerts: tuple
    techniques: frozenset


@dataclasses.dataclass
class Run:
    """One replay and what is to be found in it."""

    name: str
    capture: pathlib.Path
    arguments: list
    events: list
    judged: tuple = (0.0, 0.0)
    hours: float = 0.0
    notes: tuple = ()


@dataclasses.dataclass
class Score:
    """What one run, or a set of runs, came to."""

    events: int = 0
    found: int = 0
    true: int = 0
    false: int = 0
    notes_true: int = 0
    notes_false: int = 0
    hours: float = 0.0
    alerts: int = 0
    incidents: int = 0
    stray: int = 0
    told: int = 0
    labelled: int = 0
    delays: list = dataclasses.field(default_factory=list)
    missed: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)

    def add(self, other):
        for field in dataclasses.fields(self):
            mine = getattr(self, field.name)
            setattr(self, field.name, mine + getattr(other, field.name))


def match(event, alerts):
    """The alerts that find an event."""
    worst = 4 if event.appearance else 3
    return [
        alert
        for alert in alerts
        if alert.severity <= worst and event.near(alert.time, alert.time) and event.concerns(alert.hosts)
    ]


def judge(run, alerts, incidents):
    """The score of one run."""
    score = Score(events=len(run.events), hours=run.hours, alerts=len(alerts), incidents=len(incidents))
    for event in run.events:
        found = match(event, alerts)
        score.labelled += len(event.techniques)
        if not found:
            score.missed.append((run, event))
            continue
        score.found += 1
        score.delays.append(max(0.0, min(alert.time for alert in found) - event.start))
        told = frozenset().union(*(alert.techniques for alert in found))
        score.told += len(event.techniques & told)
    for incident in incidents:
        true = any(
            event.near(incident.first, incident.last) and event.concerns(incident.hosts)
            for event in run.events
        )
        if incident.priority > 3:
            score.notes_true += true
            score.notes_false += not true
        elif true:
            score.true += 1
        else:
            score.false += 1
            score.wrong.append((run, incident, [alert for alert in alerts if alert.id in incident.alerts]))
    score.stray = sum(
        alert.severity <= 3 and not any(event.near(alert.time, alert.time) for event in run.events)
        for alert in alerts
    )
    return score


def bound(count):
    """Upper 95 % bound of the mean of a Poisson count: 3.0 for none."""
    low, high = 0.0, 10.0 + 3.0 * count
    for _ in range(60):
        mean = (low + high) / 2
        term = total = math.exp(-mean)
        for k in range(1, count + 1):
            term *= mean / k
            total += term
        low, high = (mean, high) if total > 0.05 else (low, mean)
    return high


def percentile(values, share):
    """The value that this share of them does not exceed; nothing of nothing."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, math.ceil(share * len(ranked)) - 1))]


# --- Captures -----------------------------------------------------------------------------------


def packets(capture):
    """Time and bytes of each packet of a pcap or pcapng file with an Ethernet link."""
    data = pathlib.Path(capture).read_bytes()
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        yield from blocks(data)
        return
    order = "<" if magic[:1] in b"\xd4\x4d" else ">"
    unit = 1e-9 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e-6
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, length, _ = struct.unpack_from(order + "IIII", data, at)
        yield seconds + fraction * unit, data[at + 16 : at + 16 + length]
        at += 16 + length


def blocks(data):
    """The packets of a pcapng file (draft-ietf-opsawg-pcapng), enhanced blocks only."""
    at, order, units = 0, "<", []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            length = struct.unpack_from(order + "I", data, at + 4)[0]
            units = []
        elif kind == 1:
            units.append(resolution(data[at + 16 : at + length - 4], order))
        elif kind == 6:
            interface, high, low, size, _ = struct.unpack_from(order + "IIIII", data, at + 8)
            yield ((high << 32) + low) * units[interface], data[at + 28 : at + 28 + size]
        at += max(length, 12)


def resolution(options, order):
    """The unit of time stamps that the options of an interface tell: microseconds without one."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(order + "HH", options, at)
        if code == 9:
            value = options[at + 4]
            return 2.0 ** -(value & 127) if value & 128 else 10.0**-value
        at += 4 + (length + 3) // 4 * 4
    return 1e-6


def addresses(frame):
    """The IPv4 ends of an Ethernet frame."""
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    if frame[at : at + 2] != b"\x08\x00" or len(frame) < at + 22:
        return ()
    return tuple(".".join(map(str, frame[at + p : at + p + 4])) for p in (14, 18))


def hours(times, judged, events):
    """Hours in which packets came, of the judged time and outside of events."""
    total, before = 0.0, None
    first, last = judged
    apart = sorted((event.start - BEFORE, event.end + AFTER) for event in events)
    for time in times:
        if before is not None and first <= before and time <= last:
            while apart and apart[0][1] < before:
                apart.pop(0)
            if not apart or time < apart[0][0]:
                total += max(0.0, min(time - before, PAUSE))
        before = time
    return total / 3600.0


def cut(capture, last, target):
    """Writes the packets of a pcap file up to the one with this number."""
    with open(capture, "rb") as source, open(target, "wb") as out:
        head = source.read(24)
        order = "<" if head[:1] in b"\xd4\x4d" else ">"
        out.write(head)
        for _ in range(last):
            record = source.read(16)
            out.write(record + source.read(struct.unpack(order + "IIII", record)[2]))


# --- Data sets ----------------------------------------------------------------------------------


class Data:
    """The folder of labelled captures, what is unpacked of it, and the program that is judged."""

    def __init__(self, folder, work, jaga):
        self.folder, self.work, self.jaga = pathlib.Path(folder), pathlib.Path(work), jaga

    def labels(self, name):
        with open(self.folder / "labels" / f"{name}.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]

    def capture(self, path):
        """A capture by its path in the labels; one that is packed is unpacked first."""
        plain = self.folder / "captures" / path
        if plain.exists():
            return plain
        unpacked = self.work / path.replace("/", "_")
        if not unpacked.exists():
            for packed in sorted(plain.parent.glob("*.zip")):
                with zipfile.ZipFile(packed) as archive:
                    for member in archive.namelist():
                        if pathlib.Path(member).name == plain.name:
                            unpacked.write_bytes(archive.read(member))
        if not unpacked.exists():
            raise FileNotFoundError(plain)
        return unpacked

    def baseline(self, capture, name):
        """What is usual in a capture."""
        target = self.work / f"{name}.baseline"
        call([self.jaga, "baseline", "learn", "-q", "--allow-truncated", capture, "-o", target])
        return ["--baseline", target]


def call(command):
    run = subprocess.run([str(part) for part in command], capture_output=True)
    if run.returncode > 1:
        raise RuntimeError(f"{command[1]} of {command[-1]}: {run.stderr.decode(errors='replace')[:400]}")


def stamp(epoch):
    """A time as the command line takes it."""
    time = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def until(time):
    return ["--learn", stamp(time)]


def finish(run, times):
    """Fills in the time that is judged, from the first packet that is held against what is usual."""
    first = times[0] if run.judged[0] == 0.0 else run.judged[0]
    run.judged = (first, times[-1])
    run.hours = hours(times, run.judged, run.events)
    return run


def halved(name, capture, times):
    """A capture that nobody attacks: learned on its first half, judged on the second."""
    half = (times[0] + times[-1]) / 2
    return finish(Run(name, capture, until(half), [], (half, 0.0)), times)


def pcapforge(data):
    """Twelve synthetic scenarios, each with its events; two of them without any."""
    assets = {row["capture"]: row["hosts"] for row in data.labels("pcapforge-assets")}
    for row in data.labels("pcapforge"):
        capture = data.capture(row["capture"])
        times = [time for time, _ in packets(capture)]
        if not row["events"]:
            yield halved(row["cls"], capture, times)
            continue
        events = [
            Event(
                event["epoch"],
                event["epoch"],
                event["title"],
                frozenset(row["attacker_ips"]) | named(event["title"], assets[row["capture"]]),
                frozenset(event["techniques"]),
                not event["techniques"],
            )
            for event in row["events"]
        ]
        begin = min(event.start for event in events) - LEAD
        yield finish(Run(row["cls"], capture, until(begin), events, (begin, 0.0)), times)


def named(title, hosts):
    """Addresses of the devices that a title names by role and number: plc1, rtac."""
    found = set()
    for word in re.findall(r"\w+", title):
        role, number = re.fullmatch(r"(.*?)(\d*)", word).groups()
        peers = [host for host in hosts if host["role"] in (role, word)]
        index = int(number or 1) - 1
        if word in {host["role"] for host in peers}:
            peers, index = [host for host in peers if host["role"] == word], 0
        if 0 <= index < len(peers):
            found |= {interface["ip"] for interface in peers[index]["interfaces"]}
    return frozenset(found)


def qut_dnp3(data):
    """Three days of attacks held against a day without; that day against its own first half."""
    rows = data.labels("qut-dnp3")
    control = next(row for row in rows if not row["windows"])
    quiet = data.capture(control["capture"])
    usual = data.baseline(quiet, "qut-dnp3")
    for row in rows:
        capture = data.capture(row["capture"])
        times = [time for time, _ in packets(capture)]
        if row is control:
            yield halved(row["cls"], capture, times)
            continue
        hidden = [window for window in row["windows"] if not window["visible"]]
        events = [
            Event(
                window["start"],
                window["end"],
                window["cls"].split()[0],
                frozenset(window["cls"].split()[1:]),
            )
            for window in row["windows"]
            if window["visible"]
        ]
        notes = [f"{len(hidden)} windows without a packet in the capture left out"] if hidden else []
        yield finish(Run(row["cls"], capture, usual, events, notes=tuple(notes)), times)


def attacks(frames, numbered, title):
    """Labelled frames, as events: those less than a minute apart are one."""
    events = []
    for frame in frames:
        time, content = numbered[frame - 1]
        hosts = frozenset(addresses(content))
        if events and time - events[-1].end < APART:
            events[-1].end = time
            events[-1].hosts |= hosts
        else:
            events.append(Event(time, time, title, hosts))
    return events


def lemay(data):
    """Modbus with labels of packets: learned up to the first attack, or up to that of the longest
    beginning without one. The covert channel has no attack-free part: what needs no learning."""
    rows = [row for row in data.labels("lemay-modbus")]
    longest = max(rows, key=lambda row: min(row.get("frames") or [0]))
    for row in rows:
        capture = data.capture(row["capture"])
        numbered = list(packets(capture))
        times = [time for time, _ in numbered]
        if not row.get("frames"):
            yield Run(row["cls"], capture, [], [Event(times[0], times[-1], row["cls"])])
            continue
        events = attacks(row["frames"], numbered, row["cls"])
        begin = events[0].start - LEAD
        if begin - times[0] > LEAD:
            yield finish(Run(row["cls"], capture, until(begin), events, (begin, 0.0)), times)
            continue
        part = data.work / "lemay.pcap"
        cut(data.capture(longest["capture"]), min(longest["frames"]) - 1, part)
        run = Run(row["cls"], capture, data.baseline(part, "lemay"), events)
        yield finish(run, times)


def ipal(data):
    """IEC 104 with single packets doubled, left out or swapped, against the same traffic as it was."""
    rows = data.labels("ipal-energy-iec104")
    train = next(row for row in rows if row["capture"].endswith("/train.pcap"))
    usual = data.baseline(data.capture(train["capture"]), "ipal")
    for row in rows:
        if row is train or row["capture"].endswith("/orig.pcap"):
            continue
        capture = data.capture(row["capture"])
        numbered = list(packets(capture))
        times = [time for time, _ in numbered]
        name = pathlib.Path(row["capture"]).stem
        if row["kind"] == "file":
            yield finish(Run(name, capture, usual, []), times)
            continue
        events = attacks(row["frames"], numbered, row["cls"])
        yield finish(Run(name, capture, usual, events), times)


def files(name, left_out=()):
    """Small captures, each of one attack: what needs no learning is judged alone."""

    def runs(data):
        for row in data.labels(name):
            if row["cls"] in left_out:
                continue
            capture = data.capture(row["capture"])
            times = [time for time, _ in packets(capture)]
            stem = pathlib.Path(row["capture"]).stem
            yield Run(stem, capture, [], [Event(times[0], times[-1], row["cls"])])

    return runs


def benign(data):
    """Industrial captures of the catalogue that nobody attacks, of ten minutes and more."""
    labelled = {row["capture"] for name in SETS for row in data.labels(name)}
    with open(data.folder / "catalogue.tsv", encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["class"] in ("a", "ad")]
    for row in rows:
        if row["path"] in labelled or not INDUSTRIAL & set(row["protocols"].split()):
            continue
        if float(row["duration_s"]) < BENIGN:
            continue
        capture = data.capture(row["path"])
        times = sorted(time for time, _ in packets(capture))
        if hours(times, (times[0], times[-1]), []) * 3600 >= BENIGN:
            yield halved(row["path"], capture, times)


# EIP-ViewDeviceStatus holds no CIP: what its label says is not in it.
SETS = {
    "pcapforge": pcapforge,
    "qut-dnp3": qut_dnp3,
    "lemay-modbus": lemay,
    "qut-s7comm": files("qut-s7comm"),
    "iti-cip-openics": files("iti-cip-openics", ("ViewDeviceStatus",)),
    "mehner-profinet-dcp": files("mehner-profinet-dcp"),
    "ipal-energy-iec104": ipal,
}
REMARKS = {
    "qut-s7comm": "rules alone: the control capture has no S7 to learn from",
    "iti-cip-openics": "rules alone: nothing to learn from; EIP-ViewDeviceStatus has no CIP",
    "mehner-profinet-dcp": "rules alone: nothing to learn from",
    "ipal-energy-iec104": "single packets doubled, lost or swapped: what any network does as well",
    "lemay-modbus": "the covert channel without an attack-free part",
}


# --- What came of it ----------------------------------------------------------------------------


def seconds(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def read(path):
    """The alerts and incidents of a file of events."""
    alerts, incidents, names = [], {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            kind = event.get("event_type")
            if kind == "alert":
                alerts.append(alert_of(event))
            elif kind == "incident":
                incident = incident_of(event["incident"])
                incidents[incident.id] = incident
            elif kind == "asset":
                asset = event["asset"]
                for mac in asset["macs"]:
                    names.setdefault(mac, set()).update(asset["ips"])
    for item in [*alerts, *incidents.values()]:
        item.hosts = item.hosts.union(*(names.get(host, ()) for host in item.hosts))
    return alerts, list(incidents.values())


def alert_of(event):
    alert, ether = event["alert"], event.get("ether") or {}
    hosts = {event.get("src_ip"), event.get("dest_ip")}
    # Of frames with IP the addresses are those of the next router.
    if not event.get("src_ip"):
        hosts |= {ether.get("src_mac"), ether.get("dest_mac")}
    for end in ("source", "target"):
        hosts.add((alert.get(end) or {}).get("ip"))
    return Alert(
        (event.get("ot") or {}).get("event_id", ""),
        seconds(event["timestamp"]),
        alert["severity"],
        alert["signature_id"],
        alert["signature"],
        event.get("pcap_cnt", 0),
        frozenset(hosts - {None}),
        frozenset((alert.get("metadata") or {}).get("mitre_technique_id", ())),
    )


def incident_of(incident):
    return Incident(
        incident["id"],
        incident["priority"],
        incident["title"],
        seconds(incident["first"]["time"]),
        seconds(incident["last"]["time"]),
        frozenset(incident["sources"]) | frozenset(incident["targets"]),
        tuple(incident["alerts"]),
        frozenset(incident["techniques"]),
    )


def replay(data, run, grouped):
    """The alerts and incidents of one run that fall into the time judged."""
    with tempfile.TemporaryDirectory(dir=data.work) as folder:
        events = pathlib.Path(folder, "events")
        base = [data.jaga, "replay", "-q", "--allow-truncated", *run.arguments]
        call([*base, "--events", events, run.capture])
        alerts, incidents = read(events)
    first = run.judged[0]
    alerts = [alert for alert in alerts if alert.time >= first]
    incidents = [incident for incident in incidents if incident.last >= first]
    return alerts, group(alerts) if grouped else incidents


def group(alerts):
    """Incidents of a program that makes none: alerts with a host in common, at most 300 s apart."""
    incidents = []
    for alert in sorted(alerts, key=lambda alert: alert.time):
        for incident in incidents:
            if alert.time - incident.last <= 300.0 and incident.hosts & alert.hosts:
                incident.last = alert.time
                incident.hosts |= alert.hosts
                incident.alerts += (alert.id,)
                incident.techniques |= alert.techniques
                incident.priority = min(incident.priority, alert.severity)
                break
        else:
            incidents.append(
                Incident(
                    str(len(incidents)),
                    alert.severity,
                    alert.text,
                    alert.time,
                    alert.time,
                    alert.hosts,
                    (alert.id,),
                    alert.techniques,
                )
            )
    return incidents


def share(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


def row(name, score):
    """One line of the table."""
    late = [percentile(score.delays, part) for part in (0.5, 0.95)]
    days = score.hours / 24
    rate = f"{score.false / days:.1f} (<= {bound(score.false) / days:.1f})" if days else "-"
    return [
        name,
        f"{score.found}/{score.events}",
        share(score.found, score.events),
        f"{score.true}/{score.false}",
        share(score.true, score.true + score.false),
        rate,
        f"{score.hours:.1f}",
        f"{score.notes_true}/{score.notes_false}",
        "/".join("-" if time is None else f"{time:.1f}" for time in late),
        f"{score.alerts} -> {score.incidents}",
        f"{score.told}/{score.labelled}" if score.labelled else "-",
    ]


HEAD = (
    "set",
    "found",
    "recall",
    "true/false",
    "precision",
    "false a day (95 %)",
    "benign h",
    "P4",
    "delay p50/95 s",
    "alerts -> inc.",
    "techniques",
)


def table(scores):
    """The table, with its columns in line."""
    rows = [list(HEAD)] + [row(name, score) for name, score in scores.items()]
    wide = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    for line in rows:
        print("  ".join(text.ljust(width) for text, width in zip(line, wide)).rstrip())


def tell(score):
    """What was missed and what was false."""
    for run, event in score.missed:
        print(f"  missed  {run.name}: {event.title} {stamp(event.start)} +{event.end - event.start:.0f} s")
    for run, incident, alerts in score.wrong:
        hosts = " ".join(sorted(incident.hosts))
        span = incident.last - incident.first
        print(f"  false   {run.name}: P{incident.priority} {incident.title} {stamp(incident.first)} +{span:.0f} s {hosts}")
        for alert in alerts[:12]:
            print(f"            frame {alert.frame} {alert.sid}/{alert.severity} {alert.text}")
        if len(alerts) > 12:
            print(f"            and {len(alerts) - 12} more")


def plain(score):
    """A score as data."""
    figures = dataclasses.asdict(dataclasses.replace(score, missed=[], wrong=[]))
    figures["false_a_day"] = score.false * 24 / score.hours if score.hours else None
    figures["false_a_day_bound"] = bound(score.false) * 24 / score.hours if score.hours else None
    figures["delay_p50"] = percentile(score.delays, 0.5)
    figures["delay_p95"] = percentile(score.delays, 0.95)
    figures["missed"] = [
        {"run": run.name, "event": event.title, "start": event.start, "end": event.end}
        for run, event in score.missed
    ]
    figures["wrong"] = [
        {
            "run": run.name,
            "priority": incident.priority,
            "title": incident.title,
            "first": incident.first,
            "last": incident.last,
            "hosts": sorted(incident.hosts),
            "alerts": [[alert.frame, alert.sid, alert.text] for alert in alerts],
        }
        for run, incident, alerts in score.wrong
    ]
    return figures


def self_test():
    """Holds the judging against cases with a known result."""
    master, other = frozenset(["10.0.0.1"]), frozenset(["10.0.0.9"])

    def alert(time, hosts=master, severity=3, techniques=()):
        return Alert(str(time), time, severity, 1, "", 1, hosts, frozenset(techniques))

    event = Event(100.0, 110.0, "attack", master, frozenset(["T0855"]))
    for time, found in [(98.9, 0), (99.0, 1), (105.0, 1), (170.0, 1), (170.1, 0)]:
        assert len(match(event, [alert(time)])) == found, time
    assert not match(event, [alert(105.0, other)]), "another host"
    assert not match(event, [alert(105.0, severity=4)]), "a note"
    assert match(dataclasses.replace(event, appearance=True), [alert(105.0, severity=4)])
    assert match(dataclasses.replace(event, hosts=frozenset()), [alert(105.0, other)])

    alerts = [alert(103.0, techniques=["T0855"]), alert(105.0, other), alert(500.0, severity=2)]
    score = judge(Run("", pathlib.Path(), [], [event]), alerts, group(alerts))
    assert (score.found, score.true, score.false, score.told) == (1, 1, 2, 1), score
    assert (score.delays, score.stray) == ([3.0], 1), score
    note = group([alert(500.0, severity=4)])
    score = judge(Run("", pathlib.Path(), [], [event]), [], note)
    assert (score.found, score.false, score.notes_false) == (0, 0, 1), score
    assert len(group([alert(0.0), alert(300.0), alert(600.1)])) == 2

    assert abs(bound(0) - 2.996) < 0.001 and abs(bound(2) - 6.296) < 0.001
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0 and percentile([], 0.5) is None
    assert percentile(list(range(1, 101)), 0.95) == 95
    every = [float(second) for second in range(0, 7201, 10)]
    assert abs(hours(every, (0.0, 7200.0), []) - 2.0) < 1e-9
    assert abs(hours(every, (3600.0, 7200.0), []) - 1.0) < 1e-9
    assert abs(hours([0.0, 86400.0], (0.0, 86400.0), []) - 60 / 3600) < 1e-9, "a pause"
    short = hours(every, (0.0, 7200.0), [Event(1000.0, 1940.0, "")])
    assert 1.70 < short < 1.73, short
    frame = bytes(12) + b"\x08\x00" + bytes(12) + bytes([10, 0, 0, 1, 10, 0, 0, 2]) + bytes(8)
    assert addresses(frame) == ("10.0.0.1", "10.0.0.2")
    numbered = [(float(time), frame) for time in (0, 30, 89, 149, 300)]
    spans = [(part.start, part.end) for part in attacks([1, 2, 3, 4, 5], numbered, "")]
    assert spans == [(0.0, 89.0), (149.0, 149.0), (300.0, 300.0)], spans
    hosts = [{"role": "plc", "interfaces": [{"ip": ip}]} for ip in ("10.0.0.1", "10.0.0.2")]
    assert named("Mask an alarm on plc2 (alarm)", hosts) == frozenset(["10.0.0.2"])
    print("as it should be")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jaga", default=ROOT / "target/release/jaga", help="the program")
    parser.add_argument("--data", default=ROOT.parent / "shared/data", help="labels, captures and catalogue")
    parser.add_argument("--set", action="append", choices=[*SETS, "benign"], help="this data set")
    parser.add_argument("--benign", action="store_true", help="captures that nobody attacks")
    parser.add_argument("--missed", action="store_true", help="list what was missed and what was false")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--work", help="folder for what is unpacked and learned; kept")
    parser.add_argument("--group", action="store_true", help="make incidents of alerts here")
    parser.add_argument("--self-test", action="store_true", help="judge cases with a known result")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    chosen = options.set or (["benign"] if options.benign else [*SETS])
    if options.benign and "benign" not in chosen:
        chosen.append("benign")
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(options.work or temporary)
        work.mkdir(parents=True, exist_ok=True)
        data = Data(options.data, work, options.jaga)
        scores, everything = {}, Score()
        for name in chosen:
            score = scores.setdefault(name, Score())
            for run in (SETS | {"benign": benign})[name](data):
                score.add(judge(run, *replay(data, run, options.group)))
            everything.add(score)
            if options.missed:
                print(name)
                tell(score)
    if len(chosen) > 1:
        scores["all"] = everything
    table(scores)
    for name in chosen:
        if name in REMARKS:
            print(f"{name}: {REMARKS[name]}.")
    if options.json:
        figures = {name: plain(score) for name, score in scores.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main())
