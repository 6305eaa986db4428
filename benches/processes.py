#!/usr/bin/env python3
"""Times two programs, process against process, over many folders.

    benches/processes.py FOLDER… --ours 'render kustomize {}' --theirs 'kubectl kustomize {}' [--runs 3]

For each folder both programs run in turn, `--runs` times; the shortest time of each counts. Folders in which
one of the two fails are left out and counted. Prints, for both, the time from start to end and the processor's
time, in ms a folder, and their ratios. What it takes to start a process at all is in both: see `/bin/true`."""
import argparse, os, shlex, shutil, time

NOTHING = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]


def run(command, folder):
    """(seconds from start to end, seconds of processor), or None when it fails"""
    words = [word.replace("{}", folder) for word in shlex.split(command)]
    program = shutil.which(words[0]) or words[0]
    began = time.perf_counter()
    pid = os.posix_spawn(program, words, os.environ, file_actions=NOTHING)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - began
    return (took, usage.ru_utime + usage.ru_stime) if status == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--theirs", required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    commands = {"ours": given.ours, "theirs": given.theirs, "/bin/true": "/bin/true"}
    sums, counted = {name: [0.0, 0.0] for name in commands}, 0
    for folder in given.folders:
        rounds = [{name: run(command, folder) for name, command in commands.items()} for _ in range(given.runs)]
        seen = {name: [times[name] for times in rounds] for name in commands}
        if any(None in runs for runs in seen.values()):
            continue
        counted += 1
        for name, runs in seen.items():
            for part in range(2):
                sums[name][part] += min(times[part] for times in runs)
    print(f"{counted} folders, {len(given.folders) - counted} left out")
    for name, (took, processor) in sums.items():
        print(f"{name:10} {took / counted * 1e3:8.2f} ms, {processor / counted * 1e3:8.2f} ms of processor")
    ratios = [theirs / ours for ours, theirs in zip(sums["ours"], sums["theirs"])]
    print(f"ours is {ratios[0]:.1f} times as fast, {ratios[1]:.1f} times by the processor's time")


main()
