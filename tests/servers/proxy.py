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
        if "upgrade: websocket" not in head.lower():
            # One request a connection, so that each has its path looked at.
            lines = [x for x in rest.split("\r\n") if not x.lower().startswith("connection:")]
            rest = "\r\n".join([lines[0], "Connection: close", *lines[1:]])
        return f"{method} {path.removeprefix(self._prefix)} {rest}".encode("latin-1")


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
