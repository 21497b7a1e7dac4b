"""The lists of the site: result columns, instruments with their cut-offs, relapse rules."""

from __future__ import annotations

from html import escape

import ketanalysis as ka
from docs.site.guides import Page, contents_of
from docs.site.markup import code, inline, table
from ketanalysis.glossary import GLOSSARY

YES_NO = {True: "yes", False: "no"}


def glossary_page() -> Page:
    """Return the glossary of result columns."""
    rows = [[code(name), inline(term.meaning), term.unit] for name, term in GLOSSARY.items()]
    said = (
        "<p>Columns in capital letters came from the trial and have the names of CDISC; the files "
        "in <code>schemas/</code> explain them. These, in small letters, came from ketanalysis. A "
        "proportion is 0 to 1 in a table and a percentage in text; p values are not rounded; an "
        "interval is two columns.</p>"
    )
    body = said + table("Columns of results", ("column", "meaning", "unit"), rows, [*GLOSSARY])
    return Page("glossary", "Result columns", body)


def instruments_page() -> Page:
    """Return the registry of instruments: what is known of each, and who says so."""
    parts = [
        "<p>The scales that ketanalysis knows by PARAMCD. No wording of items is held here. "
        "<em>Verified</em> says whether the source of the range was read; a fact that is not "
        "verified may be right, and is yours to check. A scale that is not here can be analysed: "
        "its definition then names its floor and direction.</p>"
    ]
    for row in ka.instruments().iter_rows(named=True):
        parts.append(_instrument(row))
    body = "\n".join(parts)
    return Page("instruments", "Instruments", body, contents_of(body))


def _instrument(row: dict[str, object]) -> str:
    scale = str(row["scale"])
    card = ka.instrument(scale)
    facts = [
        ("measures", escape(card.measures)),
        ("rated by", card.rater),
        ("items", f"{card.items}"),
        ("range", f"{card.low:g} to {card.high:g} points"),
        ("direction", card.direction),
        ("also called", escape(", ".join(card.aliases)) or "&ndash;"),
        ("verified", YES_NO[bool(row["verified"])]),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{said}</dd>" for name, said in facts)
    return (
        f'<h2 id="{scale}">{scale}</h2>\n<p>{escape(card.name)}</p>\n'
        f'<dl class="facts">{rows}</dl>\n{_cutoffs(scale)}'
    )


def _cutoffs(scale: str) -> str:
    cuts = ka.cutoffs(scale)
    if cuts.is_empty():
        return ""
    rows = [
        [
            escape(cut["purpose"]),
            escape(f"{cut['comparator']} {cut['value']:g}")
            + (" % reduction" if cut["quantity"] == "per cent reduction" else ""),
            escape(cut["used_by"] or ""),
            escape(cut["citation"] or ""),
            YES_NO[cut["verified"]],
        ]
        for cut in cuts.iter_rows(named=True)
    ]
    head = ("purpose", "cut-off", "used by", "source", "verified")
    return table(f"Cut-offs of {scale}", head, rows)


def relapse_rules_page() -> Page:
    """Return the published relapse rules, each as a sentence of the protocol."""
    said = (
        "<p>Rules that trials have used, by name, for "
        '<a href="ketanalysis.html#relapse_rule"><code>relapse_rule</code></a>. What the source '
        "leaves open must be written in the call.</p>"
    )
    rows = [
        [
            code(rule["name"]),
            escape(rule["summary"]),
            escape(rule["scale"] or ""),
            escape(rule["citation"]),
            YES_NO[rule["verified"]],
            escape(rule["open"]) or "&ndash;",
        ]
        for rule in ka.relapse_rules().iter_rows(named=True)
    ]
    head = ("name", "rule", "scale", "source", "verified", "left open")
    return Page(
        "relapse-rules",
        "Relapse rules",
        said + table("Published relapse rules", head, rows, [str(row["name"]) for row in _named()]),
    )


def _named() -> list[dict[str, object]]:
    return ka.relapse_rules().to_dicts()
