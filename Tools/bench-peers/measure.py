"""What the scripts of both peers share: the options, the measurement and its printed form."""

import argparse
import json
import time

SAMPLE_SECONDS = 0.05
FEWEST_SAMPLES = 5


def parse_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", nargs="*", default=[], help="the workloads to run; all if none are named")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to take samples of each")
    parser.add_argument("--list", action="store_true", help="list the workloads")
    return parser


def peak_kibibytes():
    """The most memory that this process has held at once."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def measure(run, wait, seconds):
    """The time of the first call, and of one call in samples of a twentieth of a second, all in seconds."""

    def timed(count):
        start = time.perf_counter()
        for _ in range(count):
            result = run()
        wait(result)
        return (time.perf_counter() - start) / count

    first = timed(1)
    timed(1)
    count = max(1, int(SAMPLE_SECONDS / max(timed(1), 1e-7)))
    samples = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(samples) < FEWEST_SAMPLES:
        samples.append(timed(count))
    return first, sorted(samples)


def run_all(peer, workloads, arguments, wait):
    """Measures the workloads that were asked for, functions that return a function to time; prints a JSON object for each."""
    for name, make in workloads.items():
        if arguments.only and name not in arguments.only:
            continue
        if arguments.list:
            print(name)
            continue
        first, samples = measure(make(), wait, arguments.seconds)
        result = {
            "peer": peer,
            "name": name,
            "first_ms": round(first * 1e3, 3),
            "median_us": round(samples[len(samples) // 2] * 1e6, 3),
            "min_us": round(samples[0] * 1e6, 3),
            # Of this process: it is the workload's own where no other ran before it.
            "peak_kb": peak_kibibytes(),
        }
        print(json.dumps(result), flush=True)
