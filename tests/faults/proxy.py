"""A TCP proxy between a worker and a server, which can be slow, hold everything back, or cut connections.

It runs in a thread of its own. `mode` may be set at any time:
  pass   what comes is passed on
  slow   each piece is passed on after `delay_s`
  hold   nothing is passed on; connections stay, as when a machine is unplugged
  cut    connections are reset, new ones at once
"""

import asyncio
import threading
from typing import Literal, Self

from workers.local.ports import LOOPBACK, free_port

Mode = Literal["pass", "slow", "hold", "cut"]
_PIECE_BYTES = 64 << 10


class Proxy:
    """Listens on `port` and connects to `target`, both on loopback. A context manager."""

    def __init__(self, target: int, delay_s: float = 0.15) -> None:
        self.port, self.target, self.delay_s = free_port(), target, delay_s
        self._mode: Mode = "pass"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "cut":
            self._loop.call_soon_threadsafe(self._cut)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)

    async def _close(self) -> None:
        assert self._server
        self._server.close()
        self._mode = "cut"
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._mode != "cut":
                await self._join(reader, writer)
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, self.target)
        self._open.add(back)
        try:
            pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
            _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in rest:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._open.discard(back)
            back.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            while self._mode == "hold":  # noqa: ASYNC110 - the mode is set by another thread
                await asyncio.sleep(0.05)
            if self._mode == "slow":
                await asyncio.sleep(self.delay_s)
            writer.write(piece)
            await writer.drain()
