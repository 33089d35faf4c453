"""make docs: README.md, CHANGELOG.md, docs/ and examples/ as a site in build/site.

Fails where a relative link or its anchor leads nowhere, in the documents or in the pages; where no link leads to a
document; and where a generated document is not fresh.
"""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from site_pages import OUTSIDE, Site

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "site"


class Page(HTMLParser):
    """The links and anchors of a page, and what it would load from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        for name in ("href", "src"):
            link = given.get(name, "")
            if not OUTSIDE.match(link):
                self.links += [link] if link else []
            elif tag != "a" and not link.startswith("data:"):
                self.loads.append(link)


def broken_pages(folder: Path) -> list[str]:
    """What is wrong with the pages themselves."""
    pages = {
        path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))
    }
    wrong = []
    for path, page in pages.items():
        name = path.relative_to(folder)
        wrong += [f"{name}: loads {link}" for link in page.loads]
        for link in page.links:
            file, _, anchor = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            if not target.is_file() or not target.is_relative_to(folder.resolve()):
                wrong.append(f"{name}: {link} leads nowhere")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                wrong.append(f"{name}: {link}: no such anchor")
    return wrong


def version() -> str:
    found = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"))
    return found.group(1) if found else ""


def main() -> int:
    site = Site(ROOT, version())
    wrong = site.broken() + site.unreachable()
    pages = site.write(FOLDER)
    wrong += broken_pages(FOLDER)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
    fresh = subprocess.run([ROOT / "tools" / "generate", "--check"], check=False).returncode == 0
    print(f"docs: {pages} pages in {FOLDER.relative_to(ROOT)}, {len(wrong)} broken links")
    return 1 if wrong or not fresh or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
