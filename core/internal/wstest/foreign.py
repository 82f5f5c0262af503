"""A WebSocket peer in Python: one that others have written.

    foreign.py client tornado|websockets COMPRESSION URL...
    foreign.py server tornado|websockets COMPRESSION CONNECTIONS

Both sides send what MESSAGES has, want it echoed, ping, and close with 4001 and
"enough". COMPRESSION is none, contexts (which both sides keep), anew (neither does;
not with tornado, which has no such choice) or window (of 9 bits, likewise). A client
connects to one URL after the other. A server prints its own, and serves so many
connections. Whoever fails says why and ends with 1.
"""
import asyncio
import sys

side, library, compression, *rest = sys.argv[1:]
try:
    if library == "tornado":
        import tornado.web
        import tornado.websocket
    else:
        import websockets
        from websockets.extensions import permessage_deflate
except ImportError as problem:
    print(problem)
    sys.exit(3)

MESSAGES = ["", "a", b"", b"\x00\xff", "κόσμε €", "x" * 125, "x" * 126, "again " * 11000, bytes(range(256)) * 300, "a", "a"]
LIMIT = 1 << 20


def check(what, got, want):
    if got != want:
        print(f"{what}: got {got!r:.200}; want {want!r:.200}")
        sys.exit(1)


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, 20)


async def with_tornado():
    options = {"none": None, "contexts": {}}[compression]
    if side == "client":
        for url in rest:
            c = await soon(tornado.websocket.websocket_connect(url, compression_options=options, subprotocols=["x", "chat"]))
            check(f"subprotocol of {url}", c.selected_subprotocol, "chat")
            pong = asyncio.Future()
            c.on_pong = pong.set_result
            await tornado_talks(c, c.read_message, pong)
            c.close(4001, "enough")
            check(f"the end of {url}", await soon(c.read_message()), None)
            check(f"close code of {url}", c.close_code, 4001)
        return
    over = asyncio.Queue()

    class Handler(tornado.websocket.WebSocketHandler):
        def get_compression_options(self):
            return options

        def select_subprotocol(self, offered):
            return offered[-1] if offered else None

        async def open(self):
            self.messages, self.pong = asyncio.Queue(), asyncio.Future()
            self.task = asyncio.ensure_future(self.talk())

        def on_message(self, message):
            self.messages.put_nowait(message)

        def on_pong(self, data):
            self.pong.set_result(data)

        async def talk(self):
            await tornado_talks(self, self.messages.get, self.pong)
            self.close(4001, "enough")

        def on_close(self):
            check("close code", self.close_code, 4001)
            over.put_nowait(self)

    server = tornado.web.Application([("/", Handler)], websocket_max_message_size=LIMIT).listen(0, "127.0.0.1")
    tell_port(list(server._sockets.values())[0])
    for _ in range(int(rest[0])):
        await soon(over.get())


async def tornado_talks(connection, read, pong):
    for message in MESSAGES:
        await connection.write_message(message, binary=isinstance(message, bytes))
        check("echo", await soon(read()), message)
    connection.ping(b"there?")
    check("pong", await soon(pong), b"there?")


async def with_websockets():
    window = {"none": None, "contexts": (False, False), "anew": (True, True), "window": (False, False, 9, 9)}[compression]
    if side == "client":
        extensions = window and [permessage_deflate.ClientPerMessageDeflateFactory(*window)]
        for url in rest:
            print("with", url)
            async with websockets.connect(url, extensions=extensions, compression=None, max_size=LIMIT, subprotocols=["x", "chat"]) as c:
                await websockets_talks(c)
        return
    over = asyncio.Queue()

    async def talk(c, path=None):
        await websockets_talks(c)
        over.put_nowait(c)

    extensions = window and [permessage_deflate.ServerPerMessageDeflateFactory(*window)]
    async with websockets.serve(talk, "127.0.0.1", 0, extensions=extensions, compression=None, max_size=LIMIT, subprotocols=["chat"]) as server:
        tell_port(server.sockets[0])
        for _ in range(int(rest[0])):
            await soon(over.get())


async def websockets_talks(c):
    check("subprotocol", c.subprotocol, "chat")
    for message in MESSAGES:
        await c.send(message)
        check("echo", await soon(c.recv()), message)
    await c.send(["in ", "frag", "ments"])
    check("echo of fragments", await soon(c.recv()), "in fragments")
    await soon(await c.ping(b"there?"))
    await soon(c.close(4001, "enough"))
    check("close code", c.close_code, 4001)


def tell_port(socket):
    print("ws://%s:%d/" % socket.getsockname(), flush=True)


asyncio.run({"tornado": with_tornado, "websockets": with_websockets}[library]())
