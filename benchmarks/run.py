"""The benchmarks: `./run bench`. See README.md here for how to read what it prints."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import batch
import competing_events
import imports
import interval_censored
import mixed_model
import relapse_rows
import report
import resampling
import response_rates
import survival
from contest import HERE, Section

ORDERS = ("sorted", "shuffled")
PARTS = (
    *("response", "relapse", "survival", "competing", "interval", "mmrm", "resampling"),
    *("import", "report", "batch"),
)
RESULTS = HERE / "results.md"
R_PACKAGES = 'c("data.table", "survival", "cmprsk", "icenReg", "nlme", "mmrm")'
R_VERSIONS = (
    f'cat(R.version$version.string, sprintf("%s %s", {R_PACKAGES}, sapply({R_PACKAGES}, '
    "function(p) tryCatch(as.character(packageVersion(p)), "
    'error = function(e) "absent"))), sep = ", ")'
)


def main() -> int:
    """Return 0 where all contenders ran and agreed, whatever the goals; else 1."""
    asked = arguments()
    sections = [section for part in asked.only for section in run_part(part, asked)]
    print(machine(), "", *map(as_text, sections), sep="\n")
    if asked.write:
        write(sections)
    failures = [line for section in sections for line in section.failures]
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    add = parser.add_argument
    add("--size", type=int, default=100_000, help="subjects (default 100000; also 1000000)")
    add("--rounds", type=int, default=3, help="turns of every contender (default 3)")
    add("--repeats", type=int, default=1, help="response: repetitions a process (default 1)")
    add("--only", nargs="+", choices=PARTS, default=PARTS, help="parts (default all)")
    add("--studies", type=int, default=10, help="batch: studies (default 10; also 100)")
    add("--rows", nargs="+", choices=ORDERS, default=ORDERS, help="response: order of the rows")
    add("--write", action="store_true", help="put the sections into benchmarks/results.md")
    return parser.parse_args()


def run_part(part: str, asked: argparse.Namespace) -> list[Section]:
    print(f"{part}:", file=sys.stderr)
    if part == "response":
        return response_rates.run(asked.size, asked.rounds, asked.repeats, tuple(asked.rows))
    if part == "relapse":
        return [relapse_rows.run(asked.size, asked.rounds, asked.repeats)]
    if part == "survival":
        return [survival.run(min(asked.size, 100_000), asked.rounds, repeats=15)]
    if part == "competing":
        return competing_events.run(min(asked.size, 100_000), asked.rounds)
    if part == "interval":
        return interval_censored.run(asked.rounds)
    if part == "mmrm":
        return mixed_model.run(asked.rounds)
    if part == "resampling":
        return resampling.run(asked.rounds, repeats=20)
    if part == "import":
        return [imports.run(max(asked.rounds, 15))]
    if part == "batch":
        return [batch.run(asked.studies)]
    return [report.run(asked.rounds)]


def machine() -> str:
    """Return cores, memory and versions: what a ratio may depend on, and no name."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "pandas", "lifelines"))
    return (
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {memory()}{platform.system()}; "
        f"Python {platform.python_version()}, {packages}; {r_versions()}."
    )


def memory() -> str:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return ""
    return f"{pages / 2**30:.0f} GB of memory, "


def r_versions() -> str:
    if shutil.which("Rscript") is None:
        return "no R"
    asked = ("Rscript", "--vanilla", "-e", R_VERSIONS)
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def as_text(section: Section) -> str:
    return "\n".join((f"## {section.heading}", "", *section.lines, ""))


def write(sections: list[Section], path: Path = RESULTS) -> None:
    """Put each section in the place of the one with the same heading, or at the end."""
    before, *old = path.read_text(encoding="utf-8").split("\n## ") if path.exists() else [""]
    kept = {text.split("\n", 1)[0]: text.strip() for text in old}
    for section in sections:
        lines = (section.heading, "", *section.lines, "", machine())
        kept[section.heading] = "\n".join(lines).strip()
    path.write_text("\n\n## ".join((before.strip(), *kept.values())) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
