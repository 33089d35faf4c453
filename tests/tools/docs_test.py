"""The site of the documents: every link leads somewhere, and a wrong one is found."""

from pathlib import Path

import pytest
import site_pages

import docs

ROOT = Path(__file__).resolve().parent.parent.parent


def tree(folder: Path, **pages: str) -> site_pages.Site:
    """A small repository; `docs_a` is docs/a.md."""
    (folder / "docs").mkdir()
    for name, text in pages.items():
        (folder / f"{name.replace('_', '/')}.md").write_text(text, encoding="utf-8")
    return site_pages.Site(folder, "1.2.3")


def test_links_and_anchors_that_hold_are_fine(tmp_path: Path) -> None:
    site = tree(
        tmp_path,
        README="# One\n\n[a](docs/a.md#two-words) [self](#one) [out](https://example.com)",
        docs_a="# A\n\n## Two words\n\n[back](../README.md)",
    )
    assert site.broken() == []
    assert site.unreachable() == []
    assert site.write(tmp_path / "site") == 2
    assert docs.broken_pages(tmp_path / "site") == []


@pytest.mark.parametrize(
    "link", ["docs/b.md", "docs/a.md#three", "#nowhere", "../outside.md", "docs/a.md/x"]
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str) -> None:
    site = tree(tmp_path, README=f"# One\n\n[a](docs/a.md) [wrong]({link})", docs_a="# A")
    (wrong,) = site.broken()
    assert wrong.startswith("README.md: ")
    assert link in wrong


def test_a_picture_that_is_missing_is_found(tmp_path: Path) -> None:
    assert tree(tmp_path, README="# One\n\n![x](docs/x.png)").broken() == [
        "README.md: docs/x.png leads nowhere"
    ]


def test_links_in_code_are_none(tmp_path: Path) -> None:
    text = "# One\n\n`[a](x.md)`\n\n```\n[b](y.md)\n```\n\n    [c](z.md)\n"
    assert tree(tmp_path, README=text).broken() == []


def test_a_page_that_no_link_reaches_is_found(tmp_path: Path) -> None:
    site = tree(tmp_path, README="# One", docs_a="# A")
    assert site.unreachable() == ["docs/a.md: no link leads here"]


def test_a_page_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    site = tree(tmp_path, README='# One\n\n<img src="https://example.com/x.png" alt="">')
    site.write(tmp_path / "site")
    assert docs.broken_pages(tmp_path / "site") == ["index.html: loads https://example.com/x.png"]


def test_files_that_a_page_names_come_along(tmp_path: Path) -> None:
    site = tree(tmp_path, README="# One\n\n[a](docs/a.md)", docs_a="# A\n\n[licence](../LICENSE)\n")
    (tmp_path / "LICENSE").write_text("free")
    site.write(tmp_path / "site")
    assert (tmp_path / "site" / "LICENSE").read_text() == "free"
    assert docs.broken_pages(tmp_path / "site") == []


def test_the_anchors_are_those_of_github() -> None:
    assert (
        site_pages.slug("When `st_oauth()` isn't called: 2 ways")
        == "when-st_oauth-isnt-called-2-ways"
    )


def test_the_documents_of_this_repository_hold_together(tmp_path: Path) -> None:
    site = site_pages.Site(ROOT, docs.version())
    assert site.broken() == []
    assert site.unreachable() == []
    site.write(tmp_path)
    assert docs.broken_pages(tmp_path) == []
