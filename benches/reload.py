#!/usr/bin/env python3
"""Reads the rules of a running sensor again, and looks at the most memory it takes.

    benches/reload.py JAGA RULES... [--times 3] [--record FILE]

Needs root and ip. In a network namespace of its own a sensor with one worker loads the rules given
beside the shipped ones; then, so many times, one more rule comes to them and HUP reads them again,
which compiles all patterns anew while the sensor looks on with those it has. Memory is that of the
sensor's own (RssAnon of all its processes), read every 10 ms; at most 512 MiB. Exits 1 above that,
and where a reload is not told.
"""

import argparse
import datetime
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from soak import processes

CEILING = 512  # MiB
RULE = 'alert tcp any any -> any any (msg:"one more"; content:"reload {:08}"; sid:{};)\n'


def memory(root):
    """MiB of its own."""
    held = 0
    for process in processes(root):
        try:
            text = pathlib.Path(f"/proc/{process}/status").read_text()
        except FileNotFoundError:
            continue
        lines = (line.split() for line in text.splitlines())
        held += sum(int(line[1]) for line in lines if line and line[0] == "RssAnon:")
    return held / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jaga", type=pathlib.Path)
    parser.add_argument("rules", nargs="+", type=pathlib.Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--record", type=pathlib.Path)
    asked = parser.parse_args()
    space = f"reload-{os.getpid()}"
    pair = ["span0", "type", "veth", "peer", "name", "tap0"]
    ways = [["netns", "add", space], ["-n", space, "link", "add", *pair]]
    ways += [["-n", space, "link", "set", name, "arp", "off", "up"] for name in ("span0", "tap0")]
    for way in ways:
        subprocess.run(["ip", *way], check=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        more, said = folder / "more.rules", folder / "said"
        more.write_text(RULE.format(0, 8_800_000))
        rules = [part for path in (*asked.rules, more) for part in ("--rules", path.resolve())]
        command = [asked.jaga.resolve(), "run", "-i", "span0", "--workers", "1", *rules]
        command += ["--rule-cache", folder / "cache", "--events", folder / "events.json"]
        sensor = subprocess.Popen(["ip", "netns", "exec", space, *command],
                                  stdout=subprocess.DEVNULL, stderr=said.open("wb"))

        def until(text, times):
            """The most memory until this was said so often, and the seconds that took."""
            most, began = 0, time.monotonic()
            while said.read_text().count(text) < times:
                if sensor.poll() is not None or time.monotonic() - began > 120:
                    raise SystemExit(f"“{text}” was not said: {said.read_text()}")
                most = max(most, memory(sensor.pid))
                time.sleep(0.01)
            return most, time.monotonic() - began

        try:
            rows = [("load", *until("listening at", 1))]
            for number in range(asked.times):
                more.write_text(more.read_text() + RULE.format(number, 8_800_001 + number))
                os.kill(sensor.pid, signal.SIGHUP)
                rows.append(("again", *until("the configuration was read again", number + 1)))
                time.sleep(3)
            steady = memory(sensor.pid)
        finally:
            sensor.terminate()
            sensor.wait()
            subprocess.run(["ip", "netns", "del", space])
    most = max(row[1] for row in rows)
    told = ", ".join(f"{what} {held:.0f} MiB in {took:.1f} s" for what, held, took in rows)
    text = (f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC: {told}; then {steady:.0f} "
            f"MiB; at most {CEILING}\n")
    print(text, end="")
    if asked.record:
        with asked.record.open("a") as record:
            record.write(text)
    return 1 if most > CEILING else 0


if __name__ == "__main__":
    sys.exit(main())
