#!/usr/bin/env python3
"""Times two programs, process against process, over many folders or many cases.

    benches/processes.py FOLDER… --ours 'render kustomize {}' --theirs 'kubectl kustomize {}' [--runs 3]
    benches/processes.py --cases FILE --ours 'render helm template' --theirs 'helm template' [--runs 3]

Each line of FILE is a case, as a list of JSON: the folder to run in, then the arguments behind both commands. In each of `--runs`
rounds one program runs over all of them, then the other; the shortest time of each counts, from posix_spawn to wait4.
What ends otherwise in one program than in the other is left out and counted, and of folders also what fails in both.
Both programs are copied to a folder first: a system takes longer to start a program that a linker has just written than
one that is installed, since the linker leaves it in small pieces in memory.
Prints, for both, the time from start to end and the processor's time, in ms a case, and their ratios. What it takes
to start a process at all is in both: see `/bin/true`."""
import argparse, json, os, shlex, shutil, tempfile, time

NOTHING = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]


def run(folder, words):
    """(whether it fails, seconds from start to end, seconds of processor)"""
    os.chdir(folder)
    began = time.perf_counter()
    pid = os.posix_spawn(words[0], words, os.environ, file_actions=NOTHING)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - began
    return status != 0, took, usage.ru_utime + usage.ru_stime


def installed(command, folder):
    """The command with its program in `folder`."""
    program, *rest = shlex.split(command)
    os.mkdir(folder)
    return [shutil.copy(shutil.which(program) or program, folder), *rest]


def words(command, case):
    """The words of a command for a case."""
    return [word.replace("{}", case) for word in command]


def main():
    with tempfile.TemporaryDirectory() as folder:
        compare(folder)


def compare(folder):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--cases")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--theirs", required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    commands = {name: installed(command, os.path.join(folder, name))
                for name, command in (("ours", given.ours), ("theirs", given.theirs))}
    commands["/bin/true"] = ["/bin/true"]
    here = os.getcwd()
    cases = [{name: (here, words(command, os.path.abspath(folder))) for name, command in commands.items()}
             for folder in given.folders]
    if given.cases:
        with open(given.cases) as lines:
            for folder, *arguments in map(json.loads, lines):
                cases.append({name: (folder, words(command, "") + arguments * (name != "/bin/true"))
                              for name, command in commands.items()})
    seen = {name: [[] for _ in cases] for name in commands}
    for _ in range(given.runs):
        for name in commands:
            for at, case in enumerate(cases):
                seen[name][at].append(run(*case[name]))
    os.chdir(here)
    failed = {name: [runs[0][0] for runs in of_cases] for name, of_cases in seen.items()}
    counted = [at for at in range(len(cases)) if failed["ours"][at] == failed["theirs"][at]
               and (given.cases or not failed["ours"][at])]
    print(f"{len(counted)} cases, {len(cases) - len(counted)} left out")
    if not counted:
        return
    sums = {name: [sum(min(times[part] for times in of_cases[at]) for at in counted) for part in (1, 2)]
            for name, of_cases in seen.items()}
    for name, (took, processor) in sums.items():
        print(f"{name:10} {took / len(counted) * 1e3:8.2f} ms, {processor / len(counted) * 1e3:8.2f} ms of processor")
    ratios = [theirs / ours for ours, theirs in zip(sums["ours"], sums["theirs"])]
    print(f"ours is {ratios[0]:.1f} times as fast, {ratios[1]:.1f} times by the processor's time")


main()
