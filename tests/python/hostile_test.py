"""Configurations and requests that must let nobody in, or change nothing."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from st_oauth import _streamlit, gate
from streamlit.runtime.context import ContextProxy, StreamlitHeaders
from streamlit.testing.v1 import AppTest

SCRIPT = "import streamlit as st\nfrom st_oauth import st_oauth\nst.text(f'in: {st_oauth()}')\n"
GOOD = {
    "authorization_endpoint": "http://127.0.0.1:9/authorize",
    "token_endpoint": "http://127.0.0.1:9/token",
    "jwks_uri": "http://127.0.0.1:9/jwks",
    "redirect_uri": "http://localhost:8501",
    "client_id": "app",
    "client_secret": "a-client-secret-of-these-tests",
}

Context = Callable[[str | None, Mapping[str, str]], None]


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Context:
    """Sets what the browser says of itself: its address and the headers of its request."""

    def say(url: str | None, headers: Mapping[str, str]) -> None:
        monkeypatch.setattr(ContextProxy, "url", property(lambda self: url))
        monkeypatch.setattr(_streamlit, "raw_url", lambda: url or "")
        shown = StreamlitHeaders(headers.items())
        monkeypatch.setattr(ContextProxy, "headers", property(lambda self: shown))
        monkeypatch.setattr(ContextProxy, "ip_address", property(lambda self: None))

    return say


def app(**settings: Any) -> AppTest:
    at = AppTest.from_string(SCRIPT)
    at.secrets["oauth"] = {
        name: value for name, value in (GOOD | settings).items() if value is not None
    }
    return at


def page_of(at: AppTest) -> str:
    """Everything that is on the page, as text."""
    return "\n".join(str(element.proto) for element in at.main)


def link_of(at: AppTest) -> dict[str, list[str]]:
    """The parameters of the link to the provider."""
    (html,) = at.get("html")
    href = html.proto.body.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert href.startswith("http://127.0.0.1:9/authorize?")
    return parse_qs(urlsplit(href).query)


@pytest.mark.parametrize(
    "broken",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": 7},
        {"client_idd": "app"},
        {"token_endpoint": None},
        {"token_endpoint": "http://op.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"redirect_uri": "not a url"},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"token": "anything"},
        {"secret": "changeme"},
        {"leeway": "a while"},
    ],
)
def test_lf_19_a_broken_configuration_lets_nobody_in(broken: dict[str, Any]) -> None:
    at = app(**broken)
    at.query_params.update({"code": ["x"], "state": ["y"]})
    at.run()
    assert not at.text
    assert len(at.error) == 1
    assert not at.run().text


def test_lf_19_an_error_inside_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("broken inside")

    for name in ("_long_way", "_take_return", "_show_link"):
        with monkeypatch.context() as patched:
            patched.setattr(gate, name, fail)
            at = app().run()
            assert not at.text
            assert at.exception


@pytest.mark.parametrize("host", ["localhost:8501.evil.example", "[::", ""])
def test_cb_26_the_host_of_a_request_changes_no_redirect_uri(context: Context, host: str) -> None:
    context(f"http://{host}/", {"Host": host})
    at = app().run()
    assert link_of(at)["redirect_uri"] == ["http://localhost:8501"]
    assert "evil.example" not in page_of(at)


def test_cb_26_at_a_foreign_host_no_sign_in_begins(context: Context) -> None:
    context("http://evil.example/", {"Host": "evil.example"})
    at = app().run()
    assert "http://127.0.0.1:9/authorize" not in page_of(at)
    assert 'href="http://evil' not in page_of(at)


def test_rd_17_forwarded_headers_change_nothing(context: Context) -> None:
    context(
        "http://localhost:8501/",
        {
            "Host": "localhost:8501",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Uri": "//evil.example/",
            "X-Forwarded-Proto": "gopher",
            "X-Auth-Request-Redirect": "https://evil.example/",
            "Forwarded": "host=evil.example",
        },
    )
    at = app().run()
    assert link_of(at)["redirect_uri"] == ["http://localhost:8501"]
    assert "evil.example" not in page_of(at)


@pytest.mark.parametrize(
    ("url", "headers", "local"),
    [
        ("http://localhost:8501/", {"Host": "localhost:8501"}, True),
        ("http://127.0.0.1:8501/", {"Host": "127.0.0.1:8501"}, True),
        ("http://[::1]:8501/", {"Host": "[::1]:8501"}, True),
        ("http://localhost:8501/", {"Host": "evil.example"}, False),
        ("http://evil.example/", {"Host": "localhost:8501"}, False),
        ("http://localhost.evil.example/", {"Host": "localhost.evil.example"}, False),
        ("http://localhost:8501/", {}, False),
        ("http://127.0.0.1.evil.example/", {"Host": "127.0.0.1.evil.example"}, False),
        ("http://[::/", {"Host": "[::"}, False),
        (None, {"Host": "localhost:8501"}, False),
        ("http://localhost/", {"Host": "localhost", "X-Forwarded-For": "1.2.3.4"}, False),
        ("http://localhost/", {"Host": "localhost", "X-Forwarded-Host": "a.example"}, False),
        ("http://localhost/", {"Host": "localhost", "Forwarded": "for=1.2.3.4"}, False),
    ],
)
def test_px_11_details_are_for_who_sits_at_the_machine(
    context: Context, url: str | None, headers: dict[str, str], local: bool
) -> None:
    context(url, headers)
    at = app(client_idd="x")
    with pytest.MonkeyPatch.context() as patched:
        real = gate.st.get_option
        patched.setattr(
            gate.st,
            "get_option",
            lambda name: "none" if name == "client.showErrorDetails" else real(name),
        )
        at.run()
    assert ("client_idd" in at.error[0].value) is local


def test_jd_29_where_nothing_can_be_written_a_sign_in_still_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    no_folder = tmp_path / "a file"
    no_folder.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(no_folder))
    monkeypatch.setenv("HOME", str(no_folder))
    with caplog.at_level(logging.WARNING, logger="st_oauth"):
        at = app(secret="q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM").run()
    assert link_of(at)["client_id"] == ["app"]
    assert "run one process only" in caplog.text


def test_cf_04_without_a_key_and_a_place_to_keep_one_nobody_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_folder = tmp_path / "a file"
    no_folder.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(no_folder))
    monkeypatch.setenv("HOME", str(no_folder))
    at = app().run()
    assert not at.text
    assert not at.get("html")
    assert len(at.error) == 1
