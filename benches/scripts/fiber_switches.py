# Tasks that take turns: each adds to a common total and gives way to the others.
import asyncio

total = 0


async def worker(id, turns):
    global total
    for _ in range(turns):
        total = (total * 31 + id) % 1000003
        await asyncio.sleep(0)
    return id


async def run(workers, turns):
    tasks = [asyncio.create_task(worker(id, turns)) for id in range(workers)]
    return sum(await asyncio.gather(*tasks))


async def main():
    print(await run(100, 10000), total)
    print(await run(5000, 100), total)


asyncio.run(main())
