"""What stands in front of an app: a port that is mapped, a proxy that strips a path."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Forwarder:
    """Hands every connection to `port` on to `target`, as a context manager."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._connect(reader, writer)
        writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await self._head(reader, writer)
        if head is None:
            return
        back, to = await asyncio.open_connection("127.0.0.1", self.target)
        to.write(head)
        await asyncio.gather(_pipe(reader, to), _pipe(back, writer))

    async def _head(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """What goes to the app first; None where it was answered here."""
        return b""

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._wait_for(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait_for(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class FrontProxy(Forwarder):
    """Hands every request on and says for whom, as what stands in front of an app does."""

    def __init__(self, port: int, target: int, visitor: str = "192.0.2.1") -> None:
        super().__init__(port, target)
        self._visitor = visitor

    async def _head(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, rest = _one_request(head).split("\r\n", 1)
        return f"{first}\r\nX-Forwarded-For: {self._visitor}\r\n{rest}".encode("latin-1")


def _one_request(head: str) -> str:
    """The head with the wish to close after the answer, so that each request has a connection of
    its own; a WebSocket keeps its."""
    if "upgrade: websocket" in head.lower():
        return head
    lines = [line for line in head.split("\r\n") if not line.lower().startswith("connection:")]
    return "\r\n".join([lines[0], "Connection: close", *lines[1:]])


class StrippingProxy(Forwarder):
    """Hands what is below `prefix` on without it; `page` is its answer to everything else."""

    def __init__(self, port: int, target: int, prefix: str, page: str = "") -> None:
        super().__init__(port, target)
        self._prefix, self._page = prefix, page

    async def _head(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, rest = head.split(" ", 2)
        if not path.startswith(self._prefix + "/"):
            body = self._page.encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
            return None
        rest = _one_request(head).split(" ", 2)[2]
        return f"{method} {path.removeprefix(self._prefix)} {rest}".encode("latin-1")


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
