#!/usr/bin/env python3
"""Times two programs, process against process, over many folders.

    benches/processes.py FOLDER… --ours 'render kustomize {}' --theirs 'kubectl kustomize {}' [--runs 3]

For each folder both programs run in turn, `--runs` times; the shortest time of each counts. Folders in which
one of the two fails are left out and counted. Prints both sums and their ratio."""
import argparse, shlex, subprocess, time


def run(command, folder):
    words = [word.replace("{}", folder) for word in shlex.split(command)]
    began = time.perf_counter()
    status = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    return time.perf_counter() - began if status == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--theirs", required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    ours = theirs = left_out = 0
    for folder in given.folders:
        times = [(run(given.ours, folder), run(given.theirs, folder)) for _ in range(given.runs)]
        if any(None in pair for pair in times):
            left_out += 1
            continue
        ours += min(pair[0] for pair in times)
        theirs += min(pair[1] for pair in times)
    count = len(given.folders) - left_out
    print(f"{count} folders, {left_out} left out: ours {ours:.2f} s, theirs {theirs:.2f} s, {theirs / ours:.1f} times")


main()
