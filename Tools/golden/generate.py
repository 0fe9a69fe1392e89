#!/usr/bin/env python3
"""Writes the golden files that the tests compare with: values computed by JAX on the CPU.

    generate.py                     write every topic to Tests/Golden
    generate.py --only random mlp   write these topics
    generate.py --check             compare instead of writing; exit status 1 where they differ
    generate.py --list              list the topics with what they hold

See README.md beside this file for the set-up and the format.
"""

import argparse
import importlib
import os
import pathlib
import sys
import time

# Fixed before JAX is loaded: one instruction set and one thread make the last bits the same on every x86-64 machine
# that has AVX2 (sums and fused multiply-adds otherwise differ with the machine).
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_max_isa=AVX2 --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OPENBLAS_CORETYPE"] = "Haswell"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from golden_file import GoldenFile, differences
from topics import TOPICS

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="TOPIC", choices=TOPICS, default=TOPICS, help="just these topics")
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=REPOSITORY / "Tests" / "Golden",
        metavar="DIR",
        help="the folder of the files (default: Tests/Golden)",
    )
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0,
        metavar="T",
        help="with --check: the difference allowed in floats, relative to an array's largest element "
        "(default: 0, the same bytes; another CPU may need 1e-5)",
    )
    parser.add_argument("--list", action="store_true", help="list the topics and exit")
    return parser.parse_args()


def main():
    options = arguments()
    if options.list:
        for topic in TOPICS:
            print(f"{topic:16}", importlib.import_module(f"topics.{topic}").__doc__.splitlines()[0])
        return 0

    differ = False
    for topic in options.only:
        start = time.time()
        file = GoldenFile()
        importlib.import_module(f"topics.{topic}").add_cases(file)
        data = file.to_bytes()
        path = options.out / f"{topic}.safetensors"
        what = f"{topic}: {len(file.attributes)} cases, {len(data)} bytes"
        if options.check:
            old = path.read_bytes() if path.exists() else GoldenFile().to_bytes()
            lines = [] if old == data else differences(GoldenFile.from_bytes(old), file, options.tolerance)
            differ = differ or bool(lines)
            verdict = "as in the file" if old == data else "differs" if lines else "within the tolerance"
            print(f"{what}, {verdict}", *lines[:40], sep="\n  ")
            if len(lines) > 40:
                print(f"  and {len(lines) - 40} more")
        else:
            options.out.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"{what}, {time.time() - start:.0f} s", flush=True)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
