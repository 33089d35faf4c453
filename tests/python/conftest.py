"""Every test gets a home and a state folder of its own, and a gate that remembers nothing."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.canaries import LOGS
from st_oauth import config, gate


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ST_OAUTH_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    for kept in (config._blocks, config._dicts, config.gates, config._references, config._warned):
        kept.clear()
    assert gate.test_identity is None


@pytest.fixture(autouse=True, scope="session")
def all_logs_are_kept() -> Iterator[None]:
    """What the package logs at any level stays, to be looked through for secrets after all tests."""
    LOGS.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(LOGS / "python.log", encoding="utf-8")
    logger = logging.getLogger("st_oauth")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    handler.close()
