"""Reports: .qmd documents rendered to one self-contained file, without Quarto.

The names are imported when they are first used: a child process needs few of these modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from ketanalysis.render.embedded import Rendered as Rendered
    from ketanalysis.render.embedded import render_qmd as render_qmd
    from ketanalysis.render.failure import RenderError as RenderError

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"embedded": ["Rendered", "render_qmd"], "failure": ["RenderError"]}
)
