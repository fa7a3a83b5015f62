"""The same with psycopg, asynchronous, a connection a task."""
import asyncio
import sys
import time

import psycopg

url, queries, fibers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def fiber(connection):
    for n in range(queries // fibers):
        cursor = await connection.execute("SELECT id, title FROM posts WHERE id = %s", (n % 1000 + 1,), prepare=True)
        if len(await cursor.fetchall()) != 1:
            raise SystemExit("no row")


async def main():
    connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(fibers)]
    begun = time.perf_counter()
    await asyncio.gather(*[fiber(connection) for connection in connections])
    print(queries / (time.perf_counter() - begun))


asyncio.run(main())
