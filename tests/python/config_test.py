"""How the configuration is gathered: what the engine is asked."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from st_oauth import _core, config
from streamlit.runtime.secrets import Secrets

TOML = """# a comment
[other]
a = 1

[myoauth]
client_id = "app"
scope = '''openid
[myoauth.fake]
profile'''
authorize_params = { prompt = "login", hd = "example.org" }
algorithms = [
    "RS256",  # ] not the end
    "ES256",
]
leeway = 10

[myoauth.more]
"deep key" = true
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every request to the engine; the engine finds nothing wrong, but opens nothing."""
    requests: list[dict[str, Any]] = []

    def open_gate(request: str) -> tuple[None, str]:
        requests.append(json.loads(request))
        return None, "[]"

    monkeypatch.setattr(_core, "open_gate", open_gate)
    return requests


@pytest.fixture
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secrets.toml"
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: [str(path)] if name == "secrets.files" else real(name)
    )
    monkeypatch.setattr("streamlit.config.get_option", st.get_option)
    fresh()
    return path


def fresh() -> None:
    """Streamlit as it is once it has noticed a change of its secrets."""
    st.secrets = Secrets()


def by_path(request: Mapping[str, Any]) -> dict[str, tuple[Any, int | None]]:
    return {".".join(one["path"]): (one["value"], one["line"]) for one in request["settings"]}


def test_every_setting_has_its_line(secrets_file: Path, asked: list[dict[str, Any]]) -> None:
    secrets_file.write_text(TOML)
    config.opened("myoauth")
    assert by_path(asked[0]) == {
        "client_id": ("app", 6),
        "scope": ("openid\n[myoauth.fake]\nprofile", 7),
        "authorize_params.prompt": ("login", 10),
        "authorize_params.hd": ("example.org", 10),
        "algorithms": (["RS256", "ES256"], 11),
        "leeway": (10, 15),
        "more.deep key": (True, 18),
    }


def test_source_names_the_file(secrets_file: Path, asked: list[dict[str, Any]]) -> None:
    secrets_file.write_text(TOML)
    config.opened("myoauth")
    source = asked[0]["source"]
    assert (source["kind"], source["state"]) == ("file", "ok")
    assert (source["file"], source["line"]) == (str(secrets_file), 5)


def test_missing_file_names_where_was_looked(
    secrets_file: Path, asked: list[dict[str, Any]]
) -> None:
    config.opened("myoauth")
    source = asked[0]["source"]
    assert (source["state"], source["searched"]) == ("missing_file", [str(secrets_file)])


def test_missing_block_names_the_others(secrets_file: Path, asked: list[dict[str, Any]]) -> None:
    secrets_file.write_text(TOML)
    config.opened("my_oauth")
    source = asked[0]["source"]
    assert (source["state"], source["blocks"]) == ("missing_block", ["other", "myoauth"])
    assert source["file"] == str(secrets_file)


def test_broken_file_names_the_line(secrets_file: Path, asked: list[dict[str, Any]]) -> None:
    secrets_file.write_text("[myoauth]\nclient_id = \n")
    config.opened("myoauth")
    source = asked[0]["source"]
    assert (source["state"], source["line"]) == ("broken_file", 2)
    assert "column" in source["detail"]


def test_file_that_is_no_text_is_broken(secrets_file: Path, asked: list[dict[str, Any]]) -> None:
    secrets_file.write_bytes(b"\xff\xfe[myoauth]")
    config.opened("myoauth")
    assert asked[0]["source"]["state"] == "broken_file"


def test_environment_takes_the_place_of_every_block_and_dict(
    secrets_file: Path,
    asked: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secrets_file.write_text(TOML)
    monkeypatch.setenv("ST_OAUTH_CONFIG", '{"client_id": "env"}')
    config.opened("myoauth")
    config.opened("another")
    config.opened({"client_id": "dict"})
    assert [request["source"]["kind"] for request in asked] == ["environment"] * 3
    assert by_path(asked[2]) == {"client_id": ("env", None)}
    assert by_path(asked[0]) == {"client_id": ("env", None)}
    assert len([one for one in caplog.records if "ST_OAUTH_CONFIG" in one.message]) == 1


@pytest.mark.parametrize("text", ["{", "[]", "3", ""])
def test_broken_environment_is_a_broken_source(
    text: str, secrets_file: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ST_OAUTH_CONFIG", text)
    config.opened("myoauth")
    assert asked[0]["source"]["state"] == "broken_file"
    assert "ST_OAUTH_CONFIG" in asked[0]["source"]["detail"]


def test_dict_has_no_lines(asked: list[dict[str, Any]]) -> None:
    config.opened({"client_id": "app", "authorize_params": {"prompt": "login"}})
    assert asked[0]["source"]["kind"] == "dict"
    assert by_path(asked[0]) == {
        "client_id": ("app", None),
        "authorize_params.prompt": ("login", None),
    }


@pytest.mark.parametrize(
    "value", [object(), b"x", float("nan"), float("inf"), 2**64, "\ud800", {1, 2}]
)
def test_what_json_cannot_carry_is_named_by_its_type(
    value: object, asked: list[dict[str, Any]]
) -> None:
    config.opened({"client_id": value})
    assert by_path(asked[0]) == {"client_id": ({"type": type(value).__name__}, None)}


def test_equal_dicts_are_one_gate(asked: list[dict[str, Any]]) -> None:
    config.opened({"client_id": "app"})
    config.opened({"client_id": "app"})
    config.opened({"client_id": "other"})
    assert len(asked) == 2


def test_true_is_not_one(asked: list[dict[str, Any]]) -> None:
    config.opened({"leeway": 1})
    config.opened({"leeway": True})
    assert [by_path(request)["leeway"][0] for request in asked] == [1, True]


def test_dicts_are_not_kept_without_end(asked: list[dict[str, Any]]) -> None:
    for number in range(200):
        config.opened({"client_id": str(number)})
    assert len(config._dicts) <= config._MAX_DICTS


def test_unchanged_file_is_opened_once(
    secrets_file: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_file.write_text(TOML)
    monkeypatch.setattr(config, "_LOOK_AGAIN_S", 0.0)
    for _ in range(5):
        config.opened("myoauth")
    assert len(asked) == 1


def test_changed_file_is_opened_again(
    secrets_file: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_file.write_text(TOML)
    monkeypatch.setattr(config, "_LOOK_AGAIN_S", 0.0)
    config.opened("myoauth")
    secrets_file.write_text(TOML.replace('"app"', '"new"'))
    fresh()
    config.opened("myoauth")
    assert by_path(asked[-1])["client_id"] == ("new", 6)


def test_file_that_streamlit_reads_late_is_opened_again(
    secrets_file: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stamp changes first; the values follow when Streamlit's own watcher has read it."""
    secrets_file.write_text(TOML)
    monkeypatch.setattr(config, "_LOOK_AGAIN_S", 0.0)
    config.opened("myoauth")
    secrets_file.write_text(TOML.replace('"app"', '"new"'))
    config.opened("myoauth")
    st.secrets._reset()
    config.opened("myoauth")
    assert by_path(asked[-1])["client_id"] == ("new", 6)


def test_files_are_looked_at_once_a_second_at_most(
    secrets_file: Path, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_file.write_text(TOML)
    looks: list[object] = []
    real = os.stat

    def stat(*args: Any, **more: Any) -> os.stat_result:
        looks.append(args)
        return real(*args, **more)

    config.opened("myoauth")
    monkeypatch.setattr(os, "stat", stat)
    for _ in range(100):
        config.opened("myoauth")
    assert looks == []


def test_warning_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finding = json.dumps([{"severity": "warning", "message": "mind this"}])
    monkeypatch.setattr(_core, "open_gate", lambda request: (None, finding))
    config.opened({"a": 1})
    config.opened({"a": 2})
    assert [one.message for one in caplog.records] == ["mind this"]


def test_a_look_at_an_opened_block_costs_little(
    secrets_file: Path, asked: list[dict[str, Any]]
) -> None:
    secrets_file.write_text(TOML)
    config.opened("myoauth")
    start = time.perf_counter()
    for _ in range(1000):
        config.opened("myoauth")
    assert time.perf_counter() - start < 0.05
