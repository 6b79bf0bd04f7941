"""pycrdt-websocket as it comes, under uvicorn. argv: port."""

import sys

import uvicorn
from pycrdt.websocket import ASGIServer, WebsocketServer

server = WebsocketServer()
rooms = ASGIServer(server)


async def app(scope, receive, send):
    """Serve rooms while the server's task group is open."""
    if scope["type"] != "lifespan":
        await rooms(scope, receive, send)
        return
    await receive()
    async with server:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


uvicorn.run(
    app,
    host="127.0.0.1",
    port=int(sys.argv[1]),
    log_level="warning",
    loop="uvloop",
    ws="websockets-sansio",
    ws_per_message_deflate=False,
)
