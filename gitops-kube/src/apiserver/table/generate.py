#!/usr/bin/env python3
"""Write columns.txt: the columns that a Kubernetes API server gives the tables of its kinds.

usage: generate.py TABLES

TABLES  {"GROUP VERSION KIND": columnDefinitions} of every kind that can be listed, as JSON, `-` for the core group

`text ...` is a description, as JSON, and counts from 0; `kind GROUP KIND` is followed by its columns:
` NAME`, type, format, priority and the number of the description, with tabs between. What stands in the cells
is in cells.txt, written by hand.
"""
import json
import os
import sys


def main(path):
    kinds, texts = {}, {}
    for key, columns in json.load(open(path)).items():
        group, _, kind = key.split(" ")
        # The first version of a kind, the preferred one, speaks for all.
        kinds.setdefault((group, kind), columns)
    for columns in kinds.values():
        for c in columns:
            texts.setdefault(c["description"], str(len(texts)))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "columns.txt"), "w") as out:
        for text in texts:
            out.write("text %s\n" % json.dumps(text))
        for (group, kind), columns in kinds.items():
            out.write("kind %s %s\n" % (group, kind))
            for c in columns:
                words = [c["name"], c["type"], c["format"], str(c["priority"]), texts[c["description"]]]
                out.write(" %s\n" % "\t".join(words))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
