#!/usr/bin/env python3
"""Compares the PDUs that Jaga decodes with those of tshark, an independent decoder.

    tests/compare/tshark.py [--jaga PATH] [--verbose] CAPTURE...

A PDU is named by the frame that completes it and a few fields:

    modbus   transaction, unit, function, exception code
    s7comm   ROSCTR, PDU reference, function (jobs), group and subfunction (userdata)
    dnp3     source, destination, function, application sequence, IIN
    enip     encapsulation command, session

tshark is a witness, not the truth. Known reasons for a difference that is no fault:

- tshark decodes a retransmitted segment or a frame that the mirror port sent twice again;
  Jaga counts these and decodes the octets once. Such PDUs are counted as `again`.
- tshark leaves a segment alone that it takes for a retransmission, also where the first copy was
  not captured or the acknowledgment was captured before it. Jaga decodes octets that it has not
  seen. Such PDUs, in frames that tshark itself marks so, are counted as `unread`.
- tshark joins a DNP3 segment of an earlier fragment with the same addresses and sequence number
  to a later one, even where FIR and FIN are set, and says that the two conflict. By clause 8.2
  of IEEE Std 1815-2012 a segment with FIR starts anew. Such PDUs are counted as `mixed`.
- tshark does not join DNP3 segments where the transport sequence number goes from 63 to 0, as it
  must by clause 8.2.2; and it reads link frames whose header CRC is wrong, which clause 9.2 has
  receivers drop.
- tshark takes all that port 502 carries for Modbus. Jaga asks for a second sign where the first
  PDU of a session that was running before the capture breaks the rules of its function; and it
  leaves DNP3 link frames alone whose function code is reserved (clause 9.2.4.1.3).
- tshark shows a PDU of which the snap length cut the end, from the octets that are there. In a
  stream Jaga does not: an octet that was not captured is a gap, which the ledger counts as `cut`,
  and a PDU that a gap overlaps is not told.
- A PDU that completes in one frame may be shown by tshark in the frame where its segment was
  retransmitted; both are matched without the frame number before they count as different.

Ends with 1 where less than 99.9 % of the PDUs that either decodes agree.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
AGREE = 0.999
AGAIN = ("tcp.analysis.retransmission", "tcp.analysis.fast_retransmission",
         "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order")
AGAIN_MARK = f"({' || '.join(AGAIN)})"
MIXED_MARK = "dnp3.al.fragment.overlap.conflict"

# Jaga's protocol: tshark's display filter, its dissectors for -d, and the fields it prints.
PROTOCOLS = {
    "modbus": ("modbus", {"tcp": "mbtcp", "udp": "mbudp"}, ["mbtcp.trans_id", "mbtcp.unit_id", "modbus.func_code",
                                   "modbus.exception_code", "mbrtu.unit_id"]),
    "s7comm": ("s7comm", {"tcp": "tpkt"}, ["s7comm.header.rosctr", "s7comm.header.pduref",
                                  "s7comm.param.func", "s7comm.param.userdata.funcgroup",
                                  "s7comm.param.userdata.subfunc",
                                  "s7comm.param.modetrans.subfunc"]),
    "dnp3": ("dnp3.al.func", {"tcp": "dnp3", "udp": "dnp3"}, ["dnp3.src", "dnp3.dst", "dnp3.al.func", "dnp3.al.seq",
                                      "dnp3.al.iin"]),
    "enip": ("enip", {"tcp": "enip", "udp": "enip"}, ["enip.command", "enip.session"]),
}


def number(text):
    return int(text, 0)


def split(cell):
    return [number(part) for part in cell.split(",") if part]


def of_tshark(protocol, columns):
    """The PDUs of one frame. Columns hold all occurrences of a field in the frame."""
    values = [split(column) for column in columns]
    if protocol == "modbus":
        transactions, units, functions, exceptions, rtu = values
        if not transactions and rtu:
            transactions, units = [None] * len(rtu), rtu
        rows = list(zip(transactions, units, functions))
        # Exception codes come without saying whose they are: the sum of them is compared.
        return [(*row,) for row in rows], sorted(exceptions)
    if protocol == "s7comm":
        rosctrs, references, functions, groups, subfunctions, modes = values
        functions, groups = iter(functions), iter(groups)
        subs, modes = iter(subfunctions), iter(modes)
        rows = []
        for rosctr, reference in zip(rosctrs, references):
            if rosctr == 7:
                group = next(groups, None)
                sub = next(modes, None) if group == 0 else next(subs, None)
                rows.append((rosctr, reference, None, group, sub))
            else:
                rows.append((rosctr, reference, next(functions, None), None, None))
        return rows, []
    if protocol == "dnp3":
        sources, destinations, functions, sequences, iins = values
        return list(zip(sources[-len(functions):], destinations[-len(functions):], functions,
                        sequences)), sorted(iins)
    return list(zip(*values)), []


def tshark(capture, protocol, decode_as):
    """{frame: (PDUs, rest, again)} as tshark decodes them."""
    shown, _, fields = PROTOCOLS[protocol]
    command = ["tshark", "-r", str(capture), "-Y", shown, "-T", "fields", "-E", "separator=/t",
               "-E", "occurrence=a", "-E", "aggregator=,", "-e", "frame.number"]
    for field in [*fields, *AGAIN]:
        command += ["-e", field]
    for rule in decode_as:
        command += ["-d", rule]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"tshark failed on {capture}: {done.stderr[:500]}")
    frames = {}
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        rows, rest = of_tshark(protocol, cells[1 : 1 + len(fields)])
        frames[int(cells[0])] = (rows, rest, any(cells[1 + len(fields) :]))
    return frames


def marked(capture, frames, mark, decode_as):
    """Those of the frames that tshark marks so."""
    if not frames:
        return set()
    numbers = ",".join(str(frame) for frame in sorted(frames)[:1000])
    command = ["tshark", "-r", str(capture), "-Y", f"{mark} && frame.number in {{{numbers}}}",
               "-T", "fields", "-e", "frame.number"]
    for rule in decode_as:
        command += ["-d", rule]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {int(line) for line in done.stdout.split()}


def of_jaga(protocol, fields):
    get = lambda name: fields.get(f"{protocol}.{name}")
    if protocol == "modbus":
        return (get("transaction"), get("unit"), get("function")), get("exception")
    if protocol == "s7comm":
        if get("rosctr") == 7:
            return (7, get("reference"), None, get("group"), get("subfunction")), None
        return (get("rosctr"), get("reference"), get("function"), None, None), None
    if protocol == "dnp3":
        row = (get("source"), get("destination"), get("function"), get("sequence"))
        return row, get("iin")
    return (get("command"), get("session")), None


def jaga(binary, capture):
    """{protocol: {frame: (PDUs, rest)}} and the ports each protocol was found on."""
    command = [str(binary), "decode", "--json", str(capture)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"jaga failed on {capture}: {done.stderr.strip()}")
    found = {protocol: {} for protocol in PROTOCOLS}
    ports = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        pdu = json.loads(line)
        protocol = pdu["protocol"]
        if protocol not in found:
            continue
        if protocol == "dnp3" and "dnp3.function" not in pdu["fields"]:
            continue  # link layer only
        if protocol == "s7comm" and "s7comm.rosctr" not in pdu["fields"]:
            continue  # COTP only
        if protocol == "enip" and "enip.command" not in pdu["fields"]:
            continue  # implicit I/O, which has no encapsulation header
        row, rest = of_jaga(protocol, pdu["fields"])
        rows, rests = found[protocol].setdefault(pdu["frame"], ([], []))
        rows.append(row)
        if rest is not None:
            rests.append(rest)
        server = pdu["dst_port"] if pdu["direction"] == "to_server" else pdu["src_port"]
        if pdu["direction"] != "unknown":
            ports[protocol].add(server)
    return found, ports


def compare(capture, binary, verbose):
    """Prints a line a protocol; answers (agreeing, all) PDUs."""
    found, ports = jaga(binary, capture)
    agreeing = total = 0
    for protocol, ours in found.items():
        rules = [f"{kind}.port=={port},{dissector}" for port in sorted(ports[protocol])
                 for kind, dissector in PROTOCOLS[protocol][1].items()]
        theirs = tshark(capture, protocol, rules)
        mine = collections.Counter(
            (frame, row) for frame, (rows, _) in ours.items() for row in rows)
        other = collections.Counter(
            (frame, row) for frame, (rows, _, _) in theirs.items() for row in rows)
        both = mine & other
        only_mine, only_other = mine - both, other - both
        again = collections.Counter(
            {key: n for key, n in only_other.items() if theirs[key[0]][2]})
        only_other -= again
        # The same PDU put to another frame of the same conversation.
        moved = collections.Counter(row for _, row in only_mine.elements()) & collections.Counter(
            row for _, row in [*only_other.elements(), *again.elements()])
        left_mine, left_other = drop(only_mine, moved), drop(only_other, moved)
        unread, left_mine = apart(left_mine, marked(
            capture, {frame for frame, _ in left_mine}, AGAIN_MARK, rules))
        mixed = collections.Counter()
        if protocol == "dnp3":
            frames = marked(capture, {frame for frame, _ in left_other}, MIXED_MARK, rules)
            mixed, left_other = apart(left_other, frames)
            _, left_mine = apart(left_mine, frames)
        same = sum(both.values()) + sum(moved.values())
        everything = same + sum(left_mine.values()) + sum(left_other.values())
        if everything == 0:
            continue
        agreeing += same
        total += everything
        rest = sum(sorted(rests) != theirs.get(frame, ([], [], 0))[1]
                   for frame, (_, rests) in ours.items() if frame in theirs)
        print(f"{capture.name:<44} {protocol:<7} both {same:>7}  only jaga "
              f"{sum(left_mine.values()):>5}  only tshark {sum(left_other.values()):>5}  again "
              f"{sum(again.values()):>4}  unread {sum(unread.values()):>4}  mixed "
              f"{sum(mixed.values()):>3}  details differ {rest:>4}")
        if verbose:
            for name, left in (("jaga", left_mine), ("tshark", left_other)):
                for (frame, row), n in sorted(left.items(), key=str)[:20]:
                    print(f"    only {name}: frame {frame} {row} x{n}")
    return agreeing, total


def apart(counter, frames):
    """The PDUs of these frames, and the others."""
    these = collections.Counter({key: n for key, n in counter.items() if key[0] in frames})
    return these, counter - these


def drop(counter, moved):
    """Takes the PDUs of `moved` out of `counter`, whatever their frames."""
    left, moved = collections.Counter(), moved.copy()
    for frame, row in counter.elements():
        if moved[row] > 0:
            moved[row] -= 1
        else:
            left[(frame, row)] += 1
    return left


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("captures", nargs="+", type=pathlib.Path)
    parser.add_argument("--jaga", type=pathlib.Path, default=ROOT / "target/release/jaga")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    agreeing = total = 0
    for capture in arguments.captures:
        same, everything = compare(capture, arguments.jaga, arguments.verbose)
        agreeing += same
        total += everything
    share = agreeing / total if total else 1.0
    print(f"{agreeing} of {total} PDUs agree ({100 * share:.3f} %)")
    sys.exit(share < AGREE)


if __name__ == "__main__":
    main()
