"""How a comparison is printed: as tables in Markdown, with the ratios that the library is meant to reach."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TITLES = {"jaxnet": "JAXnet", "jax": "JAX", "torch": "PyTorch"}

# The time of a step, at most this share of the faster peer's.
STEP_GOALS = {
    "mlp_train": 0.85,
    "mlp_tiny_train": 0.35,
    "cnn_train": 0.65,
    "vae_epoch": 0.75,
    "ocr_train": 0.40,
    "elementwise_1m": 0.65,
    "normal_1m": 0.45,
    "matmul_1024": 1.05,
    "softmax_8k": 0.90,
    "reduce_1m": 0.90,
    "jit_call": 0.25,
    "eager_add": 0.20,
}
# The first call and the peak memory, at most this share of JAX's.
FIRST_CALL_GOALS = dict.fromkeys(["mlp_train", "cnn_train", "vae_epoch", "ocr_train"], 0.10)
# With a busy neighbour on one processor: no slower than JAX under the same neighbour.
BUSY_GOALS = dict.fromkeys(["mlp_train", "mlp_tiny_train", "cnn_train", "vae_epoch", "ocr_train"], 1.00)
PEAK_GOALS = dict.fromkeys(["mlp_train", "mlp_tiny_train", "cnn_train", "vae_epoch", "ocr_train"], 0.35)


def time(microseconds):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"


def memory(kibibytes):
    return f"{kibibytes / 1024:.0f} MiB"


def ratio(summary, key, peers):
    """Ours as a share of the least of these peers'; None without them."""
    others = [summary[peer][key] for peer in peers if peer in summary]
    return summary["jaxnet"][key] / min(others) if others else None


def line(name, summary):
    """A short word on one workload while others are still running."""
    titles = {**TITLES, "plain": "without oneDNN"}
    times = ", ".join(f"{titles[peer]} {time(values['median_us'])}" for peer, values in summary.items())
    share = ratio(summary, "median_us", ["jax", "torch"])
    return f"{name}: {times}" + (f"; {share:.2f} of the faster" if share else "")


def table(summaries, key, show, ratios, goals):
    """A table of one number; `ratios` are the columns of shares: a title, and the peers whose least is 1."""
    titles = ["workload", *TITLES.values(), *(title for title, _ in ratios), "goal"]
    rows = ["| " + " | ".join(titles) + " |", "|---" + "|---:" * (len(titles) - 1) + "|"]
    for name, summary in summaries.items():
        cells = [name, *(show(summary[peer][key]) if peer in summary else "–" for peer in TITLES)]
        shares = [ratio(summary, key, peers) for _, peers in ratios]
        goal = goals.get(name)
        for index, share in enumerate(shares):
            text = "–" if share is None else f"{share:.2f}"
            # The last share is the one that the goal is for.
            is_reached = goal is not None and share is not None and share <= goal and index == len(shares) - 1
            cells.append(f"**{text}**" if is_reached else text)
        cells.append(f"{goal:.2f}" if goal is not None else "")
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def without_onednn(summaries):
    """The summaries of a build without oneDNN as if they were the library's."""
    return {
        name: {**{peer: summary[peer] for peer in summary if peer != "plain"}, "jaxnet": summary["plain"]}
        for name, summary in summaries.items()
        if "plain" in summary
    }


def tables(summaries, busy):
    """All that was measured, alone and with a busy neighbour. A share in bold has reached its goal."""
    parts = []
    if summaries:
        parts += main_tables(summaries)
    plain = without_onednn(summaries)
    if plain:
        parts += [
            "## A step or a call, built without oneDNN",
            "`JAXNET_WITHOUT_ONEDNN=1` builds so: convolutions are then made of products of matrices.",
            table(plain, "median_us", time, TO_BOTH, {}),
        ]
    if busy:
        parts += [
            "## A step or a call with a busy neighbour",
            "Another process keeps one processor busy all the time.",
            table(busy, "median_us", time, [("to PyTorch", ["torch"]), ("to JAX", ["jax"])], BUSY_GOALS),
        ]
    return "\n\n".join(parts)


TO_BOTH = [("to JAX", ["jax"]), ("to PyTorch", ["torch"]), ("to the faster", ["jax", "torch"])]


def main_tables(summaries):
    to_jax = [("to PyTorch", ["torch"]), ("to JAX", ["jax"])]
    return [
        "## A step or a call (median)",
        table(summaries, "median_us", time, TO_BOTH, STEP_GOALS),
        "## The first call, with tracing and compiling",
        table(summaries, "first_ms", lambda value: time(value * 1e3), to_jax, FIRST_CALL_GOALS),
        "## Peak memory of the process",
        table(summaries, "peak_kb", memory, to_jax, PEAK_GOALS),
    ]


# MARK: The page


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()
    except OSError:
        return ""


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 2**20
    return f"{model}, {os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def versions(peers):
    commit = output("git", "rev-parse", "--short", "HEAD") or "unknown"
    libraries = output("ldd", peers["jaxnet"][0])
    convolutions = "with oneDNN" if "libdnnl" in libraries else "without oneDNN"
    swift = output("swift", "--version").splitlines()[:1]
    result = [f"JAXnet at {commit} {convolutions}", *swift]
    for peer in ("jax", "torch"):
        if peer in peers:
            result.append(f"{TITLES[peer]} {output(peers[peer][0], '-c', f'import {peer}; print({peer}.__version__)')}")
    return ", ".join(result)


def page(tables, peers, arguments):
    """The page of the documentation."""
    command = f"./Tools/bench --peers --rounds {arguments.rounds} --seconds {arguments.seconds:g}"
    return f"""# Benchmarks

What a step of training, a call or an operation takes in this library, in JAX and in PyTorch on one machine. Each library has its
turn {arguments.rounds} times, in a process of its own for each workload; of those the median is shown. Shares are ours to theirs:
below 1 is faster or smaller, and bold where the goal is reached.

- Machine: {machine()}
- Versions: {versions(peers)}
- Date: {datetime.date.today()}
- Commands: `{command} --without-onednn --json FILE`, and `{command} --busy --after FILE --write-docs` for the steps of training

The workloads are those that `./Tools/bench --list` tells; `Tools/bench-peers` has them in JAX and PyTorch. Results are compared
with JAX's at each run.

{tables}
"""
