"""Chats at all workers of a server: shared_chat.py URL WORKERS. What is said to one reaches the clients of all, once."""
import asyncio
import json
import sys

from websockets.asyncio.client import connect

PATIENCE = 60


class Client:
    def __init__(self, socket):
        self.socket, self.seen = socket, []

    async def read(self):
        message = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
        self.seen.append(message)
        return message

    async def until(self, **wanted):
        while True:
            message = await self.read()
            if all(message.get(name) == value for name, value in wanted.items()):
                return message

    async def say(self, **message):
        await self.socket.send(json.dumps(message))


async def one_at_each(url, workers):
    """Clients until each worker has one."""
    found = {}
    for _ in range(1000):
        client = Client(await connect(url))
        worker = (await client.until(type="welcome"))["worker"]
        if worker in found:
            await client.socket.close()
        found.setdefault(worker, client)
        if len(found) == workers:
            return [found[worker] for worker in sorted(found)]
    raise SystemExit(f"only the workers {sorted(found)} answer")


async def main(url, workers):
    clients = await one_at_each(url, workers)
    for number, client in enumerate(clients):
        await client.say(type="join", name=f"user {number}", room="tea")
        # Whoever is there already hears of it, whatever worker that is at.
        for other in clients[:number + 1]:
            await other.until(type="user_joined", user=f"user {number}")
    said = []
    for number, client in enumerate(clients):
        await client.say(type="message", text=f"from {number}")
        for other in clients:
            await other.until(type="message", text=f"from {number}", user=f"user {number}")
        said.append(f"from {number}")
    for client in clients:
        assert [m["text"] for m in client.seen if m["type"] == "message"] == said, client.seen
    first, last = clients[0], clients[-1]
    await first.say(type="private", to=f"user {len(clients) - 1}", text="psst")
    assert (await last.until(type="private"))["from"] == "user 0"
    await first.until(type="private")
    # Typing is told to the others only, and nobody has the private message but those two.
    await last.say(type="typing")
    for other in clients[:-1]:
        await other.until(type="typing", user=f"user {len(clients) - 1}")
    await first.say(type="message", text="after")
    for client in clients:
        await client.until(type="message", text="after")
    for client in clients[1:-1]:
        assert not [m for m in client.seen if m["type"] == "private"], client.seen
    assert not [m for m in last.seen if m["type"] == "typing"], last.seen
    # A name is taken at every worker, until its client has gone.
    late = Client(await connect(url))
    await late.say(type="join", name="user 0", room="tea")
    await late.until(type="error", text="there is a user 0 already")
    await first.socket.close()
    for other in clients[1:]:
        await other.until(type="user_left", user="user 0")
    await late.say(type="join", name="user 0", room="tea")
    history = await late.until(type="history")
    assert [m["text"] for m in history["messages"]] == said + ["after"], history
    await late.say(type="message", text="elsewhere")
    await last.until(type="message", text="elsewhere")
    # Wrong words do no harm.
    for wrong in ["{", "[]", "7", "null", '{"type": "no such"}', '{"type": ["join"]}', '{"type": "message", "text": {}}',
                  json.dumps({"type": "message", "text": "x" * 3000}), json.dumps({"type": "join", "name": " ", "room": "a"})]:
        await late.socket.send(wrong)
    await late.say(type="message", text="still here")
    await last.until(type="message", text="still here")
    print("heard everywhere")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
