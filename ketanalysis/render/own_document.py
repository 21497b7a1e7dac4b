"""A document of one's own, rendered where it stands: its cells read the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.render.cells import Parameter
from ketanalysis.render.embedded import Rendered, render_qmd
from ketanalysis.render.quarto import render_with_quarto

RENDERERS = ("embedded", "quarto")


def render_document(
    path: str | Path,
    out: str | Path | None = None,
    *,
    params: Mapping[str, Parameter] | None = None,
    renderer: str = "embedded",
    timeout: float = 300,
) -> Rendered:
    r"""Render a Quarto document of your own, with or without Quarto.

    Answers "how do my text, numbers and figures become a page that I can send?". Its cells are
    programs and are run: not for documents from somebody else.

    Parameters
    ----------
    path
        The .qmd file. Its cells run in its folder, so that ``pl.read_csv("scores.csv")`` reads
        the file beside it; modules of that folder cannot be imported.
    out
        The file to write; its ending (.html, .docx, .pdf) is the format. Unless given, an HTML
        file beside the document. A file that ketanalysis did not write is never written over.
    params
        Values for names that the cell tagged ``parameters`` sets.
    renderer
        "embedded", which needs no Quarto and refuses what it cannot honour, or "quarto".
    timeout
        Seconds that the cells may take.

    Returns
    -------
    Rendered
        Path, renderer with versions, seconds.

    Raises
    ------
    RenderError
        A cell fails or takes too long, or the document asks for what cannot be honoured: the
        message names the line. Nothing is written.
    ArgumentError
        `path`, `out`, `params` or `renderer` is out of place.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "n.txt").write_text("31")
    >>> text = "---\ntitle: One\n---\n\nn is `{python} open('n.txt').read()`.\n"
    >>> _ = (folder / "one.qmd").write_text(text)
    >>> render_document(folder / "one.qmd").path.name
    'one.html'
    """
    check_one_of("renderer", renderer, RENDERERS)
    document = Path(path)
    if document.suffix.lower() != ".qmd" or not document.is_file():
        raise ArgumentError(f"path must be a .qmd file that exists, not {str(document)!r}.")
    target = document.with_suffix(".html") if out is None else Path(out)
    render = render_qmd if renderer == "embedded" else render_with_quarto
    return render(
        document, target, params=params, work_in=document.absolute().parent, timeout=timeout
    )
