"""Where the visitor is, and whether he can sign in there."""

import pytest
from st_oauth import _streamlit, page, place

LOCAL = "http://localhost:8501"
PUBLIC = "https://app.example.org"


def facts(origin: str, path: str = "/") -> dict[str, str]:
    return {"origin": origin, "public_url": origin, "redirect_uri": origin + path}


def problem(monkeypatch: pytest.MonkeyPatch, seen: str, origin: str) -> place.Problem | None:
    monkeypatch.setattr(_streamlit, "raw_url", lambda: seen)
    return place.problem(facts(origin), "myoauth")


@pytest.mark.parametrize(
    ("seen", "origin"),
    [
        ("", LOCAL),
        ("http://localhost:8501/page", LOCAL),
        ("http://localhost:9999/", "http://localhost:9999"),
        ("http://127.0.0.1:8501/", LOCAL),
        ("http://[::1]:8501/", LOCAL),
        ("https://www.example.org/", PUBLIC),
        ("http://localhost:8501/", PUBLIC),
    ],
)
def test_address_where_one_can_sign_in_or_is_led_on(
    seen: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problem(monkeypatch, seen, origin) is None


@pytest.mark.parametrize(
    ("seen", "origin", "text", "url"),
    [
        ("http://localhost:8502/", LOCAL, 'redirect_uri = "http://localhost:8502/"', ""),
        ("http://127.0.0.1:8502/", LOCAL, "where this sign-in is not known", ""),
        ("http://192.168.1.5:8501/", LOCAL, "only over https or on localhost", ""),
        ("http://app.lan:8501/", PUBLIC, "Open it at its own address", PUBLIC + "/"),
        ("https://tunnel.example/", LOCAL, 'redirect_uri = "https://tunnel.example/"', ""),
    ],
)
def test_address_where_nobody_can(
    seen: str, origin: str, text: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = problem(monkeypatch, seen, origin)
    assert found is not None
    assert text in found.text
    assert found.url == url


@pytest.mark.parametrize(
    ("seen", "redirect_path", "path"),
    [
        (f"{LOCAL}/second", "/", "/second"),
        (f"{LOCAL}//evil.example/x", "/", "/evil.example/x"),
        (f"{LOCAL}/~/+/second", "/", "/second"),
        (f"{LOCAL}/second", "/~/+/", "/~/+/second"),
        (f"{LOCAL}/~/+/second", "/~/+/", "/~/+/second"),
        ("", "/", "/"),
    ],
)
def test_path_to_return_to(
    seen: str, redirect_path: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_streamlit, "raw_url", lambda: seen)
    assert place.path(facts(LOCAL, redirect_path)) == path


@pytest.mark.parametrize(
    ("name", "names", "wanted"),
    [
        ("", {"", "second"}, "second"),
        ("second", {"", "second"}, None),
        ("", {"", "third"}, None),
        ("", None, "second"),
    ],
)
def test_page_in_the_address(
    name: str, names: set[str] | None, wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_streamlit, "raw_url", lambda: f"{LOCAL}/second")
    monkeypatch.setattr(_streamlit, "page_name", lambda: name)
    monkeypatch.setattr(_streamlit, "page_names", lambda: names)
    assert place.wanted_page() == wanted


@pytest.mark.parametrize(("length", "kept"), [(200, False), (2000, True), (20_000, False)])
def test_long_places_are_kept_in_the_browser_up_to_a_size(length: int, kept: bool) -> None:
    url = (
        "https://idp.example/authorize?client_id=app&state=" + "s" * 500 + "0123456789abcdefghijkl"
    )
    stash = page._stash(url, ("/second", "q" * length))
    assert (stash is not None) == kept
    if stash is not None:
        assert stash["key"] == "st_oauth:0123456789abcdefghijkl"
        assert "ssss" not in str(stash)
