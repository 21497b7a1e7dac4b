"""A study: a folder with its data, its columns named, and its plan, in one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.intake.trials import as_trial
from ketanalysis.reading.files import file_sha256, read_table_with_notes
from ketanalysis.study.keys import as_section, refuse_unknown, require_keys
from ketanalysis.study.plan import Plan
from ketanalysis.study.plan_fit import check_plan_fits
from ketanalysis.trial import Trial

STUDY_FILE = "study.toml"
SECTIONS = ("study", "data", "columns", "plan")
STUDY_KEYS = ("title", "simulated", "notes", "subjects_from_scores")
TABLES = {
    "scores": "adqs",
    "subjects": "adsl",
    "items": "adqsitem",
    "infusions": "adex",
    "adverse_events": "adae",
    "events": "adice",
    "concomitant": "adcm",
    "vital_signs": "advs",
}
DIALECT = ("decimal", "separator", "encoding")
DATA_KEYS = (*TABLES, *DIALECT, "missing_codes")
COLUMN_KEYS = (
    *("subject", "arm", "arms", "visit", "visits", "visit_unit", "day", "study_day", "hour"),
    *("scores", "wide", "parameter", "value", "baseline", "baseline_visit", "subject_columns"),
)


@dataclass(frozen=True, eq=False)
class Study:
    """A trial with its plan.

    Attributes
    ----------
    trial, plan
        What is analysed, and how.
    title
        The title of the report.
    folder
        Where the study lives, or None for one made in memory.
    inputs
        File (relative to the folder) → SHA-256 of what was read.
    notes
        What was recognised while reading.
    """

    trial: Trial
    plan: Plan
    title: str
    folder: Path | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_study(folder: str | Path) -> Study:
    """Read a study folder: ``study.toml`` and the data files that it names.

    Answers "what is this study, and do its data keep their contract?". No code of the folder
    is run.

    Parameters
    ----------
    folder
        The folder (or its ``study.toml``).

    Returns
    -------
    Study
        Trial, plan, title, and the hash of every file that was read.

    Raises
    ------
    ArgumentError
        The folder or a file is not there, ``study.toml`` has a key that does not exist, or
        its plan names a scale or a visit that the trial does not have.
    ContractError
        A data file cannot be read without doubt, or the data break their contract; the
        message holds all findings.

    Notes
    -----
    Paths are relative to the folder and may not leave it.

    Examples
    --------
    >>> import tempfile
    >>> import ketanalysis as ka
    >>> from ketanalysis.study.folder import write_example_study
    >>> study = ka.read_study(write_example_study("ketamine", tempfile.mkdtemp()))
    >>> study.trial.n_subjects
    96
    """
    path = _study_file(Path(folder))
    config = _config(path)
    head = _head(config.get("study", {}), path)
    data = as_section(config["data"], "[data]")
    refuse_unknown(data, DATA_KEYS, "[data]")
    require_keys(data, ("scores",), "[data]")
    columns = as_section(config.get("columns", {}), "[columns]")
    refuse_unknown(columns, COLUMN_KEYS, "[columns]")
    plan = Plan.from_dict(as_section(config["plan"], "[plan]"))
    frames, inputs, notes = _read_files(path, data)
    given: dict[str, Any] = {**columns, **frames, "missing_codes": data.get("missing_codes", ())}
    trial = as_trial(
        given.pop("scores_file"), **given, label=head["title"], simulated=head["simulated"]
    )
    trial = trial.with_(
        notes=tuple(dict.fromkeys((*head["notes"], *notes, *trial.notes))),
        subjects_given=trial.subjects_given and not head["subjects_from_scores"],
    )
    check_plan_fits(plan, trial)
    return Study(trial, plan, head["title"], path.parent, inputs, trial.notes)


def write_study(folder: str | Path, trial: Trial, plan: Plan, title: str | None = None) -> Path:
    """Write a trial and its plan as a study folder that `read_study` reads back.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or holds no ``study.toml`` and none of the files.
    trial, plan, title
        What is written: tables as Parquet, in CDISC columns. The title becomes the trial's
        label.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ArgumentError
        The folder already holds a study, or one of its files.

    Examples
    --------
    >>> import tempfile
    >>> import ketanalysis as ka
    >>> plan = ka.Plan(scale="MADRS", visit="Day 14", missing="nri",
    ...                response=ka.Response(at_least=0.5))
    >>> folder = ka.write_study(tempfile.mkdtemp(), ka.load_example("ketamine"), plan)
    >>> ka.read_study(folder).plan == plan
    True
    """
    tables = trial.tables()
    target = _empty_study(Path(folder), [f"{table}.parquet" for table in tables])
    files = {name: f"data/{table}.parquet" for name, table in TABLES.items() if table in tables}
    for name, file in files.items():
        frame = tables[TABLES[name]]
        enums = [column for column, kind in frame.schema.items() if isinstance(kind, pl.Enum)]
        frame.with_columns(pl.col(enums).cast(pl.String)).write_parquet(target / file)
    columns: dict[str, Any] = {"visit": "AVISIT", "visits": list(trial.visits)}
    if trial.arms:
        columns |= {"arm": "TRT01P", "arms": list(trial.arms)}
    study = {
        "title": title or trial.label,
        "simulated": trial.simulated,
        "notes": list(trial.notes),
        "subjects_from_scores": not trial.subjects_given,
    }
    write_study_file(target, {"study": study, "data": files, "columns": columns}, plan)
    return target


def write_example_study(name: str, folder: str | Path) -> Path:
    """Write an example trial as a study folder: its tables as CSV, and ``study.toml``.

    Parameters
    ----------
    name
        The example, such as "ketamine".
    folder
        As in `write_study`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ArgumentError
        There is no such example, or the folder already holds a study.
    """
    from ketanalysis.examples import write_example
    from ketanalysis.examples.protocol import example_sections

    sections, plan = example_sections(name)
    target = _empty_study(Path(folder), [])
    files = write_example(target, name)
    data = {table: f"data/{path.name}" for table, path in files.items()}
    write_study_file(target, {**sections, "data": data}, plan)
    return target


def write_study_file(folder: Path, sections: Mapping[str, Any], plan: Plan) -> None:
    """Write ``study.toml`` with its sections and plan."""
    import tomlkit

    text = tomlkit.dumps({**sections, "plan": plan.to_dict()})
    (folder / STUDY_FILE).write_text(text, encoding="utf-8")


def _head(section: Any, path: Path) -> dict[str, Any]:
    """Return the section [study] with what it leaves out."""
    head = as_section(section, "[study]")
    refuse_unknown(head, STUDY_KEYS, "[study]")
    usual = {"title": path.resolve().parent.name, "simulated": False, "notes": []}
    head = {**usual, "subjects_from_scores": False, **head}
    kinds = {"title": str, "simulated": bool, "notes": list, "subjects_from_scores": bool}
    words = {str: "a text", bool: "true or false", list: "a list of texts"}
    for name, kind in kinds.items():
        if not isinstance(head[name], kind):
            raise ArgumentError(f"[study] {name} must be {words[kind]}, not {head[name]!r}.")
    if not all(isinstance(note, str) for note in head["notes"]):
        raise ArgumentError(f"[study] notes must be a list of texts, not {head['notes']!r}.")
    return head


def _read_files(
    path: Path, data: Mapping[str, Any]
) -> tuple[dict[str, pl.DataFrame], dict[str, str], list[str]]:
    """Return the frame of each table, the hash of each file, and what was recognised."""
    frames: dict[str, pl.DataFrame] = {}
    inputs, notes = {STUDY_FILE: file_sha256(path)}, []
    dialect = {key: data[key] for key in DIALECT if key in data}
    for key, given in dialect.items():
        if not isinstance(given, str):
            raise ArgumentError(f"[data] {key} must be a text, not {given!r}.")
    for name in TABLES:
        if name not in data:
            continue
        file = _inside(path.parent, name, data[name])
        is_text = not file.name.casefold().endswith(".parquet")
        inputs[data[name]] = file_sha256(file)
        frame, found = read_table_with_notes(file, **(dialect if is_text else {}))
        frames["scores_file" if name == "scores" else name] = frame
        notes += [f"{data[name]}: {note}" for note in found]
    return frames, inputs, notes


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for any file
        return False


def _empty_study(folder: Path, files: list[str]) -> Path:
    if (folder / STUDY_FILE).exists():
        raise ArgumentError(f"{folder} already holds a {STUDY_FILE}; choose another folder.")
    there = [name for name in files if (folder / "data" / name).exists()]
    if there:
        raise ArgumentError(
            f"{folder / 'data'} already holds {listed(there)}, which cannot be written over; "
            "choose another folder."
        )
    (folder / "data").mkdir(parents=True, exist_ok=True)
    return folder


def _study_file(folder: Path) -> Path:
    path = folder if folder.name == STUDY_FILE else folder / STUDY_FILE
    if path.is_file():
        return path
    if not path.parent.is_dir():
        raise ArgumentError(f"There is no folder {path.parent}.")
    raise ArgumentError(
        f"{path.parent} holds no {STUDY_FILE}. `ketanalysis init FOLDER` writes one to fill in."
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        config = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ArgumentError(f"{STUDY_FILE} must be saved as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ArgumentError(f"{STUDY_FILE} is not valid TOML: {error}.") from None
    refuse_unknown(config, SECTIONS, STUDY_FILE)
    require_keys(
        {f"[{name}]": part for name, part in config.items()}, ("[data]", "[plan]"), STUDY_FILE
    )
    return config


def _inside(folder: Path, key: str, name: object) -> Path:
    """Return the path of a data file, which may not leave the study folder."""
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ArgumentError(f"[data] {key} must name one file, not {name!r}.")
    if "://" in name:
        raise ArgumentError(
            f"[data] {key} must name a file of the study folder, not the address {name!r}."
        )
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ArgumentError(
            f"[data] {key} names {name!r}, which lies outside the study folder; copy it into data/."
        )
    if _is_file(path):
        return path
    held = sorted(one.name for one in (folder / "data").glob("*") if one.is_file())
    pattern = " Patterns are not read: name one file." if set(name) & set("*?[") else ""
    raise ArgumentError(
        f"[data] {key} names {name!r}, which is no file; data/ holds {listed(held) or 'nothing'}."
        f"{pattern or near_miss(name, [f'data/{one}' for one in held])}"
    )
