"""The expiry watch."""

import threading
import time
from typing import Any

import pytest
from st_oauth import _streamlit, watch


class Login:
    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at


class Holder:
    def __init__(self) -> None:
        self.logins: dict[str, Any] = {}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    reruns: list[tuple[str, float]] = []

    def ask_rerun(session_id: str) -> bool:
        reruns.append((session_id, time.time()))
        return True

    monkeypatch.setattr(_streamlit, "ask_rerun", ask_rerun)
    return reruns


def watched(session: str, seconds: float) -> Holder:
    holder = Holder()
    login: Any = Login(time.time() + seconds)
    holder.logins["gate"] = login
    watch.watch(session, holder, "gate", login)
    return holder


def test_sessions_are_rerun_in_the_order_of_their_expiry(asked: list[tuple[str, float]]) -> None:
    kept = [watched("late", 0.5), watched("early", 0.2)]
    time.sleep(0.9)
    assert [session for session, _ in asked] == ["early", "late"]
    assert kept


def test_session_that_is_gone_is_left_alone(asked: list[tuple[str, float]]) -> None:
    watched("gone", 0.2)
    time.sleep(0.5)
    assert asked == []


def test_login_that_was_dropped_is_left_alone(asked: list[tuple[str, float]]) -> None:
    holder = watched("out", 0.2)
    holder.logins.clear()
    time.sleep(0.5)
    assert asked == []


def test_session_without_a_browser_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    asked: list[float] = []

    def ask_rerun(session_id: str) -> bool:
        asked.append(time.time())
        if found := next(answers):
            holder.logins.clear()
        return found

    monkeypatch.setattr(_streamlit, "ask_rerun", ask_rerun)
    monkeypatch.setattr(watch, "_AGAIN_S", 0.2)
    holder = watched("away", 0.1)
    time.sleep(0.8)
    assert len(asked) == 2


def test_a_rerun_that_was_swallowed_is_asked_for_again_but_not_for_ever(
    asked: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_AGAIN_S", 0.1)
    holder = watched("deaf", 0.1)
    time.sleep(1.0)
    assert len(asked) == 3
    assert holder


def test_one_thread_serves_all(asked: list[tuple[str, float]]) -> None:
    kept = [watched(str(number), 0.1) for number in range(20)]
    threads = [one for one in threading.enumerate() if one.name == "st_oauth expiry"]
    assert len(threads) == 1
    time.sleep(0.5)
    assert len(asked) == len(kept)
