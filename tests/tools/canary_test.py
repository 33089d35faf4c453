"""The search for secrets in logs finds what is planted there."""

import json
from pathlib import Path

import pytest
from canary import find, read_register, search


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests" / ".work" / "logs").mkdir(parents=True)
    (tmp_path / "tests" / ".work" / "canaries.jsonl").write_text(
        json.dumps({"kind": "code", "value": "a-code-of-this-test"}) + "\n"
    )
    return tmp_path


def write(root: Path, text: str) -> None:
    (root / "tests" / ".work" / "logs" / "app.log").write_text(text)


def results(root: Path) -> list[str]:
    return [one.result for one in search(root)[0]]


def test_a_clean_log_passes(root: Path) -> None:
    write(root, '{"event": "login_refused", "reference": "ab12"}\n')
    assert results(root) == ["passed", "passed"]


@pytest.mark.parametrize(
    "planted",
    [
        "GET / a-code-of-this-test",
        "a token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl was seen",
        "Authorization: Basic YXBwOnNlY3JldC1zZWNyZXQ=",
        "Authorization: Bearer 0123456789abcdef",
        "GET /?code=somethingelse&x=1 200",
        "GET /?x=1&state=somethingelse 200",
    ],
)
def test_lg_01_what_is_planted_is_found(root: Path, planted: str) -> None:
    write(root, f"one\ntwo\n{planted}\n")
    outcomes, told = search(root)
    assert [one.result for one in outcomes] == ["failed", "failed"]
    assert "on line 3" in outcomes[0].detail
    assert "1 found" in told


def test_what_is_found_is_not_repeated(root: Path) -> None:
    write(root, "a-code-of-this-test")
    assert "a-code-of-this-test" not in str(search(root))


def test_lg_03_every_occurrence_counts_and_not_only_the_first() -> None:
    text = "xcode=1 ?code=aaaaaaaaaaaa&code=bbbbbbbbbbbb second-secret-here"
    assert len(list(find(text, {"second-secret-here": "x", "bbbbbbbbbbbb": "y"}))) == 3


def test_a_run_that_logged_nothing_fails(root: Path) -> None:
    assert results(root) == ["failed", "failed"]


def test_a_run_that_used_no_secret_fails(root: Path) -> None:
    write(root, "fine")
    (root / "tests" / ".work" / "canaries.jsonl").unlink()
    assert "failed" in results(root)


def test_a_register_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_register(tmp_path / "none") == {}
