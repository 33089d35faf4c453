"""Which page of an app a message runs, with the messages of Streamlit as they are."""

from st_oauth import _streamlit
from st_oauth.pages import Pages
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

MAIN, HOME, ABOUT, SECRET = "main-hash", "home-hash", "about-hash", "secret-hash"


def navigation(runs: str = HOME, **paths: str) -> bytes:
    message = ForwardMsg()
    message.navigation.page_script_hash = runs
    for page, path in (paths or {HOME: "", ABOUT: "about", SECRET: "secret"}).items():
        told = message.navigation.app_pages.add(page_script_hash=page)
        told.url_pathname = path or "home"
        told.is_default = not path
    return message.SerializeToString()


def new_session(runs: str, **titles: str) -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = runs
    message.new_session.main_script_hash = MAIN
    for page, title in titles.items():
        message.new_session.app_pages.add(page_script_hash=page, url_pathname=title)
    return message.SerializeToString()


def told(*messages: bytes) -> tuple[Pages, dict[str, str] | None]:
    """What an app has told, and the last word of it to this session."""
    pages, own = Pages(), None
    for data in messages:
        one = _streamlit.told_pages(data)
        assert one is not None
        pages.learn(one)
        own = own if one.pages is None else one.pages
    return pages, own


def test_pages_are_known_by_hash_and_by_name() -> None:
    pages, own = told(new_session(MAIN), navigation())
    for known in (own, None):
        assert pages.wanted(SECRET, "", known) == ["secret"]
        assert pages.wanted("", "secret", known) == ["secret"]
        assert pages.wanted(HOME, "", known) == [""]
        assert pages.wanted("", "", known) == [""]


def test_the_start_page_keeps_its_path_when_it_runs_again() -> None:
    """The message that a run begins gives its title in the place of its path."""
    pages, own = told(
        new_session(MAIN),
        navigation(),
        new_session(HOME, **{HOME: "home", ABOUT: "about", SECRET: "secret"}),
    )
    assert pages.wanted(HOME, "", own) == [""]


def test_a_title_is_no_path() -> None:
    pages, _ = told(navigation(), new_session(SECRET, **{SECRET: "about"}))
    assert pages.wanted(SECRET, "", None) == ["secret"]


def test_what_a_visitor_calls_the_script_is_no_path() -> None:
    """The name in his message comes back in the one that the run begins."""
    pages, own = told(new_session(MAIN, **{MAIN: "about"}))
    assert pages.wanted(MAIN, "", own) == [""]
    assert pages.wanted("", "about", own) == ["about", ""]


def test_a_name_that_is_no_page_is_that_of_the_start_page() -> None:
    pages, own = told(navigation())
    for name in ("about/", "/about", "about/more", "nothing"):
        assert pages.wanted("", name, own) == [name, ""]


def test_a_hash_that_nobody_was_told_of_is_none() -> None:
    pages, own = told(new_session(MAIN), navigation())
    assert pages.wanted("made-up", "", own) is None
    assert pages.wanted("made-up", "about", own) is None
    assert pages.wanted("made-up", "", None) is None


def test_a_hash_and_a_name_are_both_asked_for() -> None:
    pages, own = told(navigation())
    assert pages.wanted(SECRET, "about", own) == ["secret", "about"]


def test_a_session_goes_by_what_it_was_told_itself() -> None:
    """Where the pages differ by visitor, one may be the start page for some."""
    pages, own = told(navigation(), navigation(SECRET, **{SECRET: "", ABOUT: "about"}))
    assert pages.wanted(SECRET, "", own) == [""]
    assert pages.wanted(HOME, "", own) is None
    assert pages.wanted(SECRET, "", None) == ["", "secret"]


def test_pages_are_complete_once_they_are_told() -> None:
    assert told(new_session(MAIN))[0].complete is False
    assert told(new_session(MAIN), navigation())[0].complete is True


def test_the_end_of_a_run_is_seen() -> None:
    ended = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    assert _streamlit.is_finished(ended.SerializeToString()) is True
    assert _streamlit.is_finished(navigation()) is False
