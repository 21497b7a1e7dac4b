"""A contract as a Pandera schema: each rule a check on the column to blame, none on the frame."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.contracts.column_rules import accepts
from ketanalysis.contracts.rule import Rule

if TYPE_CHECKING:
    import pandera.polars as pa

    from ketanalysis.contracts.contract import Contract


def compile_schema(
    contract: Contract, rules: Iterable[Rule], holding: Collection[Rule] = ()
) -> pa.DataFrameSchema:
    """Return the schema of a contract with these rules as its checks.

    The name of a check, and its text in Pandera's reports, is the rule's id. With `holding` it is
    the schema of one frame, in which these rules are known to hold.
    """
    import pandera.polars as pa

    held = list(rules)

    def checks_of(name: str) -> list[Any]:
        own = [rule for rule in held if rule.column == name]
        return [_check(rule, contract, holds_here=rule in holding) for rule in own]

    named = {column.name: column for column in contract.columns}
    columns = {
        name: pa.Column(
            dtype=_kind(column.type),
            checks=checks_of(name),
            nullable=column.missing == "allowed" or column.severity != "error",
            required=column.required,
            title=column.label,
            metadata={"unit": column.unit},
        )
        for name, column in named.items()
    }
    for name in dict.fromkeys(rule.column for rule in held if rule.column not in named):
        columns[name] = pa.Column(checks=checks_of(name), nullable=True, required=False)
    compiled = _schema_class()(columns, name=contract.dataset, title=contract.label)
    compiled.may_be_empty = contract.may_be_empty
    return compiled  # type: ignore[no-any-return]


def usable(frame: pl.DataFrame, contract: Contract) -> set[str]:
    """Return the columns of the frame that rules can rely on: there, and of the right type."""
    return {
        name
        for name, dtype in frame.schema.items()
        if (column := contract.column(name)) is None or accepts(column.type, dtype)
    }


def broken_rules(
    contract: Contract, rules: Sequence[Rule], frame: pl.DataFrame
) -> set[tuple[str, str]]:
    """Return (column, rule id) of each rule that Pandera finds broken in the frame.

    Pandera is told which rules hold, and given one failing case of each other: which rows fail is
    `Rule.mask`'s to say, so that no row becomes text on the way. Its exception holds the whole
    frame and ends here.

    Raises
    ------
    RuntimeError
        Where a rule stopped with an error of its own (a mistake in the rule).
    """
    import pandera.errors

    try:
        compile_schema(contract, rules, _holding(rules, frame)).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as caught:
        checks = [(e.schema.name, e.check, e.reason_code.name) for e in caught.schema_errors]
    else:
        checks = []
    stopped = [f"{check.name} on {name}" for name, check, why in checks if why == "CHECK_ERROR"]
    if stopped:
        raise RuntimeError(f"{contract.source}: the rule {', '.join(stopped)} cannot be applied.")
    return {(name, check.name) for name, check, _ in checks if hasattr(check, "name")}


def _holding(rules: Sequence[Rule], frame: pl.DataFrame) -> set[Rule]:
    """Return the rules that hold, from one query; none where one of them stops with an error.

    Each is then asked by itself, so that the one that stops is named.
    """
    try:
        broken = [rule.fails(frame).fill_null(False).any() for rule in rules]
        found = frame.select(one.alias(str(i)) for i, one in enumerate(broken)).row(0)
    except Exception:
        return set()
    return {rule for rule, is_broken in zip(rules, found, strict=True) if not is_broken}


def _check(rule: Rule, contract: Contract, *, holds_here: bool) -> Any:
    import pandera.polars as pa

    def holds(data: Any) -> pl.LazyFrame | bool:
        if holds_here:
            return True
        frame = data.lazyframe.collect()
        if not usable(frame, contract).issuperset(rule.needs):
            return pl.LazyFrame({rule.id: pl.repeat(True, frame.height, eager=True)})
        return pl.LazyFrame({rule.id: ~rule.mask(frame)})

    return pa.Check(
        holds,
        name=rule.id,
        error=rule.id,
        ignore_na=False,
        n_failure_cases=1,
        description=rule.advice,
    )


@cache
def _schema_class() -> Any:
    import pandera.polars as pa
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaError, SchemaErrorReason

    class TableSchema(pa.DataFrameSchema):
        """A Pandera schema that also checks the values of a LazyFrame, and refuses 0 rows."""

        may_be_empty = False

        @classmethod
        def get_backend(cls, check_obj: Any = None, check_type: Any = None) -> Any:
            # Pandera looks its backends up by the very class, not by its parents.
            return pa.DataFrameSchema.get_backend(check_obj, check_type)

        def validate(self, check_obj: Any, *args: Any, **options: Any) -> Any:
            is_lazy = isinstance(check_obj, pl.LazyFrame)
            frame = check_obj.collect() if is_lazy else check_obj
            with config_context(
                validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA
            ):
                checked = super().validate(frame, *args, **options)
            if not (frame.height or self.may_be_empty):
                raise SchemaError(  # type: ignore[no-untyped-call]
                    self,
                    frame,
                    f"{self.name} must have rows, not 0 data rows.",
                    check="rows",
                    reason_code=SchemaErrorReason.DATAFRAME_CHECK,
                )
            return checked.lazy() if is_lazy else checked

    return TableSchema


@cache
def _kind(kind: str) -> Any:
    from pandera.engines import polars_engine

    class Kind(polars_engine.DataType):
        """The contract's type: every polars type that can hold it passes."""

        type = pl.Object

        def __init__(self) -> None:
            pass

        def check(self, pandera_dtype: Any, data_container: Any = None) -> bool:
            return accepts(kind, pandera_dtype)

        def __str__(self) -> str:
            return kind

    return Kind()
