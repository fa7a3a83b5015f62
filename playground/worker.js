// Runs one program in the wasm module, apart from the page: a loop without end holds up nothing but this worker, which
// the page ends then. A module that has ended, or panicked, is not used again: each run has its own.

/** What `advance` gives for a program that waits for input only, and for one that has ended with status 0. */
const ASKS = -1, ENDED = -2;
/** The longest that a program runs before messages are looked at, in milliseconds. */
const SLICE = 50;
/** The longest time that a timer of the browser takes. */
const LONGEST = 2 ** 31 - 1;
/** So many bytes of output end a program: the page could not take them as fast as they come. */
const MOST_OUTPUT = 16 * 2 ** 20;
const MOST_MEMORY = 256 * 2 ** 20;

/** The module's functions and memory, while a program runs. */
let sentra;
let written = 0;
let panic = '';
const decoders = {1: new TextDecoder(), 2: new TextDecoder()};
// A timer of zero would wait a few milliseconds after some turns; a message does not.
const soon = new MessageChannel();
soon.port1.onmessage = () => turn();

const bytes = (at, length) => new Uint8Array(sentra.memory.buffer, at, length);

/** What the module asks of its page. */
const page = {
  write(stream, at, length) {
    written += length;
    if (written > MOST_OUTPUT) throw new Error(`more than ${MOST_OUTPUT / 2 ** 20} MiB of output`);
    postMessage({text: decoders[stream].decode(bytes(at, length), {stream: true}), stream});
  },
  monotonic: () => performance.now(),
  of_day: () => performance.timeOrigin + performance.now(),
  random(at, length) {
    // No more than 65536 bytes are given at a time.
    for (let done = 0; done < length; done += 65536) {
      crypto.getRandomValues(bytes(at + done, Math.min(65536, length - done)));
    }
  },
  panicked(at, length) { panic = new TextDecoder().decode(bytes(at, length)); },
};

/** Puts text into the module's memory. */
function put(text) {
  const encoded = new TextEncoder().encode(text);
  const at = sentra.allocate(encoded.length);
  bytes(at, encoded.length).set(encoded);
  return [at, encoded.length];
}

function end(message) {
  sentra = undefined;
  for (const stream of [1, 2]) {
    const text = decoders[stream].decode();
    if (text) postMessage({text, stream});
  }
  postMessage(message);
}

/** Calls the module; what it throws ends the program. */
function guarded(call) {
  try {
    call();
  } catch (error) {
    const deep = error instanceof RangeError;
    end({failed: panic || (deep ? 'the program nests too deeply for this browser' : error.message)});
  }
}

function turn() {
  if (!sentra) return;
  guarded(() => {
    const wait = sentra.advance(SLICE);
    if (wait <= ENDED) return end({ended: ENDED - wait});
    postMessage({asking: Boolean(sentra.is_asking())});
    if (wait === 0) soon.port2.postMessage(null);
    else if (wait !== ASKS) setTimeout(turn, Math.min(Math.ceil(wait), LONGEST));
  });
}

onmessage = ({data}) => {
  if (data.run !== undefined) {
    WebAssembly.instantiate(data.module, {page}).then(instance => {
      sentra = instance.exports;
      guarded(() => {
        sentra.prepare();
        if (sentra.begin(...put(data.run), MOST_MEMORY)) turn();
        else end({rejected: true});
      });
    }, error => end({failed: error.message}));
  } else if (sentra && 'line' in data) {
    guarded(() => data.line === null ? sentra.end_input() : sentra.answer(...put(data.line)));
    turn();
  }
};
