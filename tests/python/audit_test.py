"""Audit events, and how a flood of refusals is told."""

import json
import logging
import threading
from typing import Any

import pytest
from st_oauth.audit import _MAX_LINES, _WINDOW_S, Audit

REFUSED = {"ok": False, "reason": "state_unknown", "group": "replay", "reference": "ab12"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audit(clock: Clock, caplog: pytest.LogCaptureFixture) -> Audit:
    caplog.set_level(logging.INFO, logger="st_oauth")
    return Audit(clock, timed=False)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records]


def test_lg_16_ten_thousand_refusals_are_a_few_lines_and_a_count(
    audit: Audit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10_000):
        audit.record("login_refused", "gate", REFUSED)
    clock.now += _WINDOW_S
    audit.summarise()
    told = lines(caplog)
    assert len(told) == _MAX_LINES + 1
    assert told[-1] == {
        "event": "refusals_summarised",
        "gate": "gate",
        "of": "login_refused",
        "reason": "state_unknown",
        "count": 10_000 - _MAX_LINES,
        "seconds": 60,
    }


def test_lg_16_a_count_is_told_once(
    audit: Audit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(_MAX_LINES + 1):
        audit.record("login_refused", "gate", REFUSED)
    clock.now += _WINDOW_S
    audit.summarise()
    audit.summarise()
    assert [line["event"] for line in lines(caplog)].count("refusals_summarised") == 1


def test_lg_16_another_reason_is_still_told_during_a_flood(
    audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(1000):
        audit.record("login_refused", "gate", REFUSED)
    caplog.clear()
    audit.record("login_refused", "gate", REFUSED | {"reason": "bad_signature"})
    assert [line["reason"] for line in lines(caplog)] == ["bad_signature"]


def test_lg_16_refusals_are_told_again_after_the_flood(
    audit: Audit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(1000):
        audit.record("login_refused", "gate", REFUSED)
    caplog.clear()
    clock.now += _WINDOW_S
    audit.record("login_refused", "gate", REFUSED)
    assert [line["event"] for line in lines(caplog)] == ["refusals_summarised", "login_refused"]


def test_lg_16_sign_ins_are_never_held_back(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(200):
        audit.record("login_succeeded", "gate", {"ok": True})
    assert len(lines(caplog)) == 200


def test_lg_16_the_count_is_told_without_another_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("st_oauth.audit._WINDOW_S", 0.5)
    audit = Audit()
    for _ in range(_MAX_LINES + 5):
        audit.record("login_refused", "gate", REFUSED)
    timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    for timer in timers:
        timer.join(10)
    counts = [line["count"] for line in lines(caplog) if line["event"] == "refusals_summarised"]
    assert sum(counts) > 0


def test_lg_07_a_line_stays_one_line(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    odd = "a\r\nb\x1b[31m\u2028c\u0085d\x00"
    audit.record("login_refused", "gate", REFUSED | {"detail": odd})
    text = caplog.records[0].getMessage()
    assert text.isascii() and text.isprintable()
    assert json.loads(text)["detail"] == odd


def test_lg_01_only_harmless_fields_are_taken(
    audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    answer = REFUSED | {"cookie": "canary-1", "url": "canary-2", "path": "canary-3"}
    audit.record("login_refused", "gate", answer)
    assert "canary" not in caplog.text


def test_lg_14_a_refusal_is_one_warning_with_its_reason(
    audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    audit.record("login_refused", "gate", REFUSED)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert lines(caplog) == [
        {
            "event": "login_refused",
            "gate": "gate",
            "reason": "state_unknown",
            "group": "replay",
            "reference": "ab12",
        }
    ]
