"""Private names of Streamlit stand in one file, so that a new version is looked through there alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import st_oauth

PACKAGE = Path(st_oauth.__file__).parent
PUBLIC = {"streamlit", "streamlit.errors"}
FILES = sorted(path for path in PACKAGE.glob("*.py") if path.name != "_streamlit.py")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_public_modules_are_imported(path: Path) -> None:
    names = set(imported(ast.parse(path.read_text(encoding="utf-8"))))
    assert {name for name in names if name.split(".")[0] == "streamlit"} <= PUBLIC


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_private_attribute_of_streamlit_is_read(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("st", "ctx")
    ]
    assert not found


def test_there_is_something_to_look_at() -> None:
    names = set(imported(ast.parse((PACKAGE / "_streamlit.py").read_text(encoding="utf-8"))))
    assert not {name for name in names if name.startswith("streamlit")} <= PUBLIC
    assert len(FILES) > 10
