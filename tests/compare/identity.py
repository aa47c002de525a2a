#!/usr/bin/env python3
"""Holds the inventory against what tshark reads of devices' identities.

    tests/compare/identity.py [--jaga PATH] [--verbose] CAPTURE|FOLDER...

Order numbers, product names, firmware, serials and names that a device sends about itself must
stand on the asset that has the sender's address. Blanks at both ends, letters' case and what no
terminal shows do not count. Says what is missing, one a line, and what stands elsewhere.

Texts of one character and numbers of zero alone say nothing and are passed over, as is the boot
loader of a controller, which every one has.

Ends with 1 where anything is missing.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENDINGS = {".pcap", ".pcapng", ".cap", ".dump"}

# Fields in which the sender of a packet tells who it is.
ALWAYS = """
    cip.id.product_name cip.id.serial_number enip.lir.name enip.lir.serial
    modbus.object_str_value
    s7comm.szl.xy11.0001.anz s7comm.szl.001c.0001.name s7comm.szl.001c.0002.name
    s7comm.szl.001c.0003.tag s7comm.szl.001c.0005.serialn s7comm.szl.001c.0007.cputypname
    s7comm.szl.001c.0008.snmcmmc s7comm.szl.001c.000b.loc_id
    lldp.tlv.system.name lldp.tlv.system.desc lldp.media.hardware lldp.media.firmware
    lldp.media.software lldp.media.sn lldp.media.manufacturer lldp.media.model
    pn_io.order_id pn_io.im_serial_number pn_io.im_order_id
    mms.vendorName mms.modelName
    cdp.deviceid cdp.platform cdp.software_version
    ssh.protocol http.server
    opcua.ManufacturerName opcua.SoftwareVersion opcua.BuildNumber
    omron.controller.model omron.controller.version
""".split()
# The same, where another field of the packet has one of these values (any at all: None).
WHERE = {
    "pn_dcp.suboption_device_devicevendorvalue": ("pn_dcp.service_type", {"1"}),
    "pn_dcp.suboption_device_nameofstation": ("pn_dcp.service_type", {"1"}),
    "mms.revision": ("mms.vendorName", None),
    "dhcp.option.hostname": ("dhcp.type", {"1"}),
    "browser.server": ("browser.command", {"1", "0x01", "15", "0x0f"}),
    # Of a device object, not of a value in it.
    "bacapp.object_name": ("bacapp.objectType", {"8"}),
    "snmp.value.octets": ("snmp.name", {"1.3.6.1.2.1.1.1.0"}),
}


def plain(text):
    """A text as both write it."""
    return re.sub(r"[^0-9a-z]+", "", text.lower())


def told(capture):
    """What the senders of packets say of themselves: (address, field, value, frame)."""
    own = [*ALWAYS, *WHERE]
    asked = ["frame.number", "ip.src", "ipv6.src", "eth.src", *own, *(other for other, _ in WHERE.values())]
    asked = list(dict.fromkeys(asked))
    command = ["tshark", "-n", "-r", capture, "-Y", " || ".join(own), "-T", "fields", "-E", "separator=\x1f",
               "-E", "aggregator=\x1e"]
    for field in asked:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True)
    if run.returncode > 2 or b"aren't valid" in run.stderr:
        sys.exit(run.stderr.decode(errors="replace"))
    for line in run.stdout.decode(errors="replace").split("\n"):
        parts = line.split("\x1f")
        if len(parts) != len(asked):
            continue
        row = {field: text.split("\x1e") if text else [] for field, text in zip(asked, parts)}
        # Of tunnels the inner address; who asks for one has none yet.
        row["ip.src"] = [ip for ip in row["ip.src"] if ip != "0.0.0.0"]
        address = (row["ip.src"] or row["ipv6.src"] or row["eth.src"] or [""])[-1]
        for field in own:
            other, values = WHERE.get(field, (None, None))
            if other and not (row[other] if values is None else values & set(row[other])):
                continue
            for value in row[field]:
                if field == "snmp.value.octets":
                    value = bytes.fromhex(value.replace(":", "")).decode(errors="replace")
                yield address, field, value, row["frame.number"][0]


def inventory(jaga, capture):
    """Address to all texts of its asset."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "assets.json")
        subprocess.run([jaga, "replay", "-q", "--allow-truncated", "--no-shipped-rules", "--show-secrets",
                        capture, "--inventory", path], capture_output=True)
        if not path.exists():
            return {}
        assets = json.loads(path.read_text())["assets"]
    texts = {}
    for asset in assets:
        said = {plain(str(attribute["value"])) for attribute in asset["attributes"]}
        said |= {plain(str(value)) for value in flat(asset)}
        for address in asset["macs"] + asset["ips"]:
            texts.setdefault(str(address), set()).update(said)
    return texts


def flat(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from flat(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner)
    elif value is not None:
        yield value


def captures(places):
    for place in map(pathlib.Path, places):
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*") if path.suffix in ENDINGS)
        else:
            yield place


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jaga", default=ROOT / "target/release/jaga")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("places", nargs="+")
    options = parser.parse_args()
    asked = found = 0
    missing = set()
    for capture in captures(options.places):
        said = {}
        for address, field, value, frame in told(capture):
            said.setdefault((address, field, value), frame)
        if not said:
            continue
        texts = inventory(options.jaga, capture)
        for (address, field, value), frame in said.items():
            if len(plain(value)) < 2 or not plain(value).strip("0") or plain(value) == "bootloader":
                continue
            asked += 1
            mine = texts.get(address, set())
            right = any(plain(value) in text for text in mine)
            found += right
            if not right:
                others = [other for other, all_texts in texts.items() if any(plain(value) == text for text in all_texts)]
                missing.add((str(capture), address, field, value[:60]))
                print(f"{capture}: frame {frame}: {address} says {field} = {value[:60]!r}"
                      + (f", which stands on {', '.join(others[:3])}" if others else ""))
            elif options.verbose:
                print(f"{capture}: {address}: {field} = {value[:60]!r}: found")
    print(f"{found} of {asked} identities stand on the right device")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
