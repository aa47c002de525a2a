"""The labelled data sets: which capture is replayed how, and what is to be found in it.

Used by detection.py. A data set is a function that gives its runs. The captures are those of the
folder that --data names: `labels/*.jsonl`, `catalogue.tsv` and `captures/`, some of them zipped.
"""

import csv
import dataclasses
import datetime
import json
import pathlib
import subprocess
import zipfile

import changes
from judging import Event, Run, attacks, hours, named, shown
from packets import addresses, cut, packets, rewrite

# Learning stops this long before the first labelled event.
LEAD = 10.0
# Seconds of the shortest capture that false incidents are counted on, where nobody attacks, and of
# the longest: what is longer was put together from several.
SHORT, LONG = 600.0, 3 * 86_400.0
# Protocols of the catalogue that make a capture an industrial one.
INDUSTRIAL = set(
    "ams bacapp bacnet c1222 cip cipio dnp3 ecat ecatf enip fins goose hart_ip iec104"
    " iec60870_104 iec60870_asdu mbtcp mms mmse modbus omron opcua pn_dcp pn_io pn_rt s7comm"
    " s7comm-plus slmp sv synphasor".split()
)


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
    run.hours = hours(times, run.judged, run.events + run.hidden)
    return run


def halved(name, capture, times):
    """A capture that nobody attacks: learned on its first half, judged on the second."""
    half = (times[0] + times[-1]) / 2
    return finish(Run(name, capture, until(half), judged=(half, 0.0)), times)


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
        yield finish(Run(row["cls"], capture, until(begin), events, judged=(begin, 0.0)), times)


def qut_dnp3(data):
    """Three days of attacks held against a day without; that day against its own first half."""
    rows = data.labels("qut-dnp3")
    control = next(row for row in rows if not row["windows"])
    quiet = data.capture(control["capture"])
    usual = data.baseline(quiet, "qut-dnp3")
    for row in rows:
        capture = data.capture(row["capture"])
        numbered = list(packets(capture))
        times = [time for time, _ in numbered]
        if row is control:
            yield halved(row["cls"], capture, times)
            continue
        events, hidden = [], []
        for window in row["windows"]:
            title, *hosts = window["cls"].split()
            event = Event(window["start"], window["end"], title, frozenset(hosts))
            (events if window["visible"] else hidden).append(event)
        for event in events:
            event.shown = shown(event, numbered)
        yield finish(Run(row["cls"], capture, usual, events, hidden), times)


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
            yield whole(row, capture, times)
            continue
        events = attacks(row["frames"], numbered, row["cls"])
        begin = events[0].start - LEAD
        if begin - times[0] > LEAD:
            yield finish(Run(row["cls"], capture, until(begin), events, judged=(begin, 0.0)), times)
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
            yield finish(Run(name, capture, usual), times)
            continue
        events = attacks(row["frames"], numbered, row["cls"])
        yield finish(Run(name, capture, usual, events), sorted(times))


def qut_s7comm(data):
    """Slices of attacks, each seen at several places: held against what the operator station does in
    the first slice that has its own packets alone. Those without a packet of an attacker are left
    out: nothing of the attack is in them."""
    rows = data.labels("qut-s7comm")
    control = rows.pop(next(index for index, row in enumerate(rows) if row["cls"] == "control"))
    quiet = data.capture(control["capture"])
    yield halved(control["cls"], quiet, sorted(time for time, _ in packets(quiet)))
    slices = [(row, data.capture(row["capture"])) for row in rows]
    contents = {capture: list(packets(capture)) for _, capture in slices}
    attackers = frozenset(
        addresses(contents[capture][frame - 1][1])[0] for row, capture in slices for frame in row["frames"]
    )
    shows = {
        capture: any(attackers & set(addresses(content)) for _, content in numbered)
        for capture, numbered in contents.items()
    }
    usual = data.baseline(next(capture for _, capture in slices if not shows[capture]), "qut-s7comm")
    for row, capture in slices:
        if shows[capture]:
            yield whole(row, capture, [time for time, _ in contents[capture]], usual, attackers)


def whole(row, capture, times, arguments=(), hosts=frozenset()):
    """A capture that is one attack from its beginning to its end."""
    event = Event(times[0], times[-1], row["cls"], hosts, timed=False)
    return Run(pathlib.Path(row["capture"]).stem, capture, list(arguments), [event])


def files(name, left_out=()):
    """Small captures, each of one attack: what needs no learning is judged alone."""

    def runs(data):
        for row in data.labels(name):
            if row["cls"] not in left_out:
                capture = data.capture(row["capture"])
                yield whole(row, capture, sorted(time for time, _ in packets(capture)))

    return runs


def catalogued(clean):
    """Industrial captures of the catalogue of ten minutes and more: those that it calls clean, or
    those of which it does not say whether anybody attacks."""

    def runs(data):
        labelled = {row["capture"] for name in SETS for row in data.labels(name)}
        with open(data.folder / "catalogue.tsv", encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
        for row in rows:
            wanted = "a" in row["class"] if clean else not row["class"]
            industrial = INDUSTRIAL & set(row["protocols"].split())
            length = float(row["duration_s"] or 0)
            if not (wanted and industrial and SHORT <= length <= LONG) or row["path"] in labelled:
                continue
            capture = data.capture(row["path"])
            times = sorted(time for time, _ in packets(capture))
            if hours(times, (times[0], times[-1]), []) * 3600 >= SHORT:
                yield halved(row["path"], capture, times)

    return runs


def disturbances(data):
    """Captures that nobody attacks, of which the mirror loses or doubles packets after half of the
    time, which is learned."""
    for source in (pcapforge, qut_dnp3, qut_s7comm, catalogued(True)):
        for quiet in [run for run in source(data) if not run.events]:
            begin = quiet.judged[0]
            for name, change in (
                ("1 % lost", changes.lost(begin, 0.01)),
                ("5 % lost", changes.lost(begin, 0.05)),
                ("all doubled", changes.doubled(begin)),
            ):
                yield changed(data, quiet, name, change, [])


def site_changes(data):
    """What operators and maintenance do on a site that nobody attacks. What is to be told is an
    event; more than one incident each is too much."""
    quiet = next(run for run in pcapforge(data) if run.name == "ot-baseline-operations")
    hosts = next(row["hosts"] for row in data.labels("pcapforge-assets") if "/ot-baseline" in row["capture"])
    plc, hmi = (
        next(host["interfaces"][0]["ip"] for host in hosts if host["role"] == role)
        for role in ("plc", "hmi")
    )
    begin = quiet.judged[0]
    twin = hmi.rsplit(".", 1)[0] + ".77"
    first = begin + 60
    yield changed(data, quiet, "polled at half the rate", changes.slower(begin, 2), [])
    yield changed(data, quiet, "a switch fails over in 5 s", changes.dark(first, first + 5), [])
    for name, length in (("restarts in 30 s", 30), ("is off for two minutes", 120)):
        off = Event(first, first + length, "silence", frozenset([plc]))
        change = changes.silent(first, first + length, plc)
        yield changed(data, quiet, f"a controller {name}", change, [off])
    yield changed(
        data,
        quiet,
        "a second HMI",
        changes.second(first, hmi, twin, bytes.fromhex("001b1b000077")),
        [Event(first, quiet.judged[1], "new HMI", frozenset([twin]))],
    )


def insiders(data):
    """The attacks of pcapforge, done from a station that works on the devices anyway."""
    assets = {row["capture"]: row["hosts"] for row in data.labels("pcapforge-assets")}
    strangers = {row["cls"]: row["attacker_ips"] for row in data.labels("pcapforge")}
    for run in pcapforge(data):
        path = f"pcapforge/dev-A/{run.capture.parent.name}/{run.capture.name}"
        known = next((host for host in assets[path] if host["role"] in ("ews", "hmi")), None)
        if not run.events or not known:
            continue
        inside = known["interfaces"][0]
        target = data.work / f"{run.capture.parent.name}-insider.pcap"
        mac = bytes.fromhex(inside["mac"].replace(":", ""))
        rewrite(run.capture, target, changes.insider(strangers[run.name][0], inside["ip"], mac))
        events = [
            dataclasses.replace(event, hosts=event.hosts | {inside["ip"]})
            for event in run.events
            if not event.appearance
        ]
        begin = run.judged[0]
        times = [time for time, _ in packets(target)]
        made = Run(f"{run.name} from {known['name']}", target, until(begin), events, judged=(begin, 0.0))
        yield finish(made, times)


def changed(data, quiet, name, change, events):
    """A capture that nobody attacks, with a change in its second half."""
    target = data.work / f"{quiet.capture.parent.name}-{name}.pcap".replace(" ", "-")
    rewrite(quiet.capture, target, change)
    times = [time for time, _ in packets(target)]
    begin = quiet.judged[0]
    run = Run(f"{quiet.name} {name}", target, until(begin), events, judged=(begin, 0.0))
    return finish(run, times)


# Captures without a packet of what their label says: one holds DNP3, in the two others the station
# asks for the address of a controller that does not answer.
NO_CIP = ("ViewDeviceStatus", "SoftwareDownloadFailure", "SoftwareUploadFailure")
SETS = {
    "pcapforge": pcapforge,
    "qut-dnp3": qut_dnp3,
    "lemay-modbus": lemay,
    "qut-s7comm": qut_s7comm,
    "iti-cip-openics": files("iti-cip-openics", NO_CIP),
    "mehner-profinet-dcp": files("mehner-profinet-dcp"),
    "ipal-energy-iec104": ipal,
}
QUIET = {
    "benign": catalogued(True),
    "disturbed": disturbances,
    "changed": site_changes,
    "insider": insiders,
    "unlabelled": catalogued(False),
}
REMARKS = {
    "unlabelled": "nobody says whether these are benign: not in the last line",
    "insider": "pcapforge's attacks from a station that is known: not in the last line",
    "changed": "made of a capture without attacks: not in the last line",
    "disturbed": "what is benign, with packets lost or doubled at the mirror: not in the last line",
    "qut-dnp3": "the mirror shows broadcasts and what switches flood: on the control day no DNP3 at all",
    "qut-s7comm": "the control capture has no S7; learned from 2 s of the operator station's own packets",
    "iti-cip-openics": "nothing to learn from; three captures without CIP left out",
    "mehner-profinet-dcp": "nothing to learn from",
    "ipal-energy-iec104": "single packets doubled, lost or swapped: what any network does as well",
    "lemay-modbus": "the covert channel without an attack-free part",
}
