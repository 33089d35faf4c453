"""What the documents say to paste works as it stands, as far as that goes without an account."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from st_oauth import _core, config
from st_oauth.auth_config import Watched

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PROVIDERS = {"google", "entra", "github", "keycloak", "auth0", "okta", "oauth"}


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of this language, those in lists as well."""
    text = document.read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def pasted(language: str) -> list[tuple[str, str]]:
    return [
        (f"{document.stem}-{number}", block)
        for document in DOCUMENTS
        for number, block in enumerate(blocks(document, language), 1)
    ]


SOMEBODY = {"issuer": "https://id.example.org", "client_id": "app"}
"""A provider for a block that shows other keys alone."""


def errors_of(name: str, block: dict[str, Any]) -> list[Any]:
    """What is wrong with a block of secrets.toml."""
    if name != "auth":
        return config.opened(block).errors
    named = any(isinstance(one, dict) and "client_id" in one for one in block.values())
    if not named and "client_id" not in block:
        block = {**SOMEBODY, **block}
    _, found = _core.open_realm(json.dumps(Watched(config=block).request(8501)))
    return [one for one in json.loads(found) if one["severity"] == "error"]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ST_OAUTH_CONFIG", raising=False)


@pytest.mark.parametrize(("name", "text"), pasted("toml"))
def test_every_block_is_a_configuration(name: str, text: str) -> None:
    found = tomllib.loads(text)
    assert found
    for block_name, block in found.items():
        assert errors_of(block_name, block) == []


@pytest.mark.parametrize(
    ("example", "text"),
    [
        (path.parent.name, path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "examples").glob("*/secrets.toml.example"))
    ],
)
def test_every_block_of_an_example_is_a_configuration(example: str, text: str) -> None:
    key = "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzISEhISE="
    found = tomllib.loads(text.replace('secret = "..."', f'secret = "{key}"'))
    blocks = {name: block for name, block in found.items() if isinstance(block, dict)}
    assert blocks
    assert [errors for name in blocks if (errors := errors_of(name, blocks[name]))] == []


def test_every_provider_has_a_block() -> None:
    names = {
        name
        for text in blocks(ROOT / "docs" / "providers.md", "toml")
        for name in tomllib.loads(text)
    }
    assert names == PROVIDERS


@pytest.mark.parametrize(("name", "text"), pasted("python"))
def test_every_script_is_python(name: str, text: str) -> None:
    compile(text, name, "exec")


def test_the_tests_of_the_page_on_testing_pass(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text((ROOT / "examples" / "gate" / "app.py").read_text())
    scripts = blocks(ROOT / "docs" / "testing.md", "python")
    for number, text in enumerate(scripts):
        (tmp_path / f"test_{number}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(scripts)} passed" in done.stdout


def test_the_tests_of_the_page_on_the_user_pass(tmp_path: Path) -> None:
    scripts = blocks(ROOT / "docs" / "user.md", "python")
    (tmp_path / "app.py").write_text(scripts[0])
    (tmp_path / "test_app.py").write_text(scripts[-1])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_readme_and_the_quick_start_show_the_examples() -> None:
    native = (ROOT / "examples" / "native_one_file" / "app.py").read_text(encoding="utf-8")
    gate = (ROOT / "examples" / "gate" / "app.py").read_text(encoding="utf-8")
    for name in ("README.md", "docs/quick-start.md"):
        shown = blocks(ROOT / name, "python")
        assert shown[0] == native
        assert gate in shown
    for copy in ("docker", "community_cloud", "nginx"):
        same = (ROOT / "examples" / copy / "app.py").read_text(encoding="utf-8")
        assert ast.dump(ast.parse(same)) == ast.dump(ast.parse(gate)), copy


def test_every_reason_that_the_page_on_errors_names_is_one() -> None:
    known = set(
        re.findall(r"^\| \d+ \| `(\w+)`", (ROOT / "docs" / "reasons.md").read_text(), re.MULTILINE)
    )
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = page[page.index("## The ten most common") : page.index("## Nothing happens")]
    named = {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1] if row.startswith("| `") else "")}  # fmt: skip
    assert len(named) >= 10
    assert named <= known
