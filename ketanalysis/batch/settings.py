"""What a batch is told: by arguments, or by a plan file in TOML; every value checked."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ketanalysis.disclosure.suppression import check_min_cell
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.study.keys import as_section, refuse_unknown, texts
from ketanalysis.study.report import PAGES, SLIDES

FORMATS = ("html", "docx", "pdf")
BACKENDS = ("local", "dask")
# A plan file may come from somebody else: it cannot say that code of a study is to be trusted.
PLAN_KEYS = (
    *("studies", "out", "split_by", "formats", "template", "arm", "share"),
    *("jobs", "timeout", "memory", "backend", "recycle_after"),
)
_TASK = "ketanalysis.batch.task:report_study"


@dataclass(frozen=True)
class Settings:
    """How the studies of a batch are reported.

    Those of `options` decide what is written, and are hashed; the others only how fast, and where.
    """

    formats: tuple[str, ...] = ("html",)
    template: str = "trial_report"
    arm: str = ""
    trust_study_code: bool = False
    show_values: bool = False
    share: int | None = None
    jobs: int = 1
    timeout: float = 600
    memory: float | None = None
    recycle_after: int = 50
    backend: str = "local"
    task: str = _TASK

    def __post_init__(self) -> None:
        formats = texts("formats", self.formats)
        for ending in formats:
            check_one_of("formats", ending, FORMATS)
        object.__setattr__(self, "formats", tuple(dict.fromkeys(formats)))
        if self.template == SLIDES:
            raise ArgumentError(
                f"template={SLIDES!r} is slides, which Quarto alone can show; a batch is rendered "
                f"without Quarto. Give one of {listed(PAGES)}."
            )
        check_one_of("template", self.template, PAGES)
        if not isinstance(self.arm, str):
            raise ArgumentError(f"arm must be a text, not {self.arm!r}.")
        check_one_of("backend", self.backend, BACKENDS)
        _check_whole("jobs", self.jobs)
        _check_whole("recycle_after", self.recycle_after)
        _check_above("timeout", self.timeout, "seconds")
        if self.memory is not None:
            _check_above("memory", self.memory, "gigabytes")
        if self.share is not None:
            check_min_cell(self.share, "share")
            if self.show_values:
                raise ArgumentError(
                    "show_values is not for what is passed on: the text of an error may hold "
                    "values of the data. Leave out show_values or share."
                )

    def options(self) -> dict[str, Any]:
        """Return what decides the output."""
        return {
            "formats": list(self.formats),
            "template": self.template,
            "arm": self.arm,
            "trust_study_code": self.trust_study_code,
            "show_values": self.show_values,
            "share": self.share,
        }

    def config_hash(self) -> str:
        """Return the hash of what decides the output."""
        text = json.dumps({**self.options(), "task": self.task}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def worker(self) -> dict[str, Any]:
        """Return what a worker is told before its first study."""
        return {"task": self.task, "memory": self.memory}


def read_batch_plan(path: str | Path) -> dict[str, Any]:
    """Return the keys of the section ``[batch]`` of a plan file; paths are relative to the file.

    Raises
    ------
    ArgumentError
        The file is not there or is no TOML, or a key does not exist (the nearest is named).
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(f"plan must be a TOML file with a section [batch]: no file {path}.")
    try:
        whole = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArgumentError(f"{path.name} is not valid TOML in UTF-8: {error}.") from None
    refuse_unknown(whole, ("batch",), path.name)
    section = as_section(whole.get("batch", {}), "[batch]")
    refuse_unknown(section, PLAN_KEYS, "[batch]")
    if "studies" in section:
        names = texts("[batch] studies", section["studies"])
        section["studies"] = [path.parent / name for name in names]
    if "out" in section:
        if not isinstance(section["out"], str) or not section["out"]:
            raise ArgumentError(f"[batch] out must be a text, not {section['out']!r}.")
        section["out"] = path.parent / section["out"]
    return section


def settings_from(given: Mapping[str, Any]) -> Settings:
    """Return the settings, where those that are None keep what they are without."""
    known = {one.name for one in fields(Settings)}
    chosen = {key: value for key, value in given.items() if key in known and value is not None}
    if isinstance(chosen.get("formats"), list):
        chosen["formats"] = tuple(chosen["formats"])
    return replace(Settings(), **chosen)


def _check_whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"{name} must be a whole number of at least 1, not {value!r}.")


def _check_above(name: str, value: object, unit: str) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value <= 0:  # type: ignore[operator,arg-type]
        raise ArgumentError(f"{name} must be a number of {unit} above 0, not {value!r}.")
