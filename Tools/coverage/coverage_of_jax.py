#!/usr/bin/env python3
"""Lists the public functions of JAX with their names here, as docs/coverage-of-jax.md.

    coverage_of_jax.py              write the page
    coverage_of_jax.py --check      compare instead of writing; exit status 1 if the page is out of date
    coverage_of_jax.py --missing    print the names that are neither here nor left out for a reason, and write nothing

A name is here if the sources declare it: `snake_case` as `camelCase`, or as names.toml says. Needs the packages of
Tools/golden/requirements.txt.
"""

import argparse
import fnmatch
import importlib
import inspect
import pathlib
import re
import sys
import tomllib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "coverage-of-jax.md"
DECLARATION = re.compile(
    r"public (?:(?:static|mutating|final|indirect|consuming|borrowing|prefix) )*"
    r"(?:func|var|let|struct|class|enum|protocol|typealias) `?([^\s(<:`=]+)"
)
CASE = re.compile(r"^\s*case ([a-z]\w+)")


def declared_names():
    """All public names that the modules declare."""
    names = {"init"}
    for path in sorted((REPOSITORY / "Modules").rglob("*.swift")):
        for line in path.read_text().splitlines():
            if match := DECLARATION.search(line):
                names.add(match.group(1))
            elif match := CASE.match(line):
                names.add(match.group(1))
    return names


def functions(module):
    """The names of the functions of a module of JAX."""
    for name in sorted(dir(module), key=str.lower):
        value = getattr(module, name)
        if name.startswith("_") or inspect.ismodule(value) or inspect.isclass(value) or not callable(value):
            continue
        # Element types are called like functions.
        if type(value).__name__ in {"_ScalarMeta", "Primitive"} or type(value).__module__.startswith("jax._src.core"):
            continue
        yield name


def camel_case(name):
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def lookup(table, module, name):
    """The entry of the table for a name: by its full name, by itself, or by a pattern."""
    full = f"{module}.{name}"
    for key in (full, name):
        if key in table:
            return table[key]
    for pattern, value in table.items():
        if "*" not in pattern:
            continue
        # A pattern with a module's name is for that very module.
        of_module = pattern.startswith("jax.")
        if of_module and module != pattern.rpartition(".")[0]:
            continue
        if fnmatch.fnmatchcase(full if of_module else name, pattern):
            return value
    return None


def is_declared(text, declared):
    """Whether each name in the code of the text is declared."""
    for code in re.findall(r"`([^`]+)`", text):
        for word in re.findall(r"[A-Za-z_]\w*", re.sub(r"\$\d+|\[[^\]]*\]", "", code)):
            if word not in declared and word not in {
                "x",
                "Tensor",
                "Primitive",
                "key",
                "to",
                "data",
                "i",
                "bool",
                "at",
            }:
                if not word.startswith("JAXNET_"):
                    return False
    return True


def rows(names, declared):
    """For each module the lists of what is here, left out, and missing."""
    for module, title in names["modules"].items():
        here, left_out, missing = [], [], []
        for name in functions(importlib.import_module(module)):
            alias = lookup(names["here"], module, name)
            guess = camel_case(name)
            if alias is not None and is_declared(alias, declared):
                here.append((name, alias))
            elif alias is None and guess in declared:
                here.append((name, f"`{guess}`"))
            elif reason := lookup(names["left_out"], module, name):
                left_out.append((name, reason))
            else:
                missing.append(name)
        yield module, title, here, left_out, missing


def page(sections):
    lines = [
        "# Coverage of JAX",
        "",
        "The public functions of JAX 0.10.2 with their names here, and what is left out. `Tools/coverage/coverage_of_jax.py` writes",
        "this page from the sources.",
        "",
        "| module | here | left out | missing |",
        "|---|---|---|---|",
    ]
    for module, _, here, left_out, missing in sections:
        lines.append(f"| `{module}` | {len(here)} | {len(left_out)} | {len(missing)} |")
    for module, title, here, left_out, missing in sections:
        lines += ["", f"## {title}: `{module}`", "", "| JAX | here |", "|---|---|"]
        escaped = lambda text: text.replace("|", "\\|")
        lines += [f"| `{name}` | {escaped(text)} |" for name, text in here]
        if left_out:
            lines += ["", "Left out:", ""]
            reasons = {}
            for name, reason in left_out:
                reasons.setdefault(reason, []).append(f"`{name}`")
            lines += [f"- {', '.join(members)}: {reason}." for reason, members in reasons.items()]
        if missing:
            lines += ["", "Missing, and nothing against it: " + ", ".join(f"`{name}`" for name in missing) + "."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the page instead of writing it")
    parser.add_argument("--missing", action="store_true", help="print what is missing and write nothing")
    options = parser.parse_args()

    names = tomllib.loads((pathlib.Path(__file__).parent / "names.toml").read_text())
    sections = list(rows(names, declared_names()))
    if options.missing:
        for module, _, here, _, missing in sections:
            print(f"{module} ({len(here)} here): {' '.join(missing)}")
        return 0
    text = page(sections)
    if options.check:
        is_current = PAGE.exists() and PAGE.read_text() == text
        print("the page is up to date" if is_current else f"{PAGE} is out of date: run {sys.argv[0]}")
        return 0 if is_current else 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
