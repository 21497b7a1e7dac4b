"""Reports: .qmd documents rendered to one self-contained file, without Quarto."""

from __future__ import annotations

from ketanalysis.render.embedded import Rendered, render_qmd
from ketanalysis.render.failure import RenderError

__all__ = ["RenderError", "Rendered", "render_qmd"]
