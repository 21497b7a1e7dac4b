"""Objects as a report shows them: pictures without remarks, text without addresses."""

from __future__ import annotations

import base64
import struct
import zlib

from ketanalysis.render.display import DOTS_PER_INCH, describe, strip_png


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_picture_loses_its_remarks() -> None:
    head, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")
    body = chunk(b"IHDR", b"0" * 13) + chunk(b"IDAT", b"1")
    remarks = (
        chunk(b"tEXt", b"Author\0somebody") + chunk(b"tIME", b"1234567") + chunk(b"eXIf", b"2")
    )
    assert strip_png(head + remarks + body + end) == head + body + end


def test_plain_objects_are_text_without_addresses() -> None:
    class Thing:
        pass

    item = describe([Thing(), 1.5], as_is=False)
    assert item is not None
    assert item["type"] == "text"
    assert " at 0x" not in item["text"]
    assert "1.5" in item["text"]


def test_a_class_is_not_asked_for_the_html_of_its_objects() -> None:
    class Table:
        def _repr_html_(self) -> str:
            return "<table></table>"

    shown, plain = describe(Table(), as_is=False), describe(Table, as_is=False)
    assert shown == {"type": "html", "html": "<table></table>"}
    assert plain is not None
    assert plain["type"] == "text"


def test_words_of_an_object_are_its_caption_only_if_they_are_text() -> None:
    class Table:
        caption = 3
        ketanalysis_alt = "seen"

        def _repr_html_(self) -> str:
            return "x"

    assert describe(Table(), as_is=False) == {"type": "html", "html": "x", "alt": "seen"}


def test_markdown_is_taken_only_as_is() -> None:
    class Words:
        def _repr_markdown_(self) -> str:
            return "*x*"

    assert describe(Words(), as_is=True) == {"type": "markdown", "markdown": "*x*"}
    assert describe(Words(), as_is=False) == {"type": "unreadable", "what": "Words"}


def test_axes_and_lines_show_nothing_but_their_figure_does() -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    lines = axes.plot([1, 2])
    assert describe(axes, as_is=False) is None
    assert describe(lines, as_is=False) is None
    item = describe(figure, as_is=False)
    assert item is not None
    assert item["type"] == "figure"


def test_a_figure_of_ours_is_laid_out_once_and_a_changed_one_again() -> None:
    import ketanalysis as ka

    data = {"g": ["a", "a", "b", "b"], "v": [1, 2, 4, 6]}
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    own = describe(figure, as_is=False)
    assert own is not None
    wide, _ = struct.unpack(">II", base64.b64decode(own["png"])[16:24])
    assert wide == round(6.9 * DOTS_PER_INCH)  # two columns of a journal, nothing cut off
    figure = ka.compare_groups(data, "v", "g", reference="a").plot()
    figure.get_axes()[0].set_title("Changed by the author")
    changed = describe(figure, as_is=False)
    assert changed is not None
    assert changed["png"] != own["png"]
    assert figure.get_layout_engine() is not None
