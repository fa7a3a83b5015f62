"""A server by `websockets` that sends every message back, in fragments if it is `fragmented`."""
import asyncio

from websockets.asyncio.server import serve


async def echo(socket):
    try:
        async for message in socket:
            if message == "close":
                await socket.close(4001, "as you wish")
            else:
                await socket.send(["frag", "ment", "ed"] if message == "fragmented" else message)
    except Exception:
        pass
    print("closed", socket.close_code, socket.close_reason, flush=True)


async def main():
    async with serve(echo, "127.0.0.1", 0, max_size=None, compression=None, subprotocols=["chat"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
