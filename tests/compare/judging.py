"""What was found of labelled attacks, what was false, and how late. Used by detection.py.

An event is found if an alert of severity 1 to 3 concerns a host that the label names, from 1 s
before it to 60 s after it; of severity 4 where the event is no more than that a device appears.
An incident is true if it overlaps the same time of an event and shares a host with it.
"""

import bisect
import dataclasses
import itertools
import math
import pathlib
import re

from packets import addresses

BEFORE = 1.0
AFTER = 60.0
# What of an attack is less than this apart is one event, where labels are of packets.
APART = 60.0
# Longest pause between two packets that counts as time watched.
PAUSE = 60.0


@dataclasses.dataclass
class Event:
    """A labelled attack: from when to when, whom it concerns (nobody named: anybody)."""

    start: float
    end: float
    title: str
    hosts: frozenset = frozenset()
    techniques: frozenset = frozenset()
    appearance: bool = False
    # When its first packet came, where that is later than the start that was noted down.
    shown: float = 0.0
    # Whether it is known when it began.
    timed: bool = True

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
    """One replay and what is to be found in it; hidden are attacks of which no packet is labelled."""

    name: str
    capture: pathlib.Path
    arguments: list
    events: list = dataclasses.field(default_factory=list)
    hidden: list = dataclasses.field(default_factory=list)
    judged: tuple = (0.0, 0.0)
    hours: float = 0.0


@dataclasses.dataclass
class Score:
    """What one run, or a set of runs, came to."""

    events: int = 0
    found: int = 0
    raised: int = 0
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
    notes: list = dataclasses.field(default_factory=list)

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
        score.raised += any(
            incident.priority <= 3
            and event.near(incident.first, incident.last)
            and event.concerns(incident.hosts)
            for incident in incidents
        )
        if not found:
            score.missed.append((run, event))
            continue
        score.found += 1
        begin = max(event.start, event.shown)
        if event.timed:
            score.delays.append(max(0.0, min(alert.time for alert in found) - begin))
        told = frozenset().union(*(alert.techniques for alert in found))
        score.told += len(event.techniques & told)
    for incident in incidents:
        true = any(
            event.near(incident.first, incident.last) and event.concerns(incident.hosts)
            for event in run.events
        )
        held = [alert for alert in alerts if alert.id in incident.alerts]
        if not true and any(event.near(incident.first, incident.last) for event in run.hidden):
            continue
        if incident.priority > 3:
            score.notes_true += true
            score.notes_false += not true
            if not true:
                score.notes.append((run, incident, held))
        elif true:
            score.true += 1
        else:
            score.false += 1
            score.wrong.append((run, incident, held))
    score.stray = sum(
        alert.severity <= 3 and not any(event.near(alert.time, alert.time) for event in run.events + run.hidden)
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


def shown(event, numbered):
    """When a host of the event sent its first packet; its start where none did."""
    begin = bisect.bisect_left(numbered, (event.start,))
    for time, content in itertools.islice(numbered, begin, None):
        if time > event.end + AFTER:
            break
        if event.hosts & set(addresses(content)[:1]):
            return time
    return event.start


def attacks(frames, numbered, title):
    """Labelled frames, as events: those less than a minute apart are one."""
    events = []
    for time, content in sorted(numbered[frame - 1] for frame in frames):
        hosts = frozenset(addresses(content))
        if events and time - events[-1].end < APART:
            events[-1].end = time
            events[-1].hosts |= hosts
        else:
            events.append(Event(time, time, title, hosts))
    return events


def named(title, hosts):
    """Addresses of the devices that a title names by role and number: plc1, rtac."""
    found = set()
    for word in re.findall(r"\w+", title):
        role, number = re.fullmatch(r"(.*?)(\d*)", word).groups()
        peers, index = [host for host in hosts if host["role"] == word], 0
        if not peers:
            peers, index = [host for host in hosts if host["role"] == role], int(number or 1) - 1
        if 0 <= index < len(peers):
            found |= {interface["ip"] for interface in peers[index]["interfaces"]}
    return frozenset(found)


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

    def incident(time, hosts=master, priority=3):
        return Incident("", priority, "", time, time + 1.0, hosts, (), frozenset())

    alerts = [alert(103.0, techniques=["T0855"]), alert(105.0, other), alert(500.0, severity=2)]
    run = Run("", pathlib.Path(), [], [event])
    score = judge(run, alerts, [incident(98.5), incident(105.0, other), incident(500.0, priority=2)])
    assert (score.found, score.raised, score.true, score.false, score.told) == (1, 1, 1, 2, 1), score
    assert (score.delays, score.stray) == ([3.0], 1), score
    unseen = Run("", pathlib.Path(), [], [], [Event(490.0, 495.0, "")])
    assert judge(unseen, [], [incident(500.0)]).false == 0, "an attack that no packet is labelled of"
    score = judge(run, [], [incident(105.0, priority=4), incident(500.0, priority=4)])
    assert (score.raised, score.false, score.notes_true, score.notes_false) == (0, 0, 1, 1), score

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
    assert shown(event, [(90.0, frame), (101.5, frame), (103.0, frame)]) == 101.5
    later = dataclasses.replace(event, shown=101.5)
    assert judge(Run("", pathlib.Path(), [], [later]), alerts, []).delays == [1.5]
    numbered = [(float(time), frame) for time in (0, 30, 89, 149, 300)]
    spans = [(part.start, part.end) for part in attacks([1, 2, 3, 4, 5], numbered, "")]
    assert spans == [(0.0, 89.0), (149.0, 149.0), (300.0, 300.0)], spans
    hosts = [{"role": "plc", "interfaces": [{"ip": ip}]} for ip in ("10.0.0.1", "10.0.0.2")]
    assert named("Mask an alarm on plc2 (alarm)", hosts) == frozenset(["10.0.0.2"])
    print("as it should be")
