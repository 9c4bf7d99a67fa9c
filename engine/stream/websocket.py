"""Joints as JSON to any number of WebSocket clients."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import re
import socket
import threading
import time
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from engine.camera import Camera
from engine.errors import StreamError
from engine.mailbox import BoundedQueue, Overflow
from engine.stream.address import Address, resolve
from engine.stream.messages import NEWEST, about_text, frame_text
from engine.stream.output import OutputSnapshot, StreamKind
from engine.types import FrameResult

CLIENT_FRAMES: Final = 8
"""Messages that wait for one client; then the oldest is dropped. A tenth of a second at 90 fps."""
MAX_CLIENTS: Final = 16
SEND_BUFFER_BYTES: Final = 16 * 1024
"""The system's buffer for each client. With its own size, a client that reads too slowly would be
shown what happened many seconds ago."""
WRITE_LIMIT_BYTES: Final = 4 * 1024
MAX_RECEIVED_BYTES: Final = 4 * 1024
OPEN_TIMEOUT_S: Final = 1.0
PING_S: Final = 10.0
CLIENT_TIMEOUT_S: Final = 10.0
"""How long a client may take nothing before it is let go."""
CLOSE_TIMEOUT_S: Final = 0.25
STOP_TIMEOUT_S: Final = 2.0
TRY_LATER: Final = 1013
"""The WebSocket protocol's code for a server that is full."""
ALLOWED_ORIGINS: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")
"""Web pages that may listen. Without this, any page open in a browser could read along."""

_LOG: Final = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


class _Client:
    """One connection with the messages that wait for it.

    Any thread may put into ``queue``; the rest belongs to the server's thread.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.queue: BoundedQueue[str] = BoundedQueue(CLIENT_FRAMES, Overflow.DROP_OLDEST)
        self.wake = asyncio.Event()
        self.sent_about = ""
        self.sender: asyncio.Task[None] | None = None


class WebSocketServer:
    """Listens at ``address``; clients receive, and whatever they send is passed over.

    One thread calls ``send``, which writes the message once and puts it into every client's queue;
    any may call the rest. One thread of its own serves all clients: those that do not read lose
    messages, those that do not answer a ping are let go.

    Raises:
        StreamError: if the address is taken or cannot be listened at.
    """

    def __init__(self, address: Address, version: int = NEWEST) -> None:
        self._version = version
        self._socket = _listen(address)
        self.address = Address(address.host, self._socket.getsockname()[1])
        self._clients: tuple[_Client, ...] = ()
        self._newest: tuple[FrameResult, int] | None = None
        self._camera: Camera | None = None
        self._about = about_text(None, version)
        self._sent = self._lost_before = 0
        self._error = ""
        self._wake_pending = False
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="stream-websocket", daemon=True)
        self._thread.start()

    def send(self, result: FrameResult, sequence: int) -> None:
        """Give one result to every client."""
        self._newest = (result, sequence)
        if result.frame.camera is not self._camera:
            self._camera = result.frame.camera
            self._about = about_text(self._camera, self._version)
        clients = self._clients
        if clients:
            text = self._text(result, sequence)
            for client in clients:
                client.queue.put(text)
            self._wake()

    def _text(self, result: FrameResult, sequence: int) -> str:
        return frame_text(result, sequence, time.time() * 1000.0, self._version)

    def snapshot(self) -> OutputSnapshot:
        """The figures of this moment."""
        clients = self._clients
        lost = self._lost_before + sum(client.queue.dropped for client in clients)
        return OutputSnapshot(
            StreamKind.WEBSOCKET, self.address, len(clients), self._sent, lost, self._error
        )

    def close(self) -> None:
        """Say goodbye to every client and free the port; takes up to a second."""
        self._call(self._stop.set)
        self._thread.join(STOP_TIMEOUT_S)

    # -- between the threads -----------------------------------------------------------------

    def _wake(self) -> None:
        """Wake the server's thread; once is enough until it has looked."""
        if not self._wake_pending:
            self._wake_pending = True
            self._call(self._wake_clients)

    def _wake_clients(self) -> None:
        self._wake_pending = False
        for client in self._clients:
            client.wake.set()

    def _call(self, function: object) -> None:
        # A loop that has ended refuses calls, and may end at any moment.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)  # type: ignore[arg-type]

    # -- the server's thread -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except Exception as error:  # noqa: BLE001 - the top of a thread: recorded and shown
            self._error = f"streaming to {self.address} has stopped: {error}"
        finally:
            self._socket.close()

    async def _serve(self) -> None:
        server = await serve(
            self._serve_client,
            sock=self._socket,
            origins=[None, ALLOWED_ORIGINS],
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_RECEIVED_BYTES,
            write_limit=WRITE_LIMIT_BYTES,
            logger=_LOG,
        )
        await self._stop.wait()
        await self._send_the_rest()
        server.close()
        await server.wait_closed()  # clients that do not answer are cut off after their timeouts

    async def _serve_client(self, connection: ServerConnection) -> None:
        """Serve one client until it goes."""
        if len(self._clients) >= MAX_CLIENTS:
            await connection.close(TRY_LATER, f"there are {MAX_CLIENTS} clients already")
            return
        client = _Client(connection)
        if self._newest is not None:
            client.queue.put(self._text(*self._newest))
        client.wake.set()
        client.sender = asyncio.create_task(self._send_to(client))
        self._clients = (*self._clients, client)
        try:
            # Reading is what answers pings and notices that a client has gone.
            async for _ in connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            client.sender.cancel()
            self._clients = tuple(other for other in self._clients if other is not client)
            client.queue.close()
            self._lost_before += client.queue.dropped

    async def _send_to(self, client: _Client) -> None:
        with contextlib.suppress(ConnectionClosed):
            while not client.queue.closed:
                await client.wake.wait()
                client.wake.clear()
                while (text := client.queue.take()) is not None:
                    await self._send_about(client)
                    await _send(client, text)
                    self._sent += 1
                await self._send_about(client)

    async def _send_the_rest(self) -> None:
        """Give clients that read what still waits for them."""
        clients = self._clients
        for client in clients:
            client.queue.close()
            client.wake.set()
        senders = [client.sender for client in clients if client.sender is not None]
        if senders:
            await asyncio.wait(senders, timeout=CLOSE_TIMEOUT_S)
        for client in clients:
            if client.sender is not None and not client.sender.done():
                # The library's closing handshake would wait for room in this client's buffer.
                client.connection.transport.abort()

    async def _send_about(self, client: _Client) -> None:
        """Names and camera, before the first message and after every change."""
        about = self._about
        if client.sent_about != about:
            client.sent_about = about
            await _send(client, about)


async def _send(client: _Client, text: str) -> None:
    try:
        async with asyncio.timeout(CLIENT_TIMEOUT_S):
            await client.connection.send(text)
    except TimeoutError:
        # Pings do not find such a client, as they wait behind what it does not take.
        client.connection.transport.abort()


def _listen(address: Address) -> socket.socket:
    endpoint = resolve(address, socket.SOCK_STREAM)
    try:
        listener = socket.create_server(endpoint.place, family=endpoint.family)
    except OSError as error:
        raise StreamError(_listen_failure(address, error)) from error
    # Accepted sockets inherit this.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return listener


def _listen_failure(address: Address, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            reason = "another program uses this port; choose another one"
        case errno.EADDRNOTAVAIL:
            reason = "the host is not this computer"
        case errno.EACCES:
            reason = "this port needs more rights; choose one above 1023"
        case _:
            reason = error.strerror or str(error)
    return f"WebSocket clients cannot be served at {address}: {reason}"
