#!/usr/bin/env python3
"""Writes src/desk/inventory/oui.txt, the owners of MAC address blocks, from the public listings
of the IEEE Registration Authority (oui.csv, oui28.csv or mam.csv, oui36.csv, iab.csv in FOLDER;
standards-oui.ieee.org has them, and so has the source of the crate oui-data):

    packaging/oui.py FOLDER EDITION

EDITION says where the listings come from and of which day they are. For developers: the build
needs neither this script nor the listings.
"""

import csv
import pathlib
import sys

# Larger blocks first: where an assignment was made twice, the older listing names the owner.
LISTINGS = [["oui.csv"], ["oui28.csv", "mam.csv"], ["oui36.csv"], ["iab.csv"]]

# Owners that name nobody: blocks that the authority cut up and whose parts stand in the smaller
# listings, and owners who asked not to be named.
NOBODY = {"IEEE Registration Authority", "Private", ""}


def main():
    folder, edition = pathlib.Path(sys.argv[1]), sys.argv[2]
    owners = {}
    for names in LISTINGS:
        path = next(folder / name for name in names if (folder / name).exists())
        with open(path, encoding="utf-8", newline="") as listing:
            for row in csv.DictReader(listing):
                owner = " ".join(row["Organization Name"].split())
                owners.setdefault(row["Assignment"].strip().upper(), owner)
    lines = sorted(f"{block}\t{owner}" for block, owner in owners.items() if owner not in NOBODY)
    target = pathlib.Path(__file__).parent.parent / "src/desk/inventory/oui.txt"
    head = f"# Owners of MAC address blocks: {edition}; written by packaging/oui.py.\n"
    target.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} blocks, {target.stat().st_size} octets")


main()
