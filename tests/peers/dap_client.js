// Debugs programs as an editor does, with the client that VS Code's own adapters are tested with.
// Usage: dap_client.js ADAPTER FOLDER; ADAPTER is a shell script that starts the adapter.
const assert = require('assert');
const path = require('path');
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const [adapter, folder] = process.argv.slice(2);
/** Milliseconds that a test may take. */
const PATIENCE = 40000;
const file = (name) => path.join(folder, name);

/** Starts a program with breakpoints and gives what a test needs of it. */
async function debug(name, { breakpoints = [], filters = ['uncaught'], launch = {} } = {}) {
    const client = new DebugClient('sh', adapter, 'sentra');
    // Each test has its own limit; five seconds, as it waits for events by itself, are little on a busy machine.
    client.defaultTimeout = PATIENCE;
    await client.start();
    const output = { stdout: '', stderr: '', console: '' };
    client.on('output', (event) => (output[event.body.category] += event.body.output));
    // Events may come before anyone waits for them.
    const stops = [];
    const waiting = [];
    client.on('stopped', (event) => (waiting.length ? waiting.shift()(event.body) : stops.push(event.body)));
    const stopped = () => (stops.length ? Promise.resolve(stops.shift()) : new Promise((resolve) => waiting.push(resolve)));
    const ended = new Promise((resolve) => client.on('exited', (event) => resolve(event.body.exitCode)));
    const set = {};
    const configured = client.waitForEvent('initialized').then(async () => {
        const answer = await client.setBreakpointsRequest({ source: { path: file(name) }, breakpoints });
        set.breakpoints = answer.body.breakpoints;
        await client.setExceptionBreakpointsRequest({ filters });
        await client.configurationDoneRequest();
    });
    await client.initializeRequest({ adapterID: 'sentra', linesStartAt1: true, columnsStartAt1: true });
    await Promise.all([configured, client.launchRequest({ program: file(name), ...launch })]);
    const frames = async (thread) => (await client.stackTraceRequest({ threadId: thread })).body.stackFrames;
    const scopes = async (frame) => (await client.scopesRequest({ frameId: frame })).body.scopes;
    const variables = async (reference) => (await client.variablesRequest({ variablesReference: reference })).body.variables;
    const locals = async (frame) => {
        const found = {};
        for (const scope of await scopes(frame)) {
            for (const variable of await variables(scope.variablesReference)) {
                found[variable.name] = variable.value;
            }
        }
        return found;
    };
    return { client, output, set, stopped, frames, scopes, variables, locals, ended };
}

async function refused(promise, text) {
    const error = await promise.then(() => assert.fail('it is not refused'), (error) => error);
    assert(String(error.message).includes(text), error.message);
}

const tests = {
    async 'a callback in a spawned fiber'() {
        const it = await debug('callback.sn', { breakpoints: [{ line: 10, condition: 'item == 2' }] });
        const stop = await it.stopped();
        assert.strictEqual(stop.reason, 'breakpoint');
        assert(it.set.breakpoints[0].verified);
        const threads = (await it.client.threadsRequest()).body.threads;
        assert.strictEqual(threads.length, 2);
        assert.notStrictEqual(stop.threadId, 1);
        const frames = await it.frames(stop.threadId);
        assert.deepStrictEqual(frames.map((frame) => frame.line), [10, 2, 8]);
        assert.deepStrictEqual(frames.map((frame) => frame.name).slice(0, 2), ['a lambda', 'visit']);
        const locals = await it.locals(frames[0].id);
        assert.strictEqual(locals.item, '2');
        assert.strictEqual(locals.scaled, '4');
        assert.strictEqual(locals.total, '12');
        assert.strictEqual(locals.factor, '2');
        const main = await it.frames(1);
        assert.deepStrictEqual(main.map((frame) => [frame.name, frame.line]), [['top level', 15]]);
        const [scope] = await it.scopes(frames[0].id);
        const changed = await it.client.setVariableRequest({ variablesReference: scope.variablesReference, name: 'scaled', value: 'item * 50' });
        assert.strictEqual(changed.body.value, '100');
        const value = await it.client.evaluateRequest({ expression: 'scaled + total', frameId: frames[0].id });
        assert.strictEqual(value.body.result, '112');
        const outer = await it.client.evaluateRequest({ expression: 'items', frameId: frames[1].id });
        assert.strictEqual(outer.body.result, '[1, 2, 3]');
        await it.client.continueRequest({ threadId: stop.threadId });
        assert.strictEqual(await it.ended, 0);
        assert.strictEqual(it.output.stdout, 'scaled 2\nscaled 100\nscaled 6\ntotal 118\n');
        await it.client.disconnectRequest();
    },

    async 'steps'() {
        const it = await debug('steps.sn', { launch: { stopOnEntry: true }, filters: [] });
        let stop = await it.stopped();
        assert.strictEqual(stop.reason, 'entry');
        const thread = stop.threadId;
        const at = async (request, line, name) => {
            const next = it.stopped();
            await it.client[request]({ threadId: thread });
            stop = await next;
            const [top] = await it.frames(thread);
            assert.deepStrictEqual([top.line, top.name, stop.reason], [line, name, 'step'], request);
            return top;
        };
        assert.strictEqual((await it.frames(thread))[0].line, 11);
        await at('stepInRequest', 2, 'double');
        await at('nextRequest', 3, 'double');
        await at('nextRequest', 12, 'top level');
        await at('stepInRequest', 2, 'double');
        await at('stepOutRequest', 12, 'top level');
        await at('nextRequest', 13, 'top level');
        const here = await at('nextRequest', 15, 'top level');
        const list = await it.client.evaluateRequest({ expression: 'list', frameId: here.id });
        assert.strictEqual(list.body.result, '[2, 8, {…}]');
        const parts = await it.variables(list.body.variablesReference);
        assert.deepStrictEqual(parts.map((part) => [part.name, part.value]), [['0', '2'], ['1', '8'], ['2', '{name: "x"}']]);
        await it.client.setVariableRequest({ variablesReference: parts[2].variablesReference, name: 'name', value: '"y"' });
        const name = await it.client.evaluateRequest({ expression: 'list[2].name', frameId: here.id });
        assert.strictEqual(name.body.result, '"y"');
        await it.client.evaluateRequest({ expression: 'one = 7', frameId: here.id });
        await at('nextRequest', 17, 'top level');
        await at('nextRequest', 19, 'top level');
        await it.client.continueRequest({ threadId: thread });
        assert.strictEqual(await it.ended, 1);
        assert.strictEqual(it.output.stdout, 'caught too large\n7 8 3\n');
        assert(it.output.stderr.includes('too large'), it.output.stderr);
        await it.client.disconnectRequest();
    },

    async 'hit counts and log points'() {
        const it = await debug('steps.sn', {
            breakpoints: [{ line: 21, hitCondition: '2' }, { line: 3, logMessage: 'x is {x}, {nothing}' }],
            filters: [],
        });
        const stop = await it.stopped();
        const [top] = await it.frames(stop.threadId);
        assert.strictEqual(top.line, 21);
        assert.strictEqual((await it.locals(top.id)).busy, '1');
        assert.deepStrictEqual(it.output.console.match(/x is \d/g), ['x is 1', 'x is 2', 'x is 2']);
        assert(it.output.console.includes('nothing'), it.output.console);
        await it.client.setBreakpointsRequest({ source: { path: file('steps.sn') }, breakpoints: [] });
        await it.client.continueRequest({ threadId: stop.threadId });
        assert.strictEqual(await it.ended, 1);
        await it.client.disconnectRequest();
    },

    async 'errors'() {
        const it = await debug('steps.sn', { filters: ['caught', 'uncaught'] });
        let stop = await it.stopped();
        assert.deepStrictEqual([stop.reason, stop.text], ['exception', 'too large']);
        assert.deepStrictEqual((await it.frames(stop.threadId)).map((frame) => frame.line), [7, 15]);
        let info = await it.client.exceptionInfoRequest({ threadId: stop.threadId });
        assert.strictEqual(info.body.breakMode, 'always');
        const next = it.stopped();
        await it.client.continueRequest({ threadId: stop.threadId });
        stop = await next;
        info = await it.client.exceptionInfoRequest({ threadId: stop.threadId });
        assert.strictEqual(info.body.breakMode, 'unhandled');
        const [top] = await it.frames(stop.threadId);
        assert.strictEqual(top.line, 7);
        assert.strictEqual((await it.locals(top.id)).n, '9');
        await it.client.continueRequest({ threadId: stop.threadId });
        assert.strictEqual(await it.ended, 1);
        await it.client.disconnectRequest();
    },

    async 'a busy loop is paused'() {
        const it = await debug('busy.sn');
        const pause = async () => {
            const next = it.stopped();
            await it.client.pauseRequest({ threadId: 1 });
            const stop = await next;
            assert.strictEqual(stop.reason, 'pause');
            return [stop, (await it.frames(stop.threadId))[0]];
        };
        let [stop, top] = await pause();
        // It may not have come to its loop yet.
        while (top.line < 3) {
            await it.client.continueRequest({ threadId: stop.threadId });
            [stop, top] = await pause();
        }
        assert([3, 4].includes(top.line), `line ${top.line}`);
        await it.client.evaluateRequest({ expression: 'go = false', frameId: top.id });
        await it.client.continueRequest({ threadId: stop.threadId });
        assert.strictEqual(await it.ended, 0);
        assert.strictEqual(it.output.stdout, 'left\n');
        await it.client.disconnectRequest();
    },

    async 'what makes no sense is refused'() {
        const it = await debug('callback.sn', { breakpoints: [{ line: 9 }, { line: 900 }, { line: 9, hitCondition: 'x' }] });
        const stop = await it.stopped();
        assert.deepStrictEqual(it.set.breakpoints.map((breakpoint) => breakpoint.verified), [true, false, false]);
        const [top] = await it.frames(stop.threadId);
        await refused(it.client.send('nonsense', {}), 'nonsense');
        await refused(it.client.stackTraceRequest({ threadId: 999 }), 'no thread 999');
        await refused(it.client.scopesRequest({ frameId: 999 }), 'no frame 999');
        await refused(it.client.variablesRequest({ variablesReference: 999 }), 'no reference 999');
        await refused(it.client.evaluateRequest({ expression: 'item +', frameId: top.id }), '');
        await refused(it.client.evaluateRequest({ expression: 'missing', frameId: top.id }), 'missing');
        await refused(it.client.evaluateRequest({ expression: 'sleep(1000)', frameId: top.id }), 'waits');
        await refused(it.client.evaluateRequest({ expression: 'item.nothing()', frameId: top.id }), 'nothing');
        await refused(it.client.launchRequest({ program: file('busy.sn') }), 'launch');
        await refused(it.client.exceptionInfoRequest({ threadId: stop.threadId }), 'error');
        await it.client.send('terminate', {});
        assert.strictEqual(await it.ended, 143);
        await it.client.disconnectRequest();
        const client = new DebugClient('sh', adapter, 'sentra');
        await client.start();
        await client.initializeRequest();
        await refused(client.launchRequest({ program: file('no-such.sn') }), 'no-such.sn');
        await refused(client.threadsRequest().then(() => client.continueRequest({ threadId: 1 })), 'needs a program');
        await client.disconnectRequest();
    },
};

(async () => {
    for (const [name, test] of Object.entries(tests)) {
        await Promise.race([test(), new Promise((_, fail) => setTimeout(() => fail(new Error('too slow')), PATIENCE).unref())]).catch((error) => {
            console.error(`${name}: ${error.stack}`);
            process.exit(1);
        });
        console.log(`ok ${name}`);
    }
    process.exit(0);
})();
