"""Asks a server of tests/programs/http_server.sn by requests and by aiohttp."""
import asyncio
import sys

import aiohttp
import requests

base = f"http://127.0.0.1:{sys.argv[1]}"


def with_requests():
    session = requests.Session()
    assert session.get(f"{base}/").text == "GET 0"
    assert session.post(f"{base}/", data={"a": "b c"}).text == "POST 5"
    assert session.post(f"{base}/echo", data=b"\x00\xff\r\n" * 1000).content == b"\x00\xff\r\n" * 1000
    assert session.post(f"{base}/echo", data=iter([b"one", b"two"])).text == "onetwo"
    assert session.get(f"{base}/json").json() == [1, {"a": None}]
    assert session.get(f"{base}/nothing").status_code == 204
    assert session.get(f"{base}/cookies").cookies.get_dict() == {"a": "1", "b": "2"}
    assert session.get(f"{base}/cookies").status_code == 200
    request = session.get(f"{base}/request", params={"x": "ä b", "y": ["1", "2"]}).json()
    assert request["query"] == {"x": "ä b", "y": ["1", "2"]}, request
    assert request["headers"]["Cookie"] == "a=1; b=2", request
    plain = {"Accept-Encoding": "identity"}
    assert session.head(f"{base}/large?tens=1000", headers=plain).headers["Content-Length"] == "10000"
    assert len(session.get(f"{base}/large?tens=500000").content) == 5_000_000
    pieces = session.get(f"{base}/writes", stream=True).iter_content(None)
    assert b"".join(pieces) == b"".join(b"piece %d;" % i for i in range(5))
    assert session.get(f"{base}/throws").status_code == 500


async def with_aiohttp():
    connector = aiohttp.TCPConnector(limit=50)
    async with aiohttp.ClientSession(base, connector=connector) as session:
        async def one(number):
            async with session.post("/echo", data=str(number).encode() * 100) as answer:
                assert answer.status == 200
                assert await answer.read() == str(number).encode() * 100

        await asyncio.gather(*(one(number) for number in range(1000)))

        async def pieces():
            for number in range(10):
                yield b"%d" % number

        async with session.put("/echo", data=pieces()) as answer:
            assert await answer.text() == "0123456789"
        async with session.get("/events") as answer:
            assert answer.content_type == "text/event-stream"
            assert (await answer.text()).count("event: tick") == 3


with_requests()
asyncio.run(with_aiohttp())
print("done")
