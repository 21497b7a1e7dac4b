"""Does a column name a person: e-mail addresses, telephone numbers, dates of birth, record numbers?

By its name or its values a column may be one of the identifiers that the HIPAA Privacy Rule lists.
That is a hint for whoever carries the column along, not a proof either way: free text is not read.

Source: 45 CFR 164.514(b)(2)(i), identifiers (A) to (R).
"""

from __future__ import annotations

import re

import polars as pl

MOST_READ = 1_000
_PERSON = (
    "pat|patient|subj|subject|pt|person|participant|mother|father|kin|contact|doctor|physician"
)
# What a column may be called, without the signs between its words.
_NAMES = {
    "names": rf"(?:{_PERSON}|last|first|sur|fore|middle|maiden|family|given|full|birth)names?"
    rf"|names?|(?:{_PERSON}|pt)?initials?|vorname|nachname|nextofkin",
    "addresses": r"(?:home|street|postal|mail|mailing)?(?:address|addr|adresse)(?:line)?\d*"
    r"|street(?:name|no|number)?|(?:home|birth|residence)?(?:city|town|village|county|parish)"
    r"|(?:zip|post(?:al)?|plz)(?:codes?)?\d?|geo(?:code|location)|lat(?:itude)?|lon(?:gitude)?",
    "dates": r"dob|(?:date|day)of(?:birth|death)|(?:birth|brth|death|dth|admission|discharge)"
    r"(?:date|dt|dtc|day|dy)",
    "telephone or fax numbers": r"(?:home|work|cell|mobile|contact|day|tele)?(?:phone|fax|tel"
    r"|mobile)(?:no|nr|num|number)?\d?|cell(?:no|number)",
    "e-mail addresses": r"(?:contact|home|work)?e?mail(?:s|address|addr)?",
    "social security numbers": r"ssn|social(?:security|insurance)(?:no|nr|num|number)?|nino"
    r"|(?:national|personal|tax)(?:id|idno|identification|number|no)"
    r"|(?:nhs|ahv|pesel|cpr)(?:no|number)?",
    "record numbers": r"mrn|(?:med(?:ical)?|hospital|clinic|health|chart|patient)"
    r"(?:rec|record|chart)?(?:no|nr|num|number|id)|medicalrecord|chart",
    "health plan or account numbers": r"(?:health|insurance|policy|plan|medicare|medicaid|member"
    r"|beneficiary|account|bank|acct|creditcard|card)(?:plan|policy)?(?:no|nr|num|number|id)|iban",
    "licences, vehicles or devices": r"(?:driver|drivers|driving)?licen[cs]e"
    r"(?:no|num|number|plate)?|passport(?:no|number)?|certificate(?:no|number)|vin|(?:number|licen[cs]e)?plate"
    r"|(?:device|serial|imei|udi)(?:id|no|num|number|serial)?|(?:device)?serial(?:no|number)",
    "addresses in the web": r"url|website|homepage|web(?:page|address)"
    r"|ip|ip(?:v\d)?(?:address|addr)|mac(?:address|addr)|twitter|facebook|instagram|userhandle|username|login",
    "pictures or biometric data": r"photo(?:s|graph|file|id)?|(?:face|profile|full)"
    r"(?:picture|photo|image|pic)|finger(?:print)?s?|voice(?:print|recording)|retina(?:l?scan)?"
    r"|iris(?:scan)?|face(?:id|scan)|biometric\w*",
}
_CELLS = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "addresses in the web": r"https?://\S+|www\.\S+|(?:\d{1,3}\.){3}\d{1,3}",
    "social security numbers": r"\d{3}-\d{2}-\d{4}",
    "telephone or fax numbers": r"\+\d[\d ()/.-]{7,}\d|\(?0?\d{2,5}[)/ -]{1,2}\d{3,}[\d -]{2,}\d",
    "dates": r"(?:19|20)\d{2}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}[./]\d{1,2}[./](?:19|20)\d{2}",
    "names": r"[A-Z][a-z\u00df-\u00ff'-]+,? (?:[A-Z]\.? )?[A-Z][a-z\u00df-\u00ffA-Z0-9'-]+",
}
_BY_NAME = {kind: re.compile(pattern) for kind, pattern in _NAMES.items()}
_BY_CELL = {kind: re.compile(pattern) for kind, pattern in _CELLS.items()}


def kind_of_identifier(cells: pl.Series) -> str | None:
    """Return what of a person a column seems to hold, by its name or all of its values.

    Missing cells say nothing. Two words with capitals are taken for names of persons only where
    (almost) every row has its own, since arms and diagnoses are written so too.

    Examples
    --------
    >>> kind_of_identifier(pl.Series("CONTACT", ["a.b@example.org", None]))
    'e-mail addresses'
    >>> kind_of_identifier(pl.Series("SEX", ["F", "M"])) is None
    True
    """
    called = re.sub(r"[^a-z0-9]", "", cells.name.lower())
    found = next((kind for kind, name in _BY_NAME.items() if name.fullmatch(called)), None)
    if found is not None:
        return found
    if cells.dtype in (pl.Date, pl.Datetime) and cells.drop_nulls().len():
        return "dates"
    if not isinstance(cells.dtype, pl.String | pl.Enum | pl.Categorical):
        return None
    filled = cells.drop_nulls().head(MOST_READ).cast(pl.String).str.strip_chars()
    values = filled.unique().to_list()
    is_own = len(values) >= max(5, 0.9 * filled.len())
    for kind, pattern in _BY_CELL.items():
        if values and all(map(pattern.fullmatch, values)) and (is_own or kind != "names"):
            return kind
    return None
