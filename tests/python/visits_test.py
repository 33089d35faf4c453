"""The visits: handles that a script finds its visitor by."""

import pickle
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from st_oauth import visits


class Realm:
    """A realm that knows one cookie, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def identify(self, cookie: str) -> Any:
        self.asked += 1
        return SimpleNamespace(subject="ada") if cookie == "good" else None


def opened(cookie: str = "good", **facts: Any) -> tuple[visits.Visit, Realm]:
    realm = Realm()
    return visits.open_visit(realm, facts, cookie, b"session"), realm  # type: ignore[arg-type]


def test_a_visit_is_found_by_its_handle_until_it_is_closed() -> None:
    visit, _ = opened()
    assert visits.find(visit.handle) is visit
    visits.close_visit(visit)
    assert visits.find(visit.handle) is None
    visits.close_visit(visit)


def test_handles_are_random_and_no_cookie() -> None:
    found = {opened()[0].handle for _ in range(100)}
    assert len(found) == 100
    assert all(len(handle) == 22 and "good" not in handle for handle in found)


def test_a_made_up_handle_finds_nobody() -> None:
    opened()
    assert visits.find("made-up") is None
    assert visits.find("") is None


def test_the_realm_is_asked_each_time() -> None:
    visit, realm = opened()
    run = object()
    assert [visit.identity(run), visit.identity(run)] == [SimpleNamespace(subject="ada")] * 2
    assert realm.asked == 2


def test_a_stranger_asks_no_realm() -> None:
    visit, realm = opened("")
    assert visit.identity() is None
    assert realm.asked == 0


def test_a_networked_store_is_asked_once_a_run() -> None:
    visit, realm = opened(blocking=True)
    first, second = object(), object()
    for run in (first, first, second, second, first):
        assert visit.identity(run) is not None
    assert realm.asked == 3


def test_a_stranger_s_answer_is_kept_for_the_run_too() -> None:
    visit, realm = opened("ended", blocking=True)
    run = object()
    assert visit.identity(run) is None
    assert visit.identity(run) is None
    assert realm.asked == 1


def test_a_long_run_asks_a_networked_store_again(monkeypatch: pytest.MonkeyPatch) -> None:
    visit, realm = opened(blocking=True)
    run = object()
    visit.identity(run)
    monkeypatch.setattr(visits, "time", SimpleNamespace(monotonic=lambda: 1e12))
    visit.identity(run)
    assert realm.asked == 2


def test_without_a_run_a_networked_store_is_asked_each_time() -> None:
    visit, realm = opened(blocking=True)
    visit.identity()
    visit.identity()
    assert realm.asked == 2


def test_who_leaves_is_signed_out_at_once() -> None:
    visit, realm = opened(blocking=True)
    run = object()
    assert visit.identity(run) is not None
    visit.leave()
    assert visit.identity(run) is None
    assert realm.asked == 1


def test_who_is_closed_is_signed_out_for_a_run_that_goes_on() -> None:
    visit, _ = opened()
    visits.close_visit(visit)
    assert visit.identity() is None


def test_a_changed_configuration_takes_effect_in_an_open_visit() -> None:
    visit, _ = opened()
    other = Realm()
    visit.realm = other  # type: ignore[assignment]
    visit.identity()
    assert other.asked == 1


def test_a_visit_shows_no_cookie_and_goes_nowhere() -> None:
    visit, _ = opened("a-cookie-nobody-may-see")
    assert "nobody-may-see" not in repr(visit)
    with pytest.raises(TypeError, match="another process"):
        pickle.dumps(visit)


def test_threads_open_and_close_at_once() -> None:
    before = len(visits._visits)
    wrong: list[object] = []

    def run() -> None:
        for _ in range(500):
            visit, _realm = opened()
            if visits.find(visit.handle) is not visit:
                wrong.append(visit)
            visits.close_visit(visit)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(visits._visits) == before
