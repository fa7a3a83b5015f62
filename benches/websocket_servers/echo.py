import asyncio
import websockets

async def serve(client):
    async for message in client:
        await client.send(message)

async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
