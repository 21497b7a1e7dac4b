"""From the bytes of a file to UTF-8: byte order marks, declared encodings, and what is no text.

No character is ever replaced: bytes that do not fit their encoding are an error that names
the line, the byte and the likely encoding.
"""

from __future__ import annotations

import codecs
import re

from ketanalysis.errors import ArgumentError, ContractError, near_miss

ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "iso-8859-15",
    "cp1250",
    "cp1251",
    "mac-roman",
    "shift_jis",
    "gb18030",
    "big5",
    "euc-kr",
)
_ONE_BYTE = ("cp1252", "latin-1", "iso-8859-15", "cp1250", "cp1251", "mac-roman")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip or xlsx file", "Save the sheet as CSV, or unpack the zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel (xls) file", "Save the sheet as CSV"),
    (b"\x1f\x8b", "a gzip file", "Give it a name that ends in .gz"),
    (b"PAR1", "a Parquet file", "Give it a name that ends in .parquet"),
    (b"%PDF", "a PDF file", "Ask for the data as CSV"),
    (b"$FL2", "an SPSS file", "Save it as CSV"),
    (b"<stata_dta>", "a Stata file", "Save it as CSV"),
    (b"HEADER RECORD*******LIBRARY", "a SAS transport file", "Save it as CSV"),
)


# UTF-8 that was read as Windows-1252 and saved again: "Ã" or "Â" and a sign, or "â€".
_SPOILT = re.compile(
    rb"\xc3[\x82\x83](?:\xc2[\x80-\xbf]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]"
    rb"|\xe2\x80[\x93\x94\x98-\x9e\xa0-\xa2\xa6\xb0\xb9\xba]|\xe2\x82\xac|\xe2\x84\xa2)"
    rb"|\xc3\xa2\xe2\x82\xac"
)


def check_is_text(data: bytes, name: str) -> None:
    """Refuse files of another kind that bear the name of a text file."""
    for mark, kind, advice in _OTHER_FORMATS:
        if data.startswith(mark):
            raise ContractError(f"{name} is {kind}, not text, whatever its name says.\n  {advice}.")


def to_utf8(data: bytes, name: str, encoding: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    """Return the text as UTF-8 bytes without a byte order mark, and notes on what was done.

    Parameters
    ----------
    data
        The bytes of the file.
    name
        Its name in messages.
    encoding
        The encoding it was declared to have; None reads UTF-8, and UTF-16 where the byte
        order mark says so.

    Raises
    ------
    ArgumentError
        When `encoding` is unknown, or contradicts the byte order mark or the bytes.
    ContractError
        When bytes do not fit the encoding, or a NUL stands in the text.
    """
    declared = None if encoding is None else _known(encoding)
    mark, marked = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", None))
    if marked and declared and declared.removesuffix("-le").removesuffix("-be") not in marked:
        raise ArgumentError(
            f"encoding={encoding!r} cannot be: {name} begins with the byte order mark of "
            f"{marked}.\n  Leave encoding out."
        )
    used = marked or declared or "utf-8"
    text = data[len(mark) :]
    if used == "utf-8":
        _check_utf8(text, name)
    else:
        text = _decoded(text, name, used)
    _check_no_nul(text, name)
    notes = [f"The text was decoded from {used}."] if used != "utf-8" else []
    if b"\xef\xbf\xbd" in text:
        line = _line(text, text.index(b"\xef\xbf\xbd"))
        notes.append(
            f"Line {line} holds U+FFFD: a program before this one has already lost a character."
        )
    spoilt = None if text.isascii() else _SPOILT.search(text)
    if spoilt:
        notes.append(
            f'Line {_line(text, spoilt.start())} holds "{spoilt[0].decode()}", as UTF-8 looks when '
            "a program before this one read it as Windows-1252: check the letters."
        )
    return text, tuple(notes)


def _known(encoding: str) -> str:
    names = {codecs.lookup(known).name: known for known in ENCODINGS}
    names["utf-8-sig"] = "utf-8"
    try:
        return names[codecs.lookup(encoding).name]
    except (LookupError, KeyError, TypeError, ValueError):
        known = ", ".join(repr(one) for one in ENCODINGS)
        raise ArgumentError(
            f"encoding must be one of {known}, not {encoding!r}.{near_miss(encoding, ENCODINGS)}"
        ) from None


def _check_utf8(text: bytes, name: str) -> None:
    if text.isascii():
        return
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
        line, column = _line(text, place), _byte_in_line(text, place)
        raise ContractError(
            f"{name} is not UTF-8: line {line} holds the byte 0x{text[place]:02X} "
            f"(byte {column} of the line).\n  {_likely(text, place)}"
        ) from None


def _likely(text: bytes, place: int) -> str:
    """Say which encoding it probably is; the reader still has to declare it."""
    if b"\0" in text[:4096]:
        return _utf16_advice(text)
    if not text[:place].isascii():
        return (
            "The text before it is UTF-8, so the file mixes encodings or is damaged there: "
            "correct that line."
        )
    if re.search(rb"[\x81\x8d\x8f\x90\x9d]", text):
        return "Ask who made the file for its encoding, and declare encoding=."
    return 'It is probably Windows-1252 (Excel saves so): declare encoding="cp1252".'


def _utf16_advice(text: bytes) -> str:
    order = "le" if text[1:4096:2].count(0) >= text[0:4096:2].count(0) else "be"
    return f'It looks like UTF-16 without its mark: declare encoding="utf-16-{order}".'


def _decoded(text: bytes, name: str, used: str) -> bytes:
    if used in _ONE_BYTE:
        _refuse_utf8(text, name, used)
    if used in ("latin-1", "iso-8859-15"):
        _refuse_c1(text, name, used)
    codec = "utf-32-le" if used == "utf-32" else "utf-16-le" if used == "utf-16" else used
    try:
        return text.decode(codec).encode("utf-8")
    except UnicodeError as error:
        place = error.start if isinstance(error, UnicodeDecodeError) else 0
        before = text[:place].decode(codec, "ignore").encode("utf-8")
        raise ContractError(
            f"{name} is not {used}: line {_line(before, len(before))} holds the byte "
            f"0x{text[place]:02X} out of place.\n"
            "  Ask who made the file for its encoding, and declare encoding=."
        ) from None


def _refuse_utf8(text: bytes, name: str, used: str) -> None:
    """Refuse a one-byte encoding for what is UTF-8: "Köln" would become two wrong letters."""
    if text.isascii():
        return
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise ArgumentError(
        f"encoding={used!r} cannot be: {name} is UTF-8 with other letters than ASCII.\n"
        "  Leave encoding out."
    )


def _refuse_c1(text: bytes, name: str, used: str) -> None:
    found = re.search(rb"[\x80-\x9f]", text)
    if found is None:
        return
    place = found.start()
    raise ArgumentError(
        f"encoding={used!r} cannot be: {name} line {_line(text, place)} holds the byte "
        f"0x{text[place]:02X}, a control character there.\n"
        '  It is probably Windows-1252: declare encoding="cp1252".'
    )


def _check_no_nul(text: bytes, name: str) -> None:
    place = text.find(b"\0")
    if place < 0:
        return
    if text.count(0, 0, 4096) * 5 >= min(len(text), 4096):
        raise ContractError(f"{name} is not UTF-8.\n  {_utf16_advice(text)}")
    raise ContractError(
        f"{name} line {_line(text, place)} holds a NUL (byte {_byte_in_line(text, place)} of the "
        "line); text has none.\n  The file is damaged, or is no text: get a new copy."
    )


def _line(text: bytes, place: int) -> int:
    end = b"\n" if b"\n" in text else b"\r"
    return text.count(end, 0, place) + 1


def _byte_in_line(text: bytes, place: int) -> int:
    end = b"\n" if b"\n" in text else b"\r"
    return place - text.rfind(end, 0, place)
