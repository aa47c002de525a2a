#!/usr/bin/env python3
"""Runs a sensor for a while under load and faults, and looks whether it grows.

    benches/soak.py JAGA [--minutes 30] [--rate 2000] [--folder FOLDER] [--record FILE]

Needs root, ip, tcpreplay and rsyslog. In two network namespaces of its own it sends captures of
`pcaps/` over and over at so many frames a second, and meanwhile, each minute in turn:

  - HUP with the same settings, with rules that cannot be read, and with more rules
  - the files of events renamed, and HUP, as log rotation does it
  - the interface down for two seconds, and deleted and made again
  - the collector killed, and started again a minute later

Every two seconds it reads the memory of the sensor's own (RssAnon of all its processes), its
descriptors and threads. Exits 1 where in the last third of the time memory grew by more than 8 MiB
over the third before, descriptors or threads grew at all, the interface sent a frame, a fault was
not told, the collector lacks an alert that was kept, or the sensor did not end well.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PCAPS = pathlib.Path(__file__).parent.parent / "pcaps"
SITES = ["sites/it-ot-pivot.pcap", "sites/ot-dnp3-control-injection.pcap",
         "sites/ot-modbus-write-manipulation.pcap", "made/enip.pcap", "made/s7comm.pcap"]
GROWTH = 8  # MiB
RULE = 'alert udp any any -> any any (msg:"a datagram"; dsize:>0; sid:900000{}; rev:1; threshold:type limit,track by_src,count 1,seconds 60;)\n'


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Lab:
    """Two namespaces, what is sent at `tap0` in one is heard at `span0` in the other."""

    def __init__(self, folder):
        self.folder = folder
        self.sender, self.sensor = (f"soak-{what}-{os.getpid()}" for what in ("tap", "span"))
        for space in (self.sender, self.sensor):
            run("ip", "netns", "add", space)
        run("ip", "-n", self.sensor, "link", "set", "lo", "up")
        self.pair()

    def pair(self):
        run("ip", "-n", self.sender, "link", "add", "tap0", "mtu", "9000", "type", "veth",
            "peer", "name", "span0", "mtu", "9000", "netns", self.sensor)
        for space, name in ((self.sender, "tap0"), (self.sensor, "span0")):
            quiet = f"net.ipv6.conf.{name}.disable_ipv6=1"
            subprocess.run(["ip", "netns", "exec", space, "sysctl", "-qw", quiet],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            run("ip", "-n", space, "link", "set", name, "arp", "off", "up")

    def sent(self):
        """Frames that left the interface of the sensor."""
        shown = subprocess.run(["ip", "-n", self.sensor, "-s", "-j", "link", "show", "span0"],
                               check=True, capture_output=True).stdout
        return json.loads(shown)[0]["stats64"]["tx"]["packets"]

    def start(self, space, *command, **more):
        return subprocess.Popen(["ip", "netns", "exec", space, *map(str, command)],
                                stdin=subprocess.DEVNULL, **more)

    def end(self):
        for space in (self.sender, self.sensor):
            subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)


def processes(root):
    """The process and all below it."""
    found = [root]
    for task in pathlib.Path(f"/proc/{root}/task").glob("*/children"):
        for child in task.read_text().split():
            found += processes(int(child))
    return found


def sample(root):
    """MiB of memory of its own, descriptors and threads."""
    memory = descriptors = threads = 0
    for process in processes(root):
        place = pathlib.Path(f"/proc/{process}")
        for line in (place / "status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "RssAnon":
                memory += int(value.split()[0]) / 1024
            if name == "Threads":
                threads += int(value)
        descriptors += len(list((place / "fd").iterdir()))
    return memory, descriptors, threads


class Soak:
    def __init__(self, asked, folder):
        self.asked, self.folder, self.lab = asked, folder, Lab(folder)
        self.faults, self.samples, self.sent = [], [], 0
        self.rules = folder / "more.rules"
        self.rules.write_text(RULE.format(1))
        self.settings = folder / "jaga.toml"
        self.settings.write_text(
            f'sensor = "soak"\n[capture]\ninterfaces = ["span0"]\nworkers = 1\n'
            f'[rules]\npaths = ["{self.rules}"]\n'
            f'[state]\nfolder = "{folder}/state"\nsize = "64MiB"\n'
            f'[events]\nfile = "{folder}/events.json"\n[alerts]\nfile = "{folder}/alerts.json"\n'
            f'[syslog]\ncollectors = ["tcp://127.0.0.1:6010"]\n'
            f'[metrics]\nlisten = "127.0.0.1:9474"\n')
        (folder / "rsyslog.conf").write_text(
            f'global(workDirectory="{folder}" maxMessageSize="64k")\nmodule(load="imptcp")\n'
            'template(name="raw" type="string" string="%msg%\\n")\n'
            f'ruleset(name="tcp") {{ action(type="omfile" file="{folder}/came" template="raw") }}\n'
            'input(type="imptcp" address="127.0.0.1" port="6010" ruleset="tcp")\n')
        self.collector = self.collects()
        self.sensor = self.lab.start(self.lab.sensor, asked.jaga, "run", "-c", self.settings,
                                     stdout=subprocess.DEVNULL,
                                     stderr=open(folder / "stderr", "wb"))
        self.until("listening at")
        self.sender = self.sends()

    def until(self, text):
        for _ in range(200):
            if text in (self.folder / "stderr").read_text():
                return
            time.sleep(0.05)
        raise SystemExit(f"the sensor does not say “{text}”: {(self.folder / 'stderr').read_text()}")

    def collects(self):
        return self.lab.start(self.lab.sensor, "rsyslogd", "-n", "-f", self.folder / "rsyslog.conf",
                              "-i", self.folder / "rsyslog.pid", stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)

    def sends(self):
        return self.lab.start(self.lab.sender, "tcpreplay", "-q", "-i", "tap0", "-l", "0", "-p",
                              self.asked.rate, *(PCAPS / site for site in SITES),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pid(self):
        """The sensor itself: `ip netns exec` becomes what it runs."""
        return self.sensor.pid

    def hup(self):
        os.kill(self.pid(), signal.SIGHUP)

    def told(self, what):
        """How often this was told of its health, over all files of events."""
        files = self.folder.glob("events.json*")
        return sum(file.read_text().count(f'"what":"{what}"') for file in files)

    def fault(self, minute):
        """One fault a minute; what has to be told of it."""
        kind = minute % 7
        if kind == 0:
            self.hup()
            return "same settings", "config-reloaded"
        if kind == 1:
            self.settings.rename(self.folder / "kept.toml")
            self.settings.write_text("[rules\n")
            self.hup()
            time.sleep(2)
            self.settings.unlink()
            (self.folder / "kept.toml").rename(self.settings)
            return "settings that cannot be read", "config-reload-failed"
        if kind == 2:
            self.rules.write_text("".join(RULE.format(n) for n in range(1, 2 + minute % 9)))
            self.hup()
            return "more rules", "config-reloaded"
        if kind == 3:
            for name in ("events.json", "alerts.json"):
                file = self.folder / name
                file.rename(self.folder / f"{name}.{minute}")
            self.hup()
            return "log rotation", "config-reloaded"
        if kind == 4:
            run("ip", "-n", self.lab.sensor, "link", "set", "span0", "down")
            time.sleep(2)
            run("ip", "-n", self.lab.sensor, "link", "set", "span0", "up")
            return "interface down and up", "capture-back"
        if kind == 5:
            self.sent += self.lab.sent()
            self.sender.terminate()
            self.sender.wait()
            run("ip", "-n", self.lab.sensor, "link", "del", "span0")
            time.sleep(2)
            self.lab.pair()
            self.sender = self.sends()
            return "interface made again", "capture-back"
        self.collector.kill()
        self.collector.wait()
        return "collector killed", "output-failed"

    def go(self):
        began, minute, waiting = time.monotonic(), 0, None
        while (now := time.monotonic() - began) < self.asked.minutes * 60:
            if waiting and now > waiting[2]:
                kind, what, _, before = waiting
                count = self.told(what)
                print(f"{now:6.0f} s  {kind}: {what} told {count - before} times", flush=True)
                if count <= before:
                    self.faults.append(f"{kind}: {what} was not told")
                waiting = None
            if now > (minute + 1) * 60:
                if self.collector.poll() is not None:
                    self.collector = self.collects()
                kinds = ["config-reloaded", "config-reload-failed", "config-reloaded", "config-reloaded", "capture-back",
                         "capture-back", "output-failed"]
                before = self.told(kinds[minute % 7])
                kind, what = self.fault(minute)
                waiting = (kind, what, time.monotonic() - began + 15, before)
                minute += 1
            if self.sensor.poll() is not None:
                self.faults.append(f"the sensor ended with {self.sensor.returncode}")
                return
            memory, descriptors, threads = sample(self.pid())
            self.samples.append((time.monotonic() - began, memory, descriptors, threads))
            time.sleep(2)

    def finish(self):
        """Ends all, and says what was wrong."""
        self.sender.terminate()
        self.sender.wait()
        if self.collector.poll() is not None:
            self.collector = self.collects()
        time.sleep(70)
        self.sent += self.lab.sent()
        if self.sensor.poll() is None:
            self.sensor.terminate()
            code = self.sensor.wait(60)
            if code != 0 and code != 143:
                self.faults.append(f"the sensor ended with {code}")
        time.sleep(2)
        self.collector.terminate()
        self.collector.wait()
        self.lab.end()
        if self.sent:
            self.faults.append(f"{self.sent} frames were sent at the interface")
        kept, came = self.names("alerts.json*"), self.names("came")
        if kept - came:
            self.faults.append(f"the collector lacks {len(kept - came)} of {len(kept)} events")
        third = self.asked.minutes * 20
        parts = [[one for one in self.samples if n * third <= one[0] < (n + 1) * third]
                 for n in range(3)]
        rows = [[statistics.median(one[column] for one in part) for column in (1, 2, 3)]
                for part in parts if part]
        for before, after in zip(rows[1:], rows[2:]):
            if after[0] > before[0] + GROWTH:
                self.faults.append(f"memory grew from {before[0]:.0f} to {after[0]:.0f} MiB")
            for name, one, other in zip(("descriptors", "threads"), before[1:], after[1:]):
                if other > one:
                    self.faults.append(f"{name} grew from {one:.0f} to {other:.0f}")
        return rows, len(kept)

    def names(self, pattern):
        names = set()
        for file in self.folder.glob(pattern):
            for line in file.read_text(errors="replace").splitlines():
                try:
                    event = json.loads(line[line.index("{"):])
                except ValueError:
                    continue
                if event.get("event_type") in ("alert", "incident"):
                    names.add(event["ot"]["event_id"])
        return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jaga", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=2_000, help="frames a second")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--record", type=pathlib.Path)
    asked = parser.parse_args()
    asked.jaga = asked.jaga.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soak", dir=asked.folder))
    soak = Soak(asked, folder)
    try:
        soak.go()
    finally:
        rows, events = soak.finish()
    most = max(one[1] for one in soak.samples)
    text = (f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC: {asked.minutes:g} minutes at "
            f"{asked.rate} frames a second, {events} alerts and incidents; medians of each third "
            "(MiB, descriptors, threads): "
            + "; ".join(f"{m:.1f}, {d:.0f}, {t:.0f}" for m, d, t in rows)
            + f"; most {most:.1f} MiB\n" + "".join(f"WRONG {fault}\n" for fault in soak.faults))
    print(text, end="")
    if asked.record:
        with asked.record.open("a") as record:
            record.write(text)
    if not soak.faults:
        shutil.rmtree(folder)
    else:
        print(f"left for a look: {folder}")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
