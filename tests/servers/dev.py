"""Starts `st-oauth dev`, the provider this project ships, for a test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from servers.canaries import keep_log


def bin_dir() -> Path:
    """Where the commands are: `STO_BIN_DIR` (a build folder), else inside the installed package."""
    given = os.environ.get("STO_BIN_DIR")
    if given:
        return Path(given)
    import st_oauth

    return Path(st_oauth.__file__).parent / "_bin"


class DevProvider:
    """A running provider on a free port (None: on its default one).

    with DevProvider("--alg", "ES256") as provider:
        provider.issuer      # "http://localhost:41234"
        provider.requests()  # [{"method": "GET", "path": "/jwks", "status": 200}, ...]
    """

    def __init__(self, *options: str, port: int | None = 0, timeout: float = 20.0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="st-oauth-dev-")
        folder = Path(self._folder.name)
        self._log = folder / "requests.jsonl"
        ready = folder / "ready.json"
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    str(bin_dir() / "st-oauth-dev"),
                    *(() if port is None else ("--port", str(port))),
                    *("--ready-file", str(ready)),
                    *("--log-requests", str(self._log)),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.ready = self._wait_until_ready(ready, timeout)
        self.issuer: str = self.ready["issuer"]

    def _wait_until_ready(self, ready: Path, timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"st-oauth-dev did not start: {self.output()}")
            time.sleep(0.01)
        line: dict[str, Any] = json.loads(ready.read_text())
        return line

    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text()

    def requests(self) -> list[dict[str, Any]]:
        """The requests it has answered, in order: method, path and status."""
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def count(self, path: str) -> int:
        """How many requests went to that path."""
        return sum(1 for request in self.requests() if request["path"] == path)

    def stop(self) -> int:
        """End it as Ctrl-C would; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._log.exists():
            keep_log("dev-provider", self._log.read_text())
        self._folder.cleanup()


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """`st-oauth` with these arguments, to its end."""
    return subprocess.run(
        [str(bin_dir() / "st-oauth"), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        **more,
    )


@contextlib.contextmanager
def busy(port: int) -> Iterator[None]:
    """That port taken by us, or by somebody else."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            taken.listen()
        yield
