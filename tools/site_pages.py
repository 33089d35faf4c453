"""The documents as a site: Markdown into build/site, one template, nothing from elsewhere, no script."""

import html
import posixpath
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

PARTS = Path(__file__).resolve().parent / "site"
GROUPS = {
    "Start": ["README.md", "docs/quick-start.md", "docs/providers.md", "docs/configuration.md"],
    "Use": ["docs/sign-in.md", "docs/user.md", "docs/sessions.md", "docs/access.md", "docs/gate.md"],
    "Run": ["docs/deployment.md", "docs/run.md", "docs/check.md", "docs/audit.md", "docs/errors.md", "docs/reasons.md", "docs/testing.md"],
    "Inside": ["docs/security.md", "docs/threat-model.md", "docs/architecture.md", "docs/performance.md"],
    "More": ["CHANGELOG.md"],
}  # fmt: skip
"""The pages of the menu; a document that stands in no group comes under More."""
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def slug(heading: str) -> str:
    """The anchor of a heading, the way GitHub writes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def documents(root: Path) -> list[Path]:
    """Every Markdown file that becomes a page, relative to the root."""
    found = [
        *root.glob("*.md"),
        *(root / "docs").rglob("*.md"),
        *root.glob("examples/**/README.md"),
    ]
    return sorted(path.relative_to(root) for path in found)


def page_of(document: Path) -> str:
    """Where a document lies in the site: docs/errors.md is errors.html."""
    name = document.as_posix().removeprefix("docs/")
    if name == "README.md":
        return "index.html"
    if name.endswith("/README.md"):
        return name.removesuffix("/README.md") + ".html"
    return name.removesuffix(".md").lower() + ".html"


def place_of(path: Path, root: Path) -> str:
    """Where whatever a link names lies in the site: a page, a folder's page, or the file as it is."""
    if (root / path / "README.md").is_file():
        return page_of(path / "README.md")
    if path.suffix == ".md":
        return page_of(path)
    return path.as_posix().removeprefix("docs/")


def target_of(document: Path, link: str, root: Path) -> tuple[Path, str] | None:
    """What a relative link names, relative to the root, and its anchor; None where it leads out of the tree."""
    path, _, anchor = link.partition("#")
    if not path:
        return document, anchor
    joined = posixpath.normpath(posixpath.join(document.parent.as_posix(), unquote(path)))
    if joined.startswith(("..", "/")) or not (root / joined).exists():
        return None
    return Path(joined), anchor


def coloured(code: str, language: str, _: str) -> str:
    """A block of code, or an empty text where its language has no colours."""
    if language in ("", "text"):
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def parser() -> MarkdownIt:
    """GitHub's tables and anchors; HTML in a document stays what it is."""
    made = MarkdownIt("commonmark", {"html": True, "highlight": coloured})
    made.enable("table")
    made.use(anchors_plugin, max_level=4, slug_func=slug, permalink=True, permalinkSymbol="#")
    made.add_render_rule("table_open", _open_table)
    made.add_render_rule("table_close", _close_table)
    for kind in ("fence", "code_block"):
        made.add_render_rule(kind, _code(kind))
    return made


def _open_table(*_: Any) -> str:
    return '<div class="wide" tabindex="0" role="group" aria-label="Table">\n<table>\n'


def _close_table(*_: Any) -> str:
    return "</table>\n</div>\n"


def _code(kind: str) -> Any:
    """Code can be scrolled by keyboard."""

    def render(
        self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
    ) -> str:
        made: str = getattr(RendererHTML, kind)(self, tokens, index, options, env)
        return made.replace("<pre", '<pre tabindex="0"', 1)

    return render


def inline(tokens: Sequence[Token]) -> list[Token]:
    """All tokens of a document, those inside of paragraphs as well."""
    return [one for token in tokens for one in (token, *(token.children or []))]


def links(tokens: Sequence[Token]) -> list[str]:
    """The targets of all links and pictures."""
    names = {"link_open": "href", "image": "src"}
    found = [str(one.attrs.get(names[one.type], "")) for one in inline(tokens) if one.type in names]
    return [link for link in found if link]


def anchors(tokens: Sequence[Token]) -> set[str]:
    """The anchors of a document."""
    return {str(one.attrs["id"]) for one in tokens if one.type == "heading_open" and "id" in one.attrs}  # fmt: skip


def title_of(tokens: Sequence[Token]) -> str:
    """The text of the first heading."""
    for index, one in enumerate(tokens):
        if one.type == "heading_open":
            words = tokens[index + 1].children or []
            return "".join(word.content for word in words if word.type in ("text", "code_inline"))
    return ""


def description_of(tokens: Sequence[Token]) -> str:
    """The first sentence, for those who search."""
    for index, one in enumerate(tokens):
        if one.type == "paragraph_open":
            words = tokens[index + 1].children or []
            plain = " ".join(word.content for word in words if word.type in ("text", "code_inline"))
            return re.split(r"(?<=\.)\s", re.sub(r"\s+", " ", plain).strip())[0]
    return ""


class Site:
    """The pages of a tree, read once."""

    def __init__(self, root: Path, version: str) -> None:
        self.root, self.version = root, version
        self.markdown = parser()
        self.tokens = {
            document: self.markdown.parse((root / document).read_text(encoding="utf-8"))
            for document in documents(root)
        }
        self.files: set[Path] = set()

    def broken(self) -> list[str]:
        """Every relative link that leads nowhere."""
        wrong = []
        for document, tokens in self.tokens.items():
            for link in links(tokens):
                if OUTSIDE.match(link):
                    continue
                target = target_of(document, link, self.root)
                if target is None:
                    wrong.append(f"{document}: {link} leads nowhere")
                elif target[1] and target[1] not in anchors(self.tokens.get(target[0], [])):
                    wrong.append(f"{document}: {link}: no such heading")
        return wrong

    def unreachable(self) -> list[str]:
        """Every document that no chain of links reaches from the README and the menu's own pages."""
        menu = [Path(one) for group in GROUPS.values() for one in group]
        ahead = [one for one in menu if one in self.tokens]
        seen = set(ahead)
        while ahead:
            document = ahead.pop()
            for link in links(self.tokens[document]):
                target = None if OUTSIDE.match(link) else target_of(document, link, self.root)
                if target is None:
                    continue
                path = target[0]
                path = path / "README.md" if path / "README.md" in self.tokens else path
                if path in self.tokens and path not in seen:
                    seen.add(path)
                    ahead.append(path)
        return [
            f"{document}: no link leads here" for document in self.tokens if document not in seen
        ]

    def _nav(self, current: str) -> str:
        grouped = {one for group in GROUPS.values() for one in group}
        parts = []
        for name, group in GROUPS.items():
            pages = [Path(one) for one in group if Path(one) in self.tokens]
            if name == "More":
                pages += [one for one in self.tokens if one.as_posix() not in grouped and one.parts[0] != "examples"]  # fmt: skip
            items = "\n".join(self._nav_item(one, current) for one in pages)
            parts.append(f"<h2>{name}</h2>\n<ul>\n{items}\n</ul>" if pages else "")
        examples = [one for one in self.tokens if one.parts[0] == "examples"]
        items = "\n".join(self._nav_item(one, current) for one in examples)
        return "\n".join([*parts, f"<h2>Examples</h2>\n<ul>\n{items}\n</ul>" if examples else ""])

    def _nav_item(self, document: Path, current: str) -> str:
        page = page_of(document)
        title = "Overview" if page == "index.html" else title_of(self.tokens[document])
        here = ' aria-current="page"' if page == current else ""
        return f'<li><a href="{self._up(current)}{page}"{here}>{html.escape(title)}</a></li>'

    @staticmethod
    def _up(page: str) -> str:
        return "../" * page.count("/")

    def _relink(self, document: Path) -> None:
        """Have the links of a document name the pages of the site; remember the files they name."""
        page = page_of(document)
        for token in inline(self.tokens[document]):
            name = {"link_open": "href", "image": "src"}.get(token.type)
            link = str(token.attrs.get(name, "")) if name else ""
            if not name or not link or OUTSIDE.match(link) or link.startswith("#"):
                continue
            target = target_of(document, link, self.root)
            if target is None:
                continue
            place = place_of(target[0], self.root)
            if (self.root / target[0]).is_file() and target[0] not in self.tokens:
                self.files.add(target[0])
            anchor = f"#{target[1]}" if target[1] else ""
            token.attrs[name] = self._up(page) + place + anchor

    def write(self, folder: Path) -> int:
        """Write every page; the number of them."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        template = Template((PARTS / "page.html").read_text(encoding="utf-8"))
        for document, tokens in self.tokens.items():
            title, description = title_of(tokens), description_of(tokens)
            self._relink(document)
            page = page_of(document)
            target = folder / page
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(
                template.substitute(
                    title=html.escape(title if title == "st_oauth" else f"{title} · st_oauth"),
                    description=html.escape(description),
                    root=self._up(page),
                    version=html.escape(self.version),
                    nav=self._nav(page),
                    body=self.markdown.renderer.render(tokens, self.markdown.options, {}),
                ),
                encoding="utf-8",
            )
        shutil.copyfile(PARTS / "style.css", folder / "style.css")
        for path in self.files:
            copy = folder / place_of(path, self.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, copy)
        return len(self.tokens)
