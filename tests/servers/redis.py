"""A redis-server as an ordinary process: on a Unix socket and a port of loopback, its data in a folder of its own."""

import os
import shutil
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.process import ServerProcess, free_port


def program() -> str:
    """The redis-server of this machine."""
    path = shutil.which("redis-server")
    if path is None:
        raise RuntimeError("no redis-server on this machine; `tools/setup test` installs it")
    return path


class Redis:
    """Keeps what it is told through a kill; `options` are lines of redis.conf.

    with Redis(maxmemory_policy="allkeys-lru") as redis:
        redis.url  # "redis://127.0.0.1:21234"
        redis.socket_url  # "unix:///tmp/st-oauth-redis-xyz/socket"
        redis.command("ACL", "SETUSER", "app", "on", ">word", "~st:*", "+@all")
        redis.kill()
        redis.start()  # the same port, the same data
    """

    def __init__(self, **options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="st-oauth-redis-"))
        self._socket = self._folder / "socket"
        self.socket_url = f"unix://{self._socket}"
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "unixsocket": str(self._socket),
            "dir": str(self._folder),
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "always",
        }
        lines |= {name.replace("_", "-"): value for name, value in options.items()}
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        (self._folder / "redis.conf").write_text(text, encoding="utf-8")
        self._process: ServerProcess | None = None

    def start(self) -> None:
        """Start it, or start it again."""
        command = [program(), str(self._folder / "redis.conf")]
        self._process = ServerProcess(command, os.environ, self._folder, self._folder / "log")
        self._process.wait_until(self._answers, "redis-server", seconds=20)

    def kill(self) -> None:
        """SIGKILL, as if the machine had gone."""
        if self._process:
            self._process.kill()
        self._socket.unlink(missing_ok=True)

    def command(self, *words: str) -> str:
        """Send one command and give the first line of the answer; one that is an error raises."""
        parts = [word.encode() for word in words]
        sent = b"*%d\r\n" % len(parts)
        sent += b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self._socket))
            connection.sendall(sent)
            with connection.makefile("rb") as answers:
                line = answers.readline().decode("utf-8", "replace").rstrip("\r\n")
        if line.startswith("-"):
            raise RuntimeError(f"redis-server says {line[1:]} to {words[0]}")
        return line

    def _answers(self) -> bool:
        try:
            return self.command("PING") == "+PONG"
        except (OSError, RuntimeError):
            return False

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._process.log if self._process else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process:
            self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
