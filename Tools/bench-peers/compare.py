#!/usr/bin/env python3
"""Times the workloads of Tools/bench in this library, JAX and PyTorch in turns, each in a process of its own.

Without --python-jax and --python-torch it makes virtual environments with JAX and PyTorch in the user's cache folder. A library
that cannot be installed is left out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import report

FOLDER = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jaxnet-bench"
REQUIREMENTS = {
    "jax": ["jax", "jaxlib", "numpy"],
    # The wheels of this index are for processors only, and a tenth of the size.
    "torch": ["torch", "numpy", "--extra-index-url", "https://download.pytorch.org/whl/cpu"],
}


def say(*text):
    print(*text, file=sys.stderr, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="Tools/bench --peers", description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="*", default=[], help="the workloads to run; all if none are named")
    parser.add_argument("--rounds", type=int, default=3, help="how often each library has its turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a turn takes samples")
    parser.add_argument("--device", default="host", help="where this library runs: host, or xla, a device of a PJRT plugin")
    parser.add_argument("--busy", action="store_true", help="keep one processor busy with another process")
    parser.add_argument(
        "--wait-for-quiet",
        type=float,
        default=0,
        metavar="SECONDS",
        help="how long to wait before a round, at most, while something else slows the processors down: until all threads "
        "together make a product of matrices nearly as many times as fast as one does",
    )
    parser.add_argument("--without-onednn", action="store_true", help="also time this library built without oneDNN")
    parser.add_argument("--bench-without-onednn", help=argparse.SUPPRESS)
    parser.add_argument("--json", help="a file for all measurements, as a list of JSON objects")
    parser.add_argument(
        "--after", metavar="FILE", help="measurements of earlier runs (--json) to which these are added, or take the place of"
    )
    parser.add_argument("--write-docs", action="store_true", help="write the results to docs/benchmarks.md")
    for peer, title in (("jax", "JAX"), ("torch", "PyTorch")):
        variable = f"JAXNET_BENCH_PYTHON_{peer.upper()}"
        parser.add_argument(
            f"--python-{peer}",
            default=os.environ.get(variable),
            help=f"the Python that has {title}, or 'none' to leave {title} out; ${variable} is the default",
        )
    arguments = parser.parse_args()
    if arguments.busy and arguments.wait_for_quiet > 0:
        parser.error("--busy keeps a processor busy, so that there is no quiet to --wait-for-quiet for")
    return arguments


# MARK: The peers


def installed_python(peer):
    """The Python of a virtual environment that has this peer, made on first use; None if it cannot be made."""
    environment = CACHE / peer
    python = environment / "bin" / "python"
    done = environment / "installed"
    if not done.exists():
        say(f"Installing {peer} in {environment}")
        commands = [
            [sys.executable, "-m", "venv", "--clear", environment],
            [python, "-m", "pip", "install", "--quiet", *REQUIREMENTS[peer]],
        ]
        for command in commands:
            if subprocess.run(command, check=False).returncode != 0:
                say(f"Going on without {peer}.")
                return None
        done.touch()
    return python


def commands(arguments):
    """How to run a workload, by library: this one first."""
    result = {"jaxnet": [arguments.bench, "--device", arguments.device, "--json", "-"]}
    if arguments.bench_without_onednn:
        result["plain"] = [arguments.bench_without_onednn, "--json", "-"]
    for peer in ("jax", "torch"):
        chosen = getattr(arguments, f"python_{peer}")
        python = chosen or installed_python(peer)
        if python and chosen != "none":
            result[peer] = [str(python), str(FOLDER / f"{peer}_peer.py")]
    return result


def workloads(command):
    """The names of the workloads that a command runs."""
    lines = subprocess.run([command[0], *command[1:2], "--list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in lines.splitlines()]


def measurement(command, name, seconds):
    output = subprocess.run(
        [*command, "--only", name, "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    parsed = json.loads(output)
    return parsed[0] if isinstance(parsed, list) else parsed


# MARK: A quiet machine

# Of the speed that as many processors as there are threads would have together if each had one's own.
FREE_SHARE = 0.85
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def processors_are_free(bench):
    """Whether threads do not slow each other down, as they do where two of them have one processor's parts for themselves."""
    command = [bench, "--json", "-"]
    one, all_threads = (
        min(measurement([*command, *threads], "matmul_1024", 0.1)["min_us"] for _ in range(2))
        for threads in (["--threads", "1"], [])
    )
    return one / all_threads >= FREE_SHARE * PROCESSORS


def wait_for_quiet(arguments):
    """Returns when the processors are free, or have not been for as long as the arguments allow."""
    end = time.monotonic() + arguments.wait_for_quiet
    while time.monotonic() < end:
        if processors_are_free(arguments.bench):
            return
        time.sleep(2)
    if arguments.wait_for_quiet > 0:
        say(f"The processors were not free within {arguments.wait_for_quiet:g} seconds.")


# MARK: The comparison


def measure_in_turns(commands, arguments):
    """The measurements of each workload by library, in the order in which they were made."""
    ours = ("jaxnet", "plain")
    known = {peer: workloads([command[0]] if peer in ours else command) for peer, command in commands.items()}
    results = {}
    for name in known["jaxnet"]:
        if arguments.only and name not in arguments.only:
            continue
        results[name] = {peer: [] for peer in commands if name in known[peer]}
        for _ in range(arguments.rounds):
            wait_for_quiet(arguments)
            for peer, measurements in results[name].items():
                turn = measurement(commands[peer], name, arguments.seconds)
                measurements.append({**turn, "peer": peer, "busy": arguments.busy})
        say(report.line(name, summary(results[name])))
    return results


def summary(measurements):
    """For each library the median of each number over its turns; for the minimum, the least."""
    return {
        peer: {
            key: (min if key == "min_us" else statistics.median)(turn[key] for turn in turns)
            for key in ("first_ms", "median_us", "min_us", "peak_kb")
        }
        for peer, turns in measurements.items()
    }


def summaries(turns, busy):
    """For each workload the summary of its turns, those with a busy neighbour or those without."""
    groups = {}
    for turn in turns:
        if turn["busy"] == busy:
            groups.setdefault(turn["name"], {}).setdefault(turn["peer"], []).append(turn)
    return {name: summary(measurements) for name, measurements in groups.items()}


def earlier(file, results, busy):
    """The measurements in a file, but for those that have been made anew."""
    if not file:
        return []
    turns = json.loads(Path(file).read_text())
    return [turn for turn in turns if turn["busy"] != busy or turn["peer"] not in results.get(turn["name"], {})]


def main():
    arguments = parse_arguments()
    peers = commands(arguments)
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if arguments.busy else None
    try:
        results = measure_in_turns(peers, arguments)
    finally:
        if neighbour:
            neighbour.kill()
    turns = [turn for measurements in results.values() for list in measurements.values() for turn in list]
    turns = earlier(arguments.after, results, arguments.busy) + turns
    tables = report.tables(summaries(turns, busy=False), summaries(turns, busy=True))
    print(tables)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(turns, indent=1) + "\n")
    if arguments.write_docs:
        file = FOLDER.parent.parent / "docs" / "benchmarks.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(report.page(tables, peers, arguments))
        say(f"Wrote {file}")


main()
