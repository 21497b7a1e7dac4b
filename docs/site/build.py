"""Make the site: ``python -m docs.site.build FOLDER``, which is what ``./run docs`` calls.

Every page is one file that needs nothing beside it: its style is inside, figures too, there is no
script, and nothing is fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from string import Template

from docs.site.guides import GUIDES, START, Page, guide
from docs.site.lists import glossary_page, instruments_page, relapse_rules_page
from docs.site.methods import methods_page
from docs.site.reference import numbers_page, reference_page
from docs.site.sessions import DOCS
from ketanalysis import __version__

HERE = Path(__file__).parent
STYLES = (DOCS.parent / "reports" / "report.css", HERE / "site.css")
MADE: dict[str, tuple[str, Callable[[], Page]]] = {
    "ketanalysis": ("Reference", reference_page),
    "glossary": ("Result columns", glossary_page),
    "instruments": ("Instruments", instruments_page),
    "relapse-rules": ("Relapse rules", relapse_rules_page),
    "methods": ("What numbers rest on", methods_page),
    "numbers": ("Numbers underneath", numbers_page),
}


def build(folder: Path) -> list[Path]:
    """Write every page into the folder and return their paths, the first page first."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = [guide(START), *(guide(name) for name, _ in GUIDES)]
    pages += [make() for _, make in MADE.values()]
    return [_write(folder, page) for page in pages]


def _write(folder: Path, page: Page) -> Path:
    path = folder / f"{page.name}.html"
    path.write_text(framed(page), encoding="utf-8")
    return path


def framed(page: Page) -> str:
    """Return a page with head, navigation and style."""
    template = Template((HERE / "page.html").read_text(encoding="utf-8"))
    html = template.substitute(
        title=page.title,
        version=__version__,
        style="\n".join(path.read_text(encoding="utf-8") for path in STYLES),
        pages=_navigation(page.name),
        contents=_contents(page),
        body=page.body,
    )
    return html.replace(f'href="{page.name}.html#', 'href="#')


def _navigation(here: str) -> str:
    titles = dict(GUIDES) | {name: title for name, (title, _) in MADE.items()}
    return "\n".join(
        f'<li><a href="{name}.html"{" aria-current=page" if name == here else ""}>{title}</a></li>'
        for name, title in titles.items()
    )


def _contents(page: Page) -> str:
    if not page.contents:
        return ""
    is_long = page.contents.count("<li>") > 30
    title = "All names" if is_long else "On this page"
    return (
        f'<nav id="contents" aria-label="{title}">\n'
        f'<p class="contents-title">{title}</p>\n{page.contents}\n</nav>'
    )


def main() -> int:
    """Build into the folder that was named and say where the first page is."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/docs")
    paths = build(folder)
    print(f"Wrote {len(paths)} pages. Open {paths[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
