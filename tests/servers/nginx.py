"""nginx as an ordinary process on loopback, with a configuration file of this repository."""

import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.process import ServerProcess, free_port


def program() -> str:
    """The nginx of this machine, which Debian keeps out of a user's PATH."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        raise RuntimeError("no nginx on this machine; `tools/setup test` installs it")
    return path


class Nginx:
    """Runs `config`, in which the texts of `replace` are replaced: a test has ports of its own.

    with Nginx(Path("nginx.conf"), listen="127.0.0.1:8080", replace={"127.0.0.1:8501": "127.0.0.1:4711"}) as front:
        front.url  # "http://localhost:41234"
    """

    def __init__(self, config: Path, listen: str, replace: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="st-oauth-nginx-"))
        text = config.read_text(encoding="utf-8")
        for old, new in {listen: f"127.0.0.1:{self.port}", **replace}.items():
            if old not in text:
                raise ValueError(f"{config} does not say {old}")
            text = text.replace(old, new)
        (self._folder / "nginx.conf").write_text(text, encoding="utf-8")
        self._process: ServerProcess | None = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self) -> Self:
        command = [program(), "-p", self._folder, "-c", self._folder / "nginx.conf", "-e", "stderr"]
        self._process = ServerProcess(command, os.environ, self._folder, self._folder / "log")
        self._process.wait_until(self._listens, "nginx", seconds=20)
        return self

    @property
    def log(self) -> str:
        """What it has complained about so far."""
        return self._process.log if self._process else ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process:
            self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
