"""Gets a page so many times, so many at once, and says how many bytes came: client.py URL COUNT AT_ONCE"""

import sys

url, left, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
total = 0


def one_by_one():
    import requests

    global left, total
    with requests.Session() as session:
        while left > 0:
            left -= 1
            response = session.get(url)
            response.raise_for_status()
            total += len(response.content)


async def many():
    import asyncio

    import aiohttp

    async def get():
        global left, total
        while left > 0:
            left -= 1
            async with session.get(url) as response:
                response.raise_for_status()
                total += len(await response.read())

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(get() for _ in range(at_once)))


if at_once == 1:
    one_by_one()
else:
    import asyncio

    asyncio.run(many())
print(total)
