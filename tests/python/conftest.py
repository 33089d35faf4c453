"""Every test gets a home and a state folder of its own, and a gate that remembers nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
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
