"""What is said of a whole batch: the index, the estimates of all studies, and failure pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.batch.estimates import as_json, as_parquet, stacked
from ketanalysis.batch.ledger import Line
from ketanalysis.batch.naming import folder_name
from ketanalysis.batch.outcome import DONE, Outcome
from ketanalysis.batch.passing_on import about_shared
from ketanalysis.characters import readable
from ketanalysis.render.sanitise import check_page
from ketanalysis.shipped import room
from ketanalysis.whole_files import put_in_place

ABOUT = (
    "The estimates of the studies that are done stand in results.parquet and results.json, one "
    "row an estimate."
)
_BESIDE = re.compile(r' href="(?:\.\./index\.html|[A-Za-z0-9._-]+/[a-z]+\.[a-z]+)"')
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="ketanalysis">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<a class="skip-link" href="#main">Skip to the text</a>
<header class="title-block">
<h1 id="title">{title}</h1>
<p class="subtitle">{subtitle}</p>
</header>
<main id="main" tabindex="-1">
{body}
</main>
</body>
</html>
"""


def write_failure(folder: Path, study: str, outcome: Outcome) -> None:
    """Write the page that says what happened to a study and what to do."""
    body = (
        "<h2>What happened</h2>\n"
        f"<p>{_text(outcome.reason)}</p>\n<h2>What to do</h2>\n<p>{_text(outcome.advice)}</p>\n"
        "<p>The other studies of the batch are not touched by this one. Estimates that were "
        "computed before it failed stand beside this page, and are not among those of the "
        'whole batch.</p>\n<p><a href="../index.html">All studies</a></p>'
    )
    _write_page(folder / "failure.html", f"{study}: failed", "No report was made.", body)


def write_overview(
    out: Path,
    studies: Sequence[str],
    lines: Mapping[str, Line],
    *,
    share: int | None = None,
    n_held_back: int = 0,
) -> None:
    """Write the index, the estimates of all studies that are done, and the names of the folders.

    `share` is the smallest count that is shown, of a batch to be passed on; `n_held_back` says
    how many values of a split are no studies of it.
    """
    done = [study for study in studies if lines[study]["status"] == DONE]
    parts = [out / folder_name(study) / "results.parquet" for study in done]
    frame = stacked([pl.read_parquet(part, glob=False) for part in parts if part.exists()])
    put_in_place(out / "results.parquet", as_parquet(frame))
    put_in_place(out / "results.json", as_json(frame))
    names = [
        {
            "study": study,
            "folder": folder_name(study),
            "status": lines[study]["status"],
            "reason": lines[study]["reason"],
        }
        for study in studies
    ]
    put_in_place(out / "studies.json", _json(names))
    about = ABOUT if share is None else about_shared(share, n_held_back)
    _write_index(out, studies, lines, about)


def _write_index(out: Path, studies: Sequence[str], lines: Mapping[str, Line], about: str) -> None:
    failed = [study for study in studies if lines[study]["status"] != DONE]
    rows = "\n".join(_row(study, lines[study], _said(out, study)) for study in studies)
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Study", "Status", "Subjects", "Key figures", "Findings in the data")
    )
    body = (
        f"<p>{len(studies)} studies: {len(studies) - len(failed)} done, {len(failed)} failed. "
        f"{_text(about)}</p>\n"
        '<div class="table-scroll" role="region" aria-label="Studies" tabindex="0">\n'
        f"<table>\n<caption>Studies by name</caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )
    _write_page(out / "index.html", "Batch of studies", f"{len(studies)} studies", body)


def _row(study: str, line: Line, said: Mapping[str, Any]) -> str:
    folder = line["folder"]
    reports = sorted(name for name in line["outputs"] if name.startswith(f"{folder}/report."))
    is_done = line["status"] == DONE
    links = reports if is_done else [f"{folder}/failure.html"]
    linked = ", ".join(
        f'<a href="{escape(link)}">{_text(link.rpartition("/")[2])}</a>' for link in links
    )
    title = f"{_text(study)}<br>{_text(said['title'])}" if said else _text(study)
    status = "done" if is_done else f"failed: {_text(line['reason'])}"
    cells = (
        f"{status}<br>{linked}",
        _subjects(said),
        "<br>".join(_text(words) for words in said.get("key_figures", {}).values()),
        _findings(said),
    )
    return (
        f'<tr><th scope="row">{title}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _subjects(said: Mapping[str, Any]) -> str:
    if not said:
        return ""
    arms = "".join(f"<br>{_text(arm)}: {count}" for arm, count in said["arms"].items())
    mark = "<br>simulated" if said["simulated"] else ""
    return f"{said['n_subjects']}{arms}{mark}"


def _findings(said: Mapping[str, Any]) -> str:
    if not said:
        return ""
    counts = said["findings"]
    words = {"error": "errors", "warning": "warnings", "info": "remarks"}
    if counts is None:
        shown = "not shown"
    else:
        found = [f"{words[name]}: {counts[name]}" for name in words if name in counts]
        shown = ", ".join(found) or "none"
    refused = [f"Not answered: {_text(name)}." for name in said["not_answered"]]
    return "<br>".join([shown, *refused])


def _said(out: Path, study: str) -> dict[str, Any]:
    path = out / folder_name(study) / "study.json"
    if not path.exists():
        return {}
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


def _write_page(path: Path, title: str, subtitle: str, body: str) -> None:
    style = (room("reports") / "report.css").read_text(encoding="utf-8")
    page = _PAGE.format(title=_text(title), subtitle=_text(subtitle), style=style, body=body)
    # A report links to nothing beside it; these pages link to files of the batch alone.
    check_page(_BESIDE.sub("", page))
    put_in_place(path, page.encode())


def _text(text: str) -> str:
    return escape(readable(text))


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
