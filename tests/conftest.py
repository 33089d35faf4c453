"""What every Python test gets: a report that `make test` counts by, and folders of its own."""

import json
import os
from pathlib import Path

import pytest

WORK = Path(__file__).resolve().parent / ".work"

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
"""Set in a process that runs a part of the tests; the one that started it hears of every test."""


def _tell(test: str, result: str, detail: str = "") -> None:
    report = os.environ.get("STO_TEST_REPORT")
    if report and WORKER is None:
        with open(report, "a", encoding="utf-8") as file:
            file.write(json.dumps({"id": test, "result": result, "detail": detail}) + "\n")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.outcome == "failed":
        where = "" if report.when == "call" else f" ({report.when})"
        _tell(report.nodeid + where, "failed", report.longreprtext[-6000:])
    elif report.outcome == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        _tell(report.nodeid, "skipped", reason)
    elif report.when == "call":
        _tell(report.nodeid, "passed")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.outcome == "failed":
        _tell(report.nodeid or "collection", "failed", report.longreprtext[-6000:])
    elif report.outcome == "skipped" and report.nodeid:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        _tell(report.nodeid, "skipped", reason)


@pytest.fixture(scope="session")
def work() -> Path:
    """tests/.work: what a failed test leaves behind to be looked at."""
    WORK.mkdir(exist_ok=True)
    return WORK
