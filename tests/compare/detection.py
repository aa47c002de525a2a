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

Found is an event that an alert tells of; the column P1-3 is the share of events that an incident of
priority 1 to 3 tells of. Precision is that of these incidents; those of priority 4 stand apart as
true/false. judging.py says what is found and what is true. False incidents a day are given with the
upper 95 % bound of their Poisson rate: with none in H hours, 3/H an hour. Hours are those in which
packets came: a pause counts as a minute at most. A day on which attacks are labelled counts outside
of them only. Stray are alerts of severity 1 to 3 outside of events: an incident that is
true may hold them. The delay is counted from the first packet of an attack, where it is known.
"""

import argparse
import dataclasses
import datetime
import json
import pathlib
import sys
import tempfile

from datasets import QUIET, REMARKS, SETS, Data, call, stamp
from judging import Alert, Incident, Score, bound, judge, percentile, self_test

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


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
                # What became part of another is told there.
                if event["incident"]["state"] == "merged":
                    del incidents[incident.id]
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


def replay(data, run):
    """The alerts and incidents of one run that fall into the time judged."""
    with tempfile.TemporaryDirectory(dir=data.work) as folder:
        events = pathlib.Path(folder, "events")
        base = [data.jaga, "replay", "-q", "--allow-truncated", *run.arguments]
        call([*base, "--events", events, run.capture])
        alerts, incidents = read(events)
    first = run.judged[0]
    alerts = [alert for alert in alerts if alert.time >= first]
    incidents = [incident for incident in incidents if incident.last >= first]
    return alerts, incidents


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
        share(score.raised, score.events),
        f"{score.true}/{score.false}",
        share(score.true, score.true + score.false),
        rate,
        f"{score.stray}",
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
    "P1-3",
    "true/false",
    "precision",
    "false a day (95 %)",
    "stray",
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
    for run, incident, alerts in score.wrong + score.notes:
        hosts = " ".join(sorted(incident.hosts))
        span = incident.last - incident.first
        what = f"P{incident.priority} {incident.title}"
        print(f"  false   {run.name}: {what} {stamp(incident.first)} +{span:.0f} s {hosts}")
        for alert in alerts[:12]:
            print(f"            frame {alert.frame} {alert.sid}/{alert.severity} {alert.text}")
        if len(alerts) > 12:
            print(f"            and {len(alerts) - 12} more")


def plain(score):
    """A score as data."""
    figures = dataclasses.asdict(dataclasses.replace(score, missed=[], wrong=[], notes=[]))
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jaga", default=ROOT / "target/release/jaga", help="the program")
    parser.add_argument("--data", default=ROOT.parent / "shared/data", help="labels, captures and catalogue")
    parser.add_argument("--set", action="append", choices=[*SETS, *QUIET], help="this data set")
    parser.add_argument("--benign", action="store_true", help="captures that nobody attacks")
    parser.add_argument("--missed", action="store_true", help="list what was missed and what was false")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--work", help="folder for what is unpacked and learned; kept")
    parser.add_argument("--self-test", action="store_true", help="judge cases with a known result")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    chosen = options.set or [*(() if options.benign else SETS)]
    chosen += [name for name in QUIET if options.benign and name not in chosen]
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(options.work or temporary)
        work.mkdir(parents=True, exist_ok=True)
        data = Data(options.data, work, options.jaga)
        scores, everything = {}, Score()
        for name in chosen:
            score = scores.setdefault(name, Score())
            for run in (SETS | QUIET)[name](data):
                score.add(judge(run, *replay(data, run)))
            if name in SETS or name == "benign":
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
