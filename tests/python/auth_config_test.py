"""How `[auth]` is gathered: what the engine is asked, when it changes, and what the terminal says."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from st_oauth import auth_config
from st_oauth.auth_config import Watched

TOML = """[database]
url = "x"

[auth]
default_ttl = "7d"
redirect_uri = "http://localhost:{port}/oauth2callback"

[auth.roles]
"/admin" = "admin"

[auth.google]
client_id = "app"
client_secret = "s3cret"
"""


@pytest.fixture
def secrets_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two places of secrets, of which the second counts more."""
    paths = [tmp_path / "home.toml", tmp_path / "secrets.toml"]
    options = {"secrets.files": [str(path) for path in paths], "server.port": 8501}
    monkeypatch.setattr(st, "get_option", options.get)
    return paths


def by_path(request: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        ".".join(one["path"]): (one["value"], one.get("variable") or one["line"])
        for one in request["settings"]
    }


# Files


def test_every_setting_has_its_line(secrets_files: list[Path]) -> None:
    secrets_files[1].write_text(TOML)
    request = Watched().request(8600)
    assert request["block"] == "auth"
    assert request["facts"] == {"port": 8600, "base_path": ""}
    assert request["source"]["file"] == str(secrets_files[1])
    assert (request["source"]["state"], request["source"]["line"]) == ("ok", 4)
    assert by_path(request) == {
        "default_ttl": ("7d", 5),
        "redirect_uri": ("http://localhost:{port}/oauth2callback", 6),
        "roles./admin": ("admin", 9),
        "google.client_id": ("app", 12),
        "google.client_secret": ("s3cret", 13),
    }


def test_the_last_file_with_the_block_counts_whole(secrets_files: list[Path]) -> None:
    secrets_files[0].write_text('[auth]\nclient_id = "home"\nidle_ttl = 60\n')
    secrets_files[1].write_text('[auth]\nclient_id = "here"\n')
    assert by_path(Watched().request()) == {"client_id": ("here", 2)}
    secrets_files[1].write_text("[other]\nx = 1\n")
    request = Watched().request()
    assert request["source"]["file"] == str(secrets_files[0])
    assert len(request["settings"]) == 2


def test_a_missing_file_names_where_was_looked(secrets_files: list[Path]) -> None:
    request = Watched().request()
    assert request["source"]["state"] == "missing_file"
    assert request["source"]["searched"] == [str(path) for path in secrets_files]
    assert request["settings"] == []


@pytest.mark.parametrize("text", ["[other]\nx = 1\n", 'auth = "x"\n', ""])
def test_a_file_without_the_block_is_told(text: str, secrets_files: list[Path]) -> None:
    secrets_files[0].write_text("[auth]\nclient_id = 'hidden'\n" if "auth" in text else text)
    secrets_files[1].write_text(text)
    source = Watched().request()["source"]
    assert source["state"] == "missing_block"
    assert source["file"] == str(secrets_files[0])


def test_a_broken_file_says_line_and_column(secrets_files: list[Path]) -> None:
    secrets_files[0].write_text(TOML)
    secrets_files[1].write_text('[auth]\nclient_id = "app"\nclient_secret = s3cret\n')
    request = Watched().request()
    assert request["source"]["state"] == "broken_file"
    assert request["source"]["file"] == str(secrets_files[1])
    assert request["source"]["line"] == 3
    assert "(at line 3, column 17)" in request["source"]["detail"]
    assert "s3cret" not in str(request)


def test_st_secrets_is_not_touched(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    monkeypatch.setattr(st, "secrets", None)
    assert Watched().request()["source"]["state"] == "ok"


# Mappings


def test_a_mapping_takes_the_place_of_the_files(secrets_files: list[Path]) -> None:
    secrets_files[1].write_text(TOML)
    request = Watched(config={"client_id": "given", "google": {"client_id": "g"}}).request()
    assert request["source"]["kind"] == "dict"
    assert by_path(request) == {"client_id": ("given", None), "google.client_id": ("g", None)}


def test_secrets_are_looked_into_for_the_block(secrets_files: list[Path]) -> None:
    secrets_files[1].write_text(TOML)
    given = {"auth": {"client_id": "given"}, "other": {"x": 1}}
    assert by_path(Watched(secrets=given).request()) == {"client_id": ("given", None)}
    assert "google.client_id" in by_path(Watched(secrets={"other": {"x": 1}}).request())
    assert Watched(secrets={"auth": 3}).request()["source"]["state"] == "missing_block"
    both = Watched(config={"client_id": "mine"}, secrets=given)
    assert by_path(both.request()) == {"client_id": ("mine", None)}


# The environment


def test_the_environment_takes_the_place_of_everything(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    monkeypatch.setenv("ST_OAUTH_AUTH", '{"client_id": "env", "google": {"client_id": "g"}}')
    request = Watched(config={"client_id": "given"}).request()
    assert (request["source"]["kind"], request["source"]["file"]) == (
        "environment",
        "ST_OAUTH_AUTH",
    )
    assert by_path(request) == {"client_id": ("env", None), "google.client_id": ("g", None)}


def test_the_environment_may_leave_keys_to_the_file(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    given = '{"client_id": "env", "from_file": ["roles", "default_ttl", "public"]}'
    monkeypatch.setenv("ST_OAUTH_AUTH", given)
    assert by_path(Watched().request()) == {
        "client_id": ("env", None),
        "default_ttl": ("7d", None),
        "roles./admin": ("admin", None),
    }


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "null"])
def test_a_broken_environment_is_a_broken_source(
    text: str, secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    monkeypatch.setenv("ST_OAUTH_AUTH", text)
    request = Watched().request()
    assert request["source"]["state"] == "broken_file"
    assert request["settings"] == []


def test_single_variables_win_over_the_file(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    monkeypatch.setenv("ST_OAUTH_AUTH_DEFAULT_TTL", "1d")
    monkeypatch.setenv("ST_OAUTH_AUTH_GOOGLE__CLIENT_SECRET", "from-env")
    monkeypatch.setenv("ST_OAUTH_AUTH_MY_IDP__CLIENT_ID", "x")
    found = by_path(Watched().request())
    assert found["default_ttl"] == ("1d", "ST_OAUTH_AUTH_DEFAULT_TTL")
    assert found["google.client_secret"] == ("from-env", "ST_OAUTH_AUTH_GOOGLE__CLIENT_SECRET")
    assert found["google.client_id"] == ("app", 12)
    assert found["my-idp.client_id"] == ("x", "ST_OAUTH_AUTH_MY_IDP__CLIENT_ID")


def test_a_table_in_a_variable_is_not_merged(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    monkeypatch.setenv("ST_OAUTH_AUTH_ROLES", '{"/other": ["a", "b"]}')
    found = by_path(Watched().request())
    assert "roles./admin" not in found
    assert found["roles"] == ({"/other": ["a", "b"]}, "ST_OAUTH_AUTH_ROLES")


def test_a_secret_in_a_variable_takes_the_place_of_its_file(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text('[auth]\nclient_secret_file = "/x"\nstore_password = "y"\n')
    monkeypatch.setenv("ST_OAUTH_AUTH_CLIENT_SECRET", "s")
    monkeypatch.setenv("ST_OAUTH_AUTH_STORE_PASSWORD_FILE", "/y")
    assert set(by_path(Watched().request())) == {"client_secret", "store_password_file"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ('["a", "b"]', ["a", "b"]),
        ("[not json", "[not json"),
        ("30", "30"),
        ("True", "True"),
        ("null", "null"),
        ("", ""),
    ],
)
def test_variables_are_text_unless_they_are_json_tables_or_booleans(
    text: str, value: Any, secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ST_OAUTH_AUTH_X", text)
    assert by_path(Watched().request())["x"][0] == value


def test_variables_alone_are_a_source(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ST_OAUTH_AUTH_CLIENT_ID", "app")
    source = Watched().request()["source"]
    assert (source["kind"], source["state"]) == ("environment", "ok")
    assert source["file"] == "ST_OAUTH_AUTH_*"


# Changes


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth_config, "_LOOK_AGAIN_S", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_changed_file_is_a_change_until_it_is_read(secrets_files: list[Path]) -> None:
    secrets_files[1].write_text(TOML)
    watched = Watched()
    watched.request()
    assert not watched.changed()
    secrets_files[1].write_text(TOML + "x = 1\n")
    assert watched.changed()
    assert watched.changed()
    watched.request()
    assert not watched.changed()
    secrets_files[0].write_text("")
    assert watched.changed()
    secrets_files[0].unlink()
    assert not watched.changed()
    secrets_files[1].unlink()
    assert watched.changed()


@pytest.mark.usefixtures("at_once")
def test_a_changed_file_of_a_secret_is_a_change(tmp_path: Path, secrets_files: list[Path]) -> None:
    secret = tmp_path / "client_secret"
    secret.write_text("one")
    secrets_files[1].write_text(f'[auth.google]\nclient_secret_file = "{secret}"\n')
    watched = Watched()
    watched.request()
    assert not watched.changed()
    secret.write_text("another")
    assert watched.changed()


@pytest.mark.usefixtures("at_once")
def test_a_changed_mapping_and_variable_are_changes(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config: dict[str, Any] = {"client_id": "a"}
    watched = Watched(config=config)
    watched.request()
    assert not watched.changed()
    config["client_id"] = "b"
    assert watched.changed()
    watched.request()
    monkeypatch.setenv("ST_OAUTH_AUTH_SCOPE", "openid")
    assert watched.changed()
    watched.request()
    assert not watched.changed()


def test_files_are_looked_at_once_a_second_at_most(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    watched = Watched()
    watched.request()
    looks: list[str] = []
    real = os.stat
    monkeypatch.setattr(
        os, "stat", lambda path, **more: (looks.append(path), real(path, **more))[1]
    )
    for _ in range(1000):
        watched.changed()
    assert len(looks) <= 4


# What is said


def error(code: str, message: str, mend: str) -> dict[str, Any]:
    return {"severity": "error", "code": code, "message": f"{message}. {mend}.", "mend": mend}


CLOSED = "The app is closed, because its sign-in is not configured."
MORE = "(and 2 more; `st-oauth check` lists them)"
NOTHING = error(
    "nothing_configured", "no secrets file was found", "Add [auth], or try `st-oauth dev app.py`"
)
WRONG = error("out_of_range", "s.toml, [auth], line 2: idle_ttl must be within", "Write seconds")


def test_three_lines_say_where_was_looked_what_is_wrong_and_what_to_do(
    secrets_files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched()
    watched.request()
    watched.say([NOTHING], closed=True)
    assert caplog.records[0].getMessage().splitlines() == [
        f"{CLOSED} Looked for [auth] in {secrets_files[0]} and {secrets_files[1]}.",
        "What is wrong: no secrets file was found.",
        "What to do: Add [auth], or try `st-oauth dev app.py`.",
    ]


def test_of_several_errors_the_first_is_said_and_the_others_counted(
    secrets_files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(config={"x": 1})
    watched.request()
    watched.say([WRONG, WRONG, NOTHING], closed=True)
    assert caplog.records[0].getMessage().splitlines() == [
        f"{CLOSED} Looked at what was given to st_oauth.app().",
        f"What is wrong: {WRONG['message'].split('. ')[0]} {MORE}",
        "What to do: Write seconds, or try `st-oauth dev app.py`.",
    ]


def test_the_same_is_said_once(secrets_files: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    watched.request()
    for _ in range(3):
        watched.say([WRONG], closed=True)
    assert len(caplog.records) == 1
    watched.say([], closed=False)
    assert caplog.records[1].getMessage() == "The configuration is in order again."
    watched.say([], closed=False)
    watched.say([WRONG], closed=True)
    assert len(caplog.records) == 3


def test_a_broken_change_leaves_the_old_in_force_and_says_line_and_column(
    secrets_files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched()
    broken = error("broken_file", "s.toml, [auth], line 3: ... (at line 3, column 17)", "Mend it")
    watched.say([broken], closed=True, kept=True)
    assert caplog.records[0].getMessage() == (
        "The changed configuration is wrong, so the one before stays in force.\n"
        "s.toml, [auth], line 3: ... (at line 3, column 17). Mend it."
    )
    assert caplog.records[0].levelno == logging.ERROR


def test_warnings_are_said_once_and_do_not_close(
    secrets_files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    warning = {"severity": "warning", "code": "x", "message": "a warning", "mend": ""}
    watched = Watched()
    watched.say([warning], closed=False)
    watched.say([warning], closed=False)
    assert [record.getMessage() for record in caplog.records] == ["a warning"]


# The native API


def test_the_native_section_is_the_one_in_the_files(secrets_files: list[Path]) -> None:
    secrets_files[1].write_text(TOML + "[auth.none]\nx = 1\n")
    native = Watched().native()
    assert native.section["google"] == {"client_id": "app", "client_secret": "s3cret"}
    assert native.redirect_uri == "http://localhost:8501/oauth2callback"
    assert native.providers == ["google"]
    assert native.exposed == []


def test_there_is_no_native_section_where_the_configuration_comes_from_elsewhere(
    secrets_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_files[1].write_text(TOML)
    config = {"client_id": "x", "expose_tokens": "id", "public_url": "https://a.example/foo/"}
    native = Watched(config=config).native()
    assert native == ({}, "https://a.example/foo/auth/callback", [], ["id"])
    assert Watched(secrets={"auth": config}).native().section == config
    monkeypatch.setenv("ST_OAUTH_AUTH", '{"expose_tokens": ["id", "access"]}')
    native = Watched().native()
    assert native == ({}, "http://localhost:8501/auth/callback", [], ["id", "access"])


def test_nothing_configured_is_no_native_section(secrets_files: list[Path]) -> None:
    assert Watched().native() == ({}, "http://localhost:8501/auth/callback", [], [])


def test_the_import_brings_in_nothing_heavy() -> None:
    script = (
        "import sys, streamlit, tomllib, json, logging, threading; before = set(sys.modules); "
        "import st_oauth.auth_config; new = set(sys.modules) - before; "
        "heavy = [n for n in new if n.split('.')[0] not in ('st_oauth', 'streamlit')]; "
        "assert not any(n.startswith('streamlit.web') for n in new), new; print(len(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) < 10
