#!/usr/bin/env python3
"""Lists what the rules tell about captures, each replayed by itself.

    tests/compare/alerts.py [--jaga PATH] [--rules PATH]... [--class LETTER]
                            [--catalogue FILE] [--quiet] CAPTURE|FOLDER...

One line a capture: its class (from the catalogue, a table with the columns `path` and `class`,
where there is one), alerts by severity, and each rule as `sid/severity x count`. With --class only
captures whose class holds that letter; with --quiet only captures with alerts. The last lines add
up the rules. Ends with 1 where a capture of class a, which nobody attacks, has an alert of
severity 1 or 2.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENDINGS = {".pcap", ".pcapng", ".cap", ".dump"}


def alerts(jaga, rules, capture):
    """The alerts of one capture: (sid, severity, frame, text)."""
    with tempfile.TemporaryDirectory() as folder:
        events = pathlib.Path(folder, "events")
        command = [jaga, "replay", "-q", "--allow-truncated", capture, "--events", events]
        for path in rules:
            command += ["--rules", path]
        run = subprocess.run([str(part) for part in command], capture_output=True)
        if not events.exists():
            sys.stderr.write(f"{capture}: {run.stderr.decode(errors='replace')[:200]}\n")
            return []
        found = []
        with open(events, encoding="utf-8") as lines:
            for line in lines:
                if '"alert"' not in line:
                    continue
                event = json.loads(line)
                if event["event_type"] == "alert":
                    alert = event["alert"]
                    found.append(
                        (alert["signature_id"], alert["severity"], event.get("pcap_cnt"), alert["signature"])
                    )
        return found


def classes(catalogue):
    """Path to class, of a catalogue; empty without one."""
    if not catalogue or not pathlib.Path(catalogue).exists():
        return {}
    with open(catalogue, encoding="utf-8", newline="") as table:
        return {row["path"]: row["class"] for row in csv.DictReader(table, delimiter="\t")}


def captures(places):
    """Every capture named or below a folder named, with its path below that folder."""
    for place in map(pathlib.Path, places):
        if place.is_dir():
            for path in sorted(place.rglob("*")):
                if path.is_file() and path.suffix in ENDINGS:
                    yield path, str(path.relative_to(place))
        else:
            yield place, str(place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jaga", default=ROOT / "target/debug/jaga", type=pathlib.Path)
    parser.add_argument("--rules", action="append", type=pathlib.Path)
    parser.add_argument("--class", dest="letter", default="")
    parser.add_argument("--catalogue")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("places", nargs="+", metavar="CAPTURE|FOLDER")
    options = parser.parse_args()
    known = classes(options.catalogue)
    texts, total, wrong = {}, collections.Counter(), 0
    print("capture\tclass\tsev1\tsev2\tsev3\tsev4\trules")
    for path, name in captures(options.places):
        letters = known.get(name, "")
        if options.letter and options.letter not in letters:
            continue
        found = alerts(options.jaga, options.rules or [ROOT / "rules"], path)
        texts.update({sid: text for sid, _, _, text in found})
        by_rule = collections.Counter((sid, severity) for sid, severity, _, _ in found)
        total.update(by_rule)
        severities = collections.Counter(severity for _, severity, _, _ in found)
        wrong += "a" in letters and severities[1] + severities[2] > 0
        if found or not options.quiet:
            rules = " ".join(f"{sid}/{severity}x{count}" for (sid, severity), count in sorted(by_rule.items()))
            counts = "\t".join(str(severities[severity]) for severity in (1, 2, 3, 4))
            print(f"{name}\t{letters}\t{counts}\t{rules}", flush=True)
    for (sid, severity), count in sorted(total.items()):
        print(f"# {sid}\tseverity {severity}\t{count}\t{texts[sid]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
