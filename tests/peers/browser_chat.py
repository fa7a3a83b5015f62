"""Two pages of a headless Chromium chat through a server: a name each, one leaves and comes back.

Usage: browser_chat.py URL_OF_SERVER. Prints what each page has received."""
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from websockets.asyncio.client import connect

PAGE = """
window.got = [];
window.open_socket = url => new Promise(done => {
  window.socket = new WebSocket(url);
  socket.onmessage = event => got.push(event.data);
  socket.onclose = event => got.push("closed " + event.code);
  socket.onopen = () => done("open");
});
"""


class Page:
    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def run(self, code):
        self.number += 1
        call = {"expression": code, "awaitPromise": True, "returnByValue": True}
        await self.socket.send(json.dumps({"id": self.number, "method": "Runtime.evaluate", "params": call}))
        while True:
            answer = json.loads(await asyncio.wait_for(self.socket.recv(), 30))
            if answer.get("id") == self.number:
                return answer["result"]["result"].get("value")

    async def until(self, text):
        for _ in range(600):
            got = await self.run("got")
            if text in got:
                return
            await asyncio.sleep(0.05)
        raise SystemExit(f"{text!r} has not come: {got}")


async def main(url, folder):
    browser = next(name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = subprocess.Popen([browser, *options, "about:blank"], stderr=subprocess.PIPE, text=True)
    try:
        line = next(line for line in process.stderr if "DevTools listening on" in line)
        base = line.split("ws://")[1].split("/")[0]
        pages = []
        for _ in range(2):
            request = urllib.request.Request(f"http://{base}/json/new?about:blank", method="PUT")
            target = json.load(urllib.request.urlopen(request))
            page = Page(await connect(target["webSocketDebuggerUrl"], max_size=None, compression=None))
            await page.run(PAGE)
            pages.append(page)
        ann, bob = pages
        await ann.run(f"open_socket({url!r})")
        await ann.until("Enter your username:")
        await ann.run("socket.send('ann')")
        await ann.until("ann joined the chat")
        for _ in range(2):
            await bob.run(f"got.length = 0; open_socket({url!r})")
            await bob.until("Enter your username:")
            await bob.run("socket.send('bob')")
            await bob.until("bob joined the chat")
            await ann.until("bob joined the chat")
            await ann.run("got.length = 0; socket.send('hello, bob')")
            await bob.until("[ann]: hello, bob")
            await bob.run("socket.send('hello, ann')")
            await ann.until("[bob]: hello, ann")
            await bob.run("socket.close(1000)")
            await bob.until("closed 1000")
        await ann.run("socket.send('alone')")
        await ann.until("[ann]: alone")
        print("chatted")
    finally:
        process.kill()
        process.wait()


folder = tempfile.mkdtemp()
try:
    asyncio.run(main(sys.argv[1], folder))
finally:
    shutil.rmtree(folder, ignore_errors=True)
