"""What is said of a whole batch: the index, the estimates of all studies, and failure pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
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

COLUMNS = ("Study", "Status", "Subjects", "Key figures", "Findings in the data")
EMPTY = '<td role="cell" class="empty"></td>'
RESUME = (
    "When it is mended, run the same command again with `--resume`: what is done is kept, and the "
    "rest is done."
)
# On a narrow screen a row is a block of lines, each with its column's name.
NARROW = """
.studies .what { display: none; }
.studies tbody th { text-align: left; min-width: 7rem; }
@media screen and (max-width: 48rem) {
  .studies, .studies tbody, .studies tr, .studies th, .studies td { display: block; }
  .studies thead { display: none; }
  .studies tbody th { font-weight: 600; }
  .studies tr { padding-block: 0.5rem; border-bottom: 1px solid currentColor; }
  .studies .empty { display: none; }
  .studies .what { display: inline; font-weight: 600; }
  .studies th, .studies td { max-width: none; border: 0; padding: 0.1rem 0; }
}
"""
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
    has_numbers, has_report = (any(folder.glob(name)) for name in ("results.*", "report.*"))
    beside = (
        " What was computed before it failed stands beside this page, and is not among the "
        "estimates of the whole batch."
    )
    body = (
        "<h2>What happened</h2>\n"
        f"<p>{_words(outcome.reason)}</p>\n<h2>What to do</h2>\n<p>{_words(outcome.advice)}</p>\n"
        f"<p>{_words(RESUME)}</p>\n"
        f"<p>The other studies are not touched by this one.{beside if has_numbers else ''}</p>\n"
        '<p><a href="../index.html">All studies</a></p>'
    )
    subtitle = "Not every report was made." if has_report else "No report was made."
    _write_page(folder / "failure.html", f"{study}: failed", subtitle, body)


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
    said = {study: _said(out, study) for study in studies}
    common = _common_definitions(said.values())
    rows = "\n".join(_row(study, lines[study], said[study], common) for study in studies)
    heads = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in COLUMNS)
    defined = "".join(f"<p>{_text(words)}</p>\n" for words in common.values())
    body = (
        f"<p>{_text(about)}</p>\n{_failures(failed, lines)}<h2>All studies</h2>\n{defined}"
        '<div class="table-scroll" role="region" aria-label="All studies" tabindex="0">\n'
        f'<table class="studies" role="table">\n<thead role="rowgroup"><tr role="row">{heads}'
        f'</tr></thead>\n<tbody role="rowgroup">\n{rows}\n</tbody>\n</table>\n</div>'
    )
    counts = f"{len(studies)} studies: {len(studies) - len(failed)} done, {len(failed)} failed"
    _write_page(out / "index.html", "Batch of studies", counts, body)


def _common_definitions(said: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the definitions that are those of all studies: said once, not once a study."""
    found: dict[str, set[str]] = {}
    for one in said:
        for name, figure in one.get("key_figures", {}).items():
            found.setdefault(name, set()).add(figure["definition"])
    return {name: words.pop() for name, words in found.items() if len(words) == 1}


def _failures(failed: Sequence[str], lines: Mapping[str, Line]) -> str:
    """Return a list of what failed, each with its page, before all else."""
    points = "".join(
        f'<li><a href="{escape(lines[study]["folder"])}/failure.html">{_text(study)}</a>: '
        f"{_words(lines[study]['reason'])}</li>\n"
        for study in failed
    )
    return f"<h2>Failed</h2>\n<ul>\n{points}</ul>\n<p>{_words(RESUME)}</p>\n" if failed else ""


def _row(study: str, line: Line, said: Mapping[str, Any], common: Mapping[str, str]) -> str:
    cells = (_status(line), _subjects(said), _figures(said, common), _findings(said))
    shown = "".join(
        f'<td role="cell"><span class="what">{name}: </span>{cell}</td>' if cell else EMPTY
        for name, cell in zip(COLUMNS[1:], cells, strict=True)
    )
    title = said.get("title", study)
    named = _text(study) if title == study else f"{_text(study)}<br><small>{_text(title)}</small>"
    return f'<tr role="row"><th scope="row" role="rowheader">{named}</th>{shown}</tr>'


def _status(line: Line) -> str:
    folder = line["folder"]
    reports = sorted(name for name in line["outputs"] if name.startswith(f"{folder}/report."))
    if line["status"] != DONE:
        reports = [f"{folder}/failure.html"]
    status = "done" if line["status"] == DONE else "failed"
    linked = ", ".join(
        f'<a href="{escape(link)}">{_text(link.rpartition("/")[2])}</a>' for link in reports
    )
    return f"{status}: {linked}"


def _subjects(said: Mapping[str, Any]) -> str:
    if not said:
        return ""
    arms = ", ".join(f"{_text(arm)}: {count}" for arm, count in said["arms"].items())
    mark = ", simulated" if said["simulated"] else ""
    return f"{said['n_subjects']}{f' ({arms})' if arms else ''}{mark}"


def _figures(said: Mapping[str, Any], common: Mapping[str, str]) -> str:
    figures = said.get("key_figures", {})
    return "<br>".join(
        _text(one["text"] if name in common else f"{one['definition']} {one['text']}".strip())
        for name, one in figures.items()
    )


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
    style = f"{style}{NARROW}"
    page = _PAGE.format(title=_text(title), subtitle=_text(subtitle), style=style, body=body)
    # A report links to nothing beside it; these pages link to files of the batch alone.
    check_page(_BESIDE.sub("", page))
    put_in_place(path, page.encode())


def _text(text: str) -> str:
    return escape(readable(text))


def _words(text: str) -> str:
    """Return a text of our own, in which a command stands between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
