"""A client by `websockets`: checks that every message comes back, then closes with 3001."""
import asyncio
import sys

from websockets.asyncio.client import connect


async def main():
    async with connect(sys.argv[1], max_size=None, compression=None, subprotocols=["chat"]) as socket:
        for length in (0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20):
            for message in ("\u00b5" * (length // 2), bytes(length)):
                await socket.send(message)
                assert await socket.recv() == message, length
        await socket.send(["frag", "ment", "ed"])
        assert await socket.recv() == "fragmented"
        await asyncio.wait_for(await socket.ping(), 10)
        print(socket.subprotocol)
        await socket.close(3001, "done")
    print(socket.close_code)


asyncio.run(main())
