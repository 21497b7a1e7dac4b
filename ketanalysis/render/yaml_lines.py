"""YAML read with the line of every entry, and without surprises.

Plain words are text, numbers, true, false or null, as in YAML 1.2; dates stay text. Tags,
anchors, aliases and duplicate keys are refused, so that nothing is constructed, expanded or
lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 65_536
DEEPEST = 10
_NULL = frozenset({"", "~", "null"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")

Refuse = Callable[[str, int], Exception]


@dataclass(frozen=True)
class Entry:
    """One value of a YAML text: a scalar, a list of entries or a dict of entries."""

    value: Any
    line: int
    text: str = ""

    @property
    def is_mapping(self) -> bool:
        """Whether the entry holds named entries."""
        return isinstance(self.value, dict)


def read_yaml(text: str, first_line: int, refuse: Refuse) -> dict[str, Entry]:
    """Return the named entries of a YAML mapping.

    Parameters
    ----------
    text
        The YAML, at most 65 536 characters.
    first_line
        The line of the file on which `text` begins.
    refuse
        Makes the exception to raise from a sentence and a line.
    """
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise refuse(f"YAML must be shorter than {MOST_CHARACTERS} characters.", first_line)
    try:
        _check_events(yaml.parse(text, Loader=yaml.BaseLoader), first_line, refuse)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not readable"
        line = first_line + (mark.line if mark else 0)
        raise refuse(f"YAML cannot be read: {problem}.", line) from None

    if node is None:
        return {}
    entry = _entry(node, first_line, refuse)
    if not isinstance(entry.value, dict):
        raise refuse("YAML must be lines of `name: value`.", entry.line)
    return entry.value


def _check_events(events: Any, first_line: int, refuse: Refuse) -> None:
    import yaml

    depth = 0
    for event in events:
        line = first_line + event.start_mark.line
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise refuse("YAML anchors and aliases cannot be honoured.", line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise refuse(f"YAML must not be nested deeper than {DEEPEST} levels.", line)


def _entry(node: Any, first_line: int, refuse: Refuse) -> Entry:
    import yaml

    line = first_line + node.start_mark.line
    if not node.tag.startswith("tag:yaml.org,2002:"):
        raise refuse(f"the YAML tag {node.tag} cannot be honoured.", line)
    if isinstance(node, yaml.ScalarNode):
        plain = node.style is None
        return Entry(_scalar(node.value) if plain else node.value, line, node.value)
    if isinstance(node, yaml.SequenceNode):
        return Entry([_entry(item, first_line, refuse) for item in node.value], line)

    entries: dict[str, Entry] = {}
    for key, value in node.value:
        name, key_line = key.value, first_line + key.start_mark.line
        if not isinstance(name, str):
            raise refuse("a YAML key must be a word.", key_line)
        if name in entries:
            raise refuse(f"the key {name!r} stands here twice.", key_line)
        inner = _entry(value, first_line, refuse)
        entries[name] = Entry(inner.value, key_line, inner.text)
    return Entry(entries, line)


def _scalar(word: str) -> str | int | float | bool | None:
    if word in _NULL:
        return None
    if word in ("true", "false"):
        return word == "true"
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
