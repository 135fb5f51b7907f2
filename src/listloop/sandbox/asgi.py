"""The door of a stand-in: counts, journals, breaks on purpose, and hands requests to it one at a time."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

from listloop.sandbox.clock import Clock
from listloop.sandbox.control import Control
from listloop.sandbox.faults import STATUSES, Fault
from listloop.sandbox.record import Record
from listloop.sandbox.standin import StandIn
from listloop.sandbox.wire import Call, Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TICK = 0.05  # seconds of real time between two looks at what is due
SLICE = 500  # steps between two requests, at most: some ten milliseconds
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
FORBIDDEN = b"<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1></body></html>"


class App:
    """An ASGI application around one stand-in. Handlers never wait, so state needs no locks."""

    def __init__(self, standin: StandIn, data: Path | None = None) -> None:
        self.standin = standin
        self.control = Control(standin)
        self.record = Record(data, standin, self._redo) if data else None
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        ticking = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                ticking = asyncio.create_task(self._tick())
                await send({"type": "lifespan.startup.complete"})
            else:
                self.closing.set()
                if ticking:
                    ticking.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await ticking
                if self.record:
                    self.record.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _tick(self) -> None:
        while True:
            more = self.standin.advance(SLICE)
            await self.standin.deliver(self.steer)
            await asyncio.sleep(0 if more else TICK)

    def steer(self, path: str, body: dict[str, Any]) -> None:
        """A control request from inside, recorded like any other."""
        self._control(Call("POST", f"/_sandbox/{path}", body=json.dumps(body).encode()))

    def _control(self, call: Call) -> Reply:
        self.standin.advance(SLICE)
        now, steps = self.standin.clock.now(), self.standin.steps
        reply = self.control.answer(call)
        if self.record and call.method != "GET":
            self.record.add(now, steps, call)
        return reply

    async def _steered(self, call: Call) -> Reply:
        """Where the clock was moved, the answer waits for all that was due; other requests are answered meanwhile."""
        before = self.standin.clock.due()
        reply = self._control(call)
        moved = call.method == "POST" and self.standin.clock.due() != before
        while moved and self.standin.advance(SLICE):  # noqa: ASYNC110 - it is the one who does the work
            await asyncio.sleep(0)
        return reply

    def do(self, call: Call) -> Reply:
        """A request that is no control request: what is due first, then the work, then the file."""
        self.standin.advance(SLICE)
        now, steps = self.standin.clock.now(), self.standin.steps
        done = self.standin.answer(call)
        kept = self.standin.kept(call) if self.record and done.status != 401 else None
        if self.record and kept:
            self.record.add(now, steps, kept)
        return done

    def _redo(self, call: Call, steps: int) -> None:
        """A recorded call, after exactly the steps that had been done before it when it came."""
        self.standin.advance(steps - self.standin.steps)
        if call.path.startswith("/_sandbox"):
            self.control.answer(call)
        else:
            self.standin.redo(call)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self.closing, self.standin.clock)
        path = scope.get("raw_path", b"").decode("ascii") or scope["path"]
        if path.startswith("/_sandbox"):
            await exchange.reply(await self._steered(await exchange.call()))
            return
        if not path.startswith(self.standin.prefix):
            await exchange.reply(self.do(await exchange.call()))
            return
        journal, now = self.standin.journal, self.standin.clock.now()
        entry = journal.begin(now, scope["method"], path, scope["query_string"].decode("ascii"))
        body = b""
        try:
            call = await exchange.call()
            body = call.body
            if self.standin.limit and entry.concurrent > self.standin.limit:
                await exchange.reply(self.standin.problem(429))
            else:
                fault = self.standin.faults.pick(call.method, call.path)
                entry.fault = fault.kind if fault else ""
                await self._answer(exchange, call, fault)
        finally:
            entry.status = exchange.status
            journal.end(entry, body)

    async def _answer(self, exchange: "Exchange", call: Call, fault: Fault | None) -> None:
        if fault and fault.kind == "slow":
            await exchange.wait(fault.ms)
        done: Reply | None = None
        if not fault or fault.commit or fault.kind in {"slow", "truncated", "malformed", "short-page"}:
            done = self.do(await self.standin.prepare(call))
        if fault is None or fault.kind == "slow":
            assert done is not None  # noqa: S101 - both always do the work; the type checker cannot see it
            await exchange.reply(done)
        else:
            await self._break(exchange, fault, done)

    async def _break(self, exchange: "Exchange", fault: Fault, done: Reply | None) -> None:
        body = done.body if done else b""
        match fault.kind:
            case kind if kind in STATUSES:
                await exchange.reply(self.standin.problem(int(kind)))
            case "403":
                await exchange.reply(Reply(403, FORBIDDEN, {"Content-Type": "text/html"}))
            case "html":
                await exchange.reply(Reply(502, HTML, {"Content-Type": "text/html"}))
            case "timeout":
                await exchange.wait(fault.ms, or_gone=True)
                await exchange.cut()
            case "cut":
                await exchange.cut()
            case "truncated" if done:
                await exchange.reply(done, only=len(body) // 2)
            case "malformed" if done:
                await exchange.reply(Reply(done.status, body[: len(body) // 2], done.headers))
            case _ if done:
                await exchange.reply(_short(done))


class Exchange:
    """One request and its answer on one connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, closing: asyncio.Event, clock: Clock) -> None:
        self.scope, self.receive, self.send, self.closing, self.clock = scope, receive, send, closing, clock
        self.status = 0

    async def call(self) -> Call:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}
        chunks = []
        more = True
        while more:
            message = await self.receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        server = self.scope.get("server") or ("127.0.0.1", 80)
        return Call(
            method=self.scope["method"],
            path=self.scope.get("raw_path", b"").decode("ascii") or self.scope["path"],
            query=self.scope["query_string"].decode("ascii"),
            headers=headers,
            body=b"".join(chunks),
            base=f"http://{headers.get('host') or f'{server[0]}:{server[1]}'}",
        )

    async def reply(self, reply: Reply, only: int | None = None) -> None:
        """Sends the answer; with ``only`` no more than so many bytes of the body, then drops the connection."""
        self.status = reply.status
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        headers.append(
            (b"date", formatdate(self.clock.now(), usegmt=True).encode())
        )  # clients order their readings by it
        if reply.status != 204:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await self.send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if only is None:
            await self.send(
                {"type": "http.response.body", "body": b"" if self.scope["method"] == "HEAD" else reply.body}
            )
        else:
            await self.send({"type": "http.response.body", "body": reply.body[:only], "more_body": True})
            await asyncio.sleep(0.01)  # lets the bytes leave before the connection drops
            await self.cut()

    async def wait(self, ms: int, *, or_gone: bool = False) -> None:
        """Waits, but never longer than the server lives, nor, with ``or_gone``, than the client does."""
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(self.closing.wait())}
        if or_gone:
            waiting.add(asyncio.create_task(self._gone()))
        _, left = await asyncio.wait(waiting, timeout=ms / 1000, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def cut(self) -> None:
        """Drops the connection. ASGI has no word for that, so the server's own transport is taken."""
        transport = getattr(getattr(self.send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _short(reply: Reply) -> Reply:
    """The same collection with the second half of its longest list gone."""
    value = json.loads(reply.body or b"null")
    if isinstance(value, dict):
        lists = {key: part for key, part in value.items() if isinstance(part, list) and key != "_links"}
        if lists:
            longest = max(lists, key=lambda key: len(lists[key]))
            value[longest] = lists[longest][: len(lists[longest]) // 2]
    return Reply(reply.status, json.dumps(value).encode(), reply.headers)
