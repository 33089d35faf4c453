"""A server as a child process: its log in a file, its end certain."""

import contextlib
import ctypes
import os
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment.

    It lies below those that connections get by themselves, and each process of a test run that
    has several takes from a range of its own, so it stays free until it is used.
    """
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    while True:
        port = 20000 + worker % 4 * 3000 + random.randrange(3000)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def answers(url: str) -> bool:
    """Whether a GET of this address is answered with 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class ServerProcess:
    """One child process in a group of its own, which goes when this process goes."""

    def __init__(
        self, args: Sequence[str | Path], env: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(arg) for arg in args],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (prctl alone)
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until it is ready; when it ends or takes too long, raise with its log."""
        deadline = time.monotonic() + seconds
        while not ready():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                self.stop()
                why = (
                    f"ended with {ended}"
                    if ended is not None
                    else f"was not ready in {seconds:.0f} s"
                )
                raise RuntimeError(f"{what} {why}:\n{self.log[-4000:]}")
            time.sleep(0.05)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 5) -> None:
        """SIGTERM, and SIGKILL to whatever is left of the group."""
        if self._process.poll() is None:
            self._signal_group(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()
