// The page: what is typed, run, shown and shared. Programs run in a worker (`worker.js`), which is ended to stop them.

/** So many characters of output are kept; what was before them goes. */
const MOST_SHOWN = 400_000;
/** No longer program is taken from an address. */
const MOST_SHARED = 1_000_000;

const element = id => document.getElementById(id);
const [source, output, status, run, stop, examples] =
  ['source', 'output', 'status', 'run', 'stop', 'examples'].map(element);

let module, worker, running = false, began = 0;
/** Output that has come and is not shown yet, in pieces of one stream. */
let pieces = [], drawing = 0, shown = 0;

function say(text, failed = false) {
  status.textContent = text;
  status.classList.toggle('failed', failed);
}

function setRunning(now) {
  running = now;
  run.disabled = now || !module;
  stop.disabled = !now;
  if (!now) element('input').hidden = true;
}

/** A worker that has the module ready. */
function hire() {
  worker = new Worker(new URL('worker.js', import.meta.url));
  const mine = worker;
  worker.onmessage = ({data}) => { if (mine === worker) heed(data); };
  worker.onerror = event => { if (mine === worker) finish(`The worker has failed: ${event.message}`, true); };
}

/** Ends the worker, whatever it does, and takes another. */
function replace() {
  worker.terminate();
  hire();
}

function start() {
  if (running || !module) return;
  output.replaceChildren();
  pieces = [];
  shown = 0;
  began = performance.now();
  setRunning(true);
  say('Running …');
  worker.postMessage({run: source.value, module});
}

function finish(text, failed) {
  setRunning(false);
  say(text, failed);
}

const took = () => {
  const time = performance.now() - began;
  return time < 1000 ? `${Math.round(time)} ms` : `${(time / 1000).toFixed(1)} s`;
};

function heed(message) {
  if ('text' in message) {
    pieces.push(message);
    drawing ||= requestAnimationFrame(draw);
  } else if ('asking' in message) {
    const form = element('input');
    if (form.hidden === message.asking) {
      form.hidden = !message.asking;
      if (message.asking) element('line').focus();
    }
  } else if ('ended' in message) {
    finish(message.ended === 0 ? `Finished after ${took()}.` : `Ended with status ${message.ended} after ${took()}.`,
      message.ended !== 0);
  } else if (message.rejected) {
    finish('The program does not compile.', true);
  } else if (message.failed) {
    // The module is in no state to go on; the next program gets another in another worker.
    replace();
    finish(`Ended after ${took()}: ${message.failed}`, true);
  }
}

/** Shows what has come since the last frame. */
function draw() {
  drawing = 0;
  const follows = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
  for (const {text, stream} of pieces.splice(0)) {
    const part = document.createElement('span');
    if (stream === 2) part.className = 'errors';
    part.append(...(stream === 2 ? withPlaces(text) : [text]));
    output.append(part);
    shown += text.length;
  }
  while (shown > MOST_SHOWN && output.childElementCount > 1) {
    shown -= output.firstChild.textContent.length;
    output.firstChild.remove();
  }
  if (follows) output.scrollTop = output.scrollHeight;
}

/** Text of messages, in which places of the program are buttons that lead there. */
function withPlaces(text) {
  return text.split(/(playground\.sn:\d+:\d+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const [, line, column] = part.split(':').map(Number);
    const button = document.createElement('button');
    button.textContent = part;
    button.onclick = () => goTo(line, column);
    return button;
  });
}

/** Puts the caret at a place, whose column counts bytes. */
function goTo(line, column) {
  const lines = source.value.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const head = new TextEncoder().encode(lines[line - 1] ?? '').slice(0, column - 1);
  const at = before + new TextDecoder().decode(head).length;
  source.focus();
  source.setSelectionRange(at, at);
  source.scrollTop = (line - 5) * parseFloat(getComputedStyle(source).lineHeight);
}

// A program in an address: `#code=` and its text in base64url.

const encode = text => {
  const letters = Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};

const decode = code => {
  const letters = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder('utf-8', {fatal: true}).decode(Uint8Array.from(letters, letter => letter.charCodeAt(0)));
};

async function share() {
  location.hash = `code=${encode(source.value)}`;
  try {
    await navigator.clipboard.writeText(location.href);
    say('The link is in the clipboard.');
  } catch {
    say('The link is the address of this page.');
  }
}

/** Opens the program of the address; whether there is one. Nothing runs before somebody says so. */
function open() {
  const code = location.hash.match(/^#code=(.*)$/)?.[1];
  if (code === undefined) return false;
  try {
    if (code.length > MOST_SHARED) throw new RangeError();
    const text = decode(code);
    if (text !== source.value) source.value = text;
  } catch {
    say('The address holds no program.', true);
  }
  return true;
}

/** Fills the list of examples and shows the first. */
async function offer() {
  const list = await (await fetch('examples.json')).json();
  examples.replaceChildren(...list.map(({name}, index) => new Option(name, index)));
  examples.onchange = () => {
    source.value = list[examples.value].source;
    history.replaceState(null, '', location.pathname + location.search);
  };
  if (!open()) source.value = list[0].source;
}

async function load() {
  const url = 'sentra.wasm';
  try {
    return await WebAssembly.compileStreaming(fetch(url));
  } catch {
    // A server that does not know the type of the file.
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return WebAssembly.compile(await answer.arrayBuffer());
  }
}

run.onclick = start;
stop.onclick = () => {
  if (!running) return;
  replace();
  finish(`Stopped after ${took()}.`, false);
};
element('share').onclick = share;
element('input').onsubmit = event => {
  event.preventDefault();
  const line = element('line').value;
  heed({text: `${line}\n`, stream: 1});
  worker.postMessage({line});
  element('line').value = '';
};
element('end-input').onclick = () => worker.postMessage({line: null});
addEventListener('hashchange', open);
addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    (running ? stop : run).click();
  } else if (event.key === 'Escape' && running) {
    stop.click();
  }
});
source.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  // A new line begins as far in as the one before. Tab is left to those who walk the page by it.
  const before = source.value.slice(0, source.selectionStart);
  const indent = before.slice(before.lastIndexOf('\n') + 1).match(/^[ \t]*/)[0];
  event.preventDefault();
  // No other way of inserting text can be undone.
  document.execCommand('insertText', false, `\n${indent}${/[{[(]$/.test(before) ? '    ' : ''}`);
});

hire();
setRunning(false);
Promise.all([load(), offer()]).then(([loaded]) => {
  module = loaded;
  setRunning(false);
  say('Ready. Ctrl+Enter runs the program.');
}, error => say(`Cannot be loaded: ${error.message}`, true));
