"""Uses the pages of two examples and the playground in a headless Chromium, as people do, and takes pictures of them.

Usage: browser_pages.py chat|dashboard|playground URL PICTURE. Says what it saw."""
import asyncio
import base64
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from websockets.asyncio.client import connect

PATIENCE = 60


class Page:
    """A tab of the browser."""

    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def call(self, method, **params):
        self.number += 1
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if answer.get("id") == self.number:
                return answer["result"]

    async def run(self, code):
        result = await self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{code}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, code):
        for _ in range(PATIENCE * 20):
            value = await self.run(code)
            if value:
                return value
            await asyncio.sleep(0.05)
        raise SystemExit(f"{code} has not come to hold: {await self.run('document.body.innerText')}")

    async def shows(self, text):
        await self.until(f"document.body.innerText.includes({json.dumps(text)})")

    async def fill(self, fields, form):
        for name, value in fields.items():
            await self.run(f"document.getElementById({name!r}).value = {json.dumps(value)}")
        await self.run(f"document.getElementById({form!r}).requestSubmit()")

    async def picture(self, path):
        data = (await self.call("Page.captureScreenshot", format="png"))["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


async def chat(open_page, picture):
    ann, bob = await open_page(), await open_page()
    for page in (ann, bob):
        await page.shows("connected to worker")
    await ann.fill({"name": "ann", "room": "tea"}, "join")
    await ann.shows("ann has come to tea")
    await ann.fill({"text": "first <b>words</b>"}, "say")
    await ann.shows("ann: first <b>words</b>")
    await bob.fill({"name": "ann", "room": "tea"}, "join")
    await bob.shows("there is a ann already")
    await bob.fill({"name": "bob", "room": "tea"}, "join")
    # What was said before is there for those who come later.
    await bob.shows("ann: first <b>words</b>")
    await ann.shows("bob has come to tea")
    await bob.run("document.getElementById('text').dispatchEvent(new Event('input'))")
    await ann.shows("bob is typing")
    await bob.fill({"text": "hello, ann"}, "say")
    await ann.shows("bob: hello, ann")
    await ann.fill({"text": "@bob psst"}, "say")
    await bob.shows("ann to bob: psst")
    await bob.picture(picture)
    await bob.fill({"room": "coffee"}, "join")
    await ann.shows("bob has left tea")
    await ann.fill({"text": "alone"}, "say")
    await ann.shows("ann: alone")
    assert "alone" not in await bob.run("document.body.innerText")
    print("chatted")


async def dashboard(open_page, picture):
    page = await open_page()
    await page.until("/^[0-9.]+$/.test(document.getElementById('load').textContent)")
    await page.until("/^[0-9]+ of [0-9]+ MiB$/.test(document.getElementById('memory').textContent)")
    await page.until("document.getElementById('line').getAttribute('points').split(' ').length > 20")
    other = await open_page()
    await page.until("document.getElementById('pages').textContent === '2'")
    await other.run("window.close()")
    await page.picture(picture)
    print("changes")


async def playground(open_page, picture):
    page = await open_page()
    await page.shows("Ready.")

    async def run(program, status):
        await page.run(f"document.getElementById('source').value = {json.dumps(program)}")
        await page.run("dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true}))")
        await page.until(f"document.getElementById('status').textContent.startsWith({json.dumps(status)})")
        # What has come is shown with the next picture.
        await page.run("new Promise(requestAnimationFrame)")
        return await page.run("document.getElementById('output').textContent")

    def expect(found, *parts):
        for part in parts:
            if part not in found:
                raise SystemExit(f"{part!r} is not in {found!r}")

    # Every example of the list runs; the last ends with an error.
    count = await page.run("document.querySelectorAll('#examples option').length")
    for number in range(count):
        await page.run(f"""examples.value = {number}; examples.dispatchEvent(new Event('change'));
            document.getElementById('run').click()""")
        await page.until("document.getElementById('stop').disabled || !document.getElementById('input').hidden")
        if await page.run("!document.getElementById('input').hidden"):
            await page.run("document.getElementById('end-input').click()")
            await page.until("document.getElementById('stop').disabled")
        failed = await page.run("document.getElementById('status').className")
        if (failed == "failed") != (number == count - 1):
            raise SystemExit(f"example {number}: {await page.run('document.body.innerText')}")
    await page.until("document.getElementById('output').textContent.includes('is no whole number')")
    await page.picture(picture)

    expect(await run("log(\"hello\", 6 * 7)", "Finished"), "hello 42")
    expect(await run("let x = 1\nlog(cout)", "The program does not compile"), "unknown name `cout`", "playground.sn:2:5")
    await page.run("document.querySelector('#output button').click()")
    await page.until("document.getElementById('source').selectionStart === 14")
    expect(await run("fn half(x) => x / nil\nhalf(1)", "Ended with status 1"), "playground.sn:1:15", "at half")
    expect(await run("socket_create(\"TCP\", \"localhost\", 1)", "The program does not compile"),
           "`socket_create` needs an operating system", "playground.sn:1:1")
    expect(await run("import net\nlog(net.resolve(\"a\"))", "The program does not compile"), "needs an operating system")

    # A loop without end is stopped, and the page goes on.
    await run("log(\"begun\")\nwhile true { }", "Running")
    await page.shows("begun")
    await page.run("document.getElementById('stop').click()")
    await page.shows("Stopped after")
    expect(await run("log(\"again\")", "Finished"), "again")

    # Time, memory, output and depth have their bounds.
    sleeps = "let t = monotonic_ms()\nlet n = 0\nspawn { loop { n += 1; sleep(1) } }\nsleep(50)\nlog(monotonic_ms() - t >= 49, n > 1)\nexit(3)"
    expect(await run(sleeps, "Ended with status 3"), "true true")
    expect(await run("let s = \"x\"\nloop { s = s + s }", "Ended with status 1"), "memory")
    expect(await run("let xs = []\nloop { push(xs, {a: [1, 2, 3]}) }", "Ended with status 1"), "memory")
    await run("let s = \"x\".repeat(100000)\nloop { log(s) }", "Ended after")
    await page.shows("more than 16 MiB of output")
    expect(await run("let c = make_channel()\nlog(<-c)", "Ended with status 1"), "deadlock")
    expect(await run("fn f(n) => n == 0 ? 0 : 1 + f(n - 1)\nlog(f(100000))", "Finished"), "100000")
    expect(await run("log(" + "(" * 1900 + "1" + ")" * 1900 + ")", "Finished"), "1")
    await run("log(" + "[" * 1900 + "]" * 1900 + ")\nlog(\"end\")", "")
    await page.until("document.getElementById('stop').disabled")
    expect(await run("log(\"alive\")", "Finished"), "alive")

    # Input.
    await run("log(f\"hello {input(\"name? \")}, {input()}\")", "Running")
    await page.until("!document.getElementById('input').hidden")
    await page.fill({"line": "ann <b>"}, "input")
    await page.run("document.getElementById('end-input').click()")
    await page.shows("hello ann <b>, nil")

    # A link opens the program, and runs nothing.
    await page.run("document.getElementById('source').value = 'log(\"sh\u00e4red\")'; document.getElementById('share').click()")
    await page.until("location.hash.startsWith('#code=')")
    other = await open_page(await page.run("location.href"))
    await other.shows("Ready.")
    await other.until("document.getElementById('source').value === 'log(\"sh\u00e4red\")'")
    expect(await other.run("'[' + document.getElementById('output').textContent + ']'"), "[]")
    await other.run("document.getElementById('run').click()")
    await other.shows("sh\u00e4red")

    # On a phone, in the dark.
    await other.call("Emulation.setDeviceMetricsOverride", width=360, height=720, deviceScaleFactor=1, mobile=True)
    await other.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    await other.until("innerWidth === 360 && document.scrollingElement.scrollWidth <= 360")
    await other.picture(picture.replace(".png", "-phone.png"))
    print("played")


async def main(what, url, picture, folder):
    browser = next(name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
               "--window-size=900,760", f"--user-data-dir={folder}"]
    process = subprocess.Popen([browser, *options, "about:blank"], stderr=subprocess.PIPE, text=True)
    try:
        line = next(line for line in process.stderr if "DevTools listening on" in line)
        base = line.split("ws://")[1].split("/")[0]

        async def open_page(address=url):
            address = urllib.parse.quote(address, safe=":/")
            request = urllib.request.Request(f"http://{base}/json/new?{address}", method="PUT")
            target = json.load(urllib.request.urlopen(request))
            page = Page(await connect(target["webSocketDebuggerUrl"], max_size=None, compression=None))
            # A new page is an empty one at first.
            await page.until("location.protocol === 'http:' && document.readyState === 'complete'")
            return page

        await globals()[what](open_page, picture)
    finally:
        process.kill()
        process.wait()


folder = tempfile.mkdtemp()
try:
    asyncio.run(main(*sys.argv[1:], folder))
finally:
    shutil.rmtree(folder, ignore_errors=True)
