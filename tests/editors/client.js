// A client made of VS Code's own libraries goes through every request of the server.
// Arguments: the server, a folder to work in.
const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-languageserver-protocol/node");

const [server, folder] = process.argv.slice(2);
const child = spawn(server, ["--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = rpc.createProtocolConnection(
  new rpc.StreamMessageReader(child.stdout),
  new rpc.StreamMessageWriter(child.stdin),
);
const uriOf = (name) => pathToFileURL(path.join(folder, name)).href;

const reports = new Map();
const waiting = [];
connection.onNotification(rpc.PublishDiagnosticsNotification.type, (report) => {
  reports.set(report.uri, report);
  waiting.splice(0).forEach((wake) => wake());
});
// The messages about a version of a document, as soon as they are there.
async function messages(uri, version) {
  while (reports.get(uri)?.version !== version) await new Promise((wake) => waiting.push(wake));
  return reports.get(uri).diagnostics;
}

const LIBRARY = `// Reads what a service says of itself.
export fn banner(host, port = 22) {
    return socket_create("TCP", host, port)
}
`;

const PROGRAM = `import "library" as tools
import {banner as read} from "library"
import math
// Twice as much.
// Of everything.
fn twice(amount, times = 2) {
    let result = amount * times
    return result
}
let host = {name: "gateway", ports: [22, 80]}
log(twice(21, 2), host.name, math.sqrt(16), "𝄞", twice(1))
let {name, ports} = host
for port in ports { log(name, port) }
let server = http::Server::new("127.0.0.1:0")
log(tools.banner("a"), read("b"), server)
`;

const uri = uriOf("program.sn");
let version = 0;
let text = "";
function open(source) {
  version += 1;
  text = source;
  const textDocument = { uri, languageId: "sentra", version, text };
  return connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, { textDocument });
}
// Changes the whole text, as one change of the range that differs.
async function write(source) {
  let start = 0;
  while (start < text.length && text[start] === source[start]) start += 1;
  const range = { start: at(start), end: at(text.length) };
  version += 1;
  text = source;
  await connection.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ range, text: source.slice(start) }],
  });
}
function at(offset) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before[before.length - 1].length };
}
// The position of a word's nth occurrence, `inside` characters into it.
function of(word, nth = 1, inside = 1) {
  let offset = -1;
  for (let found = 0; found < nth; found += 1) offset = text.indexOf(word, offset + 1);
  assert(offset >= 0, `${word} is not there`);
  return { textDocument: { uri }, position: at(offset + inside) };
}
const ask = (type, params) => connection.sendRequest(type.type ?? type, params);
const slice = (range) => {
  const lines = text.split("\n");
  assert.equal(range.start.line, range.end.line);
  return lines[range.start.line].slice(range.start.character, range.end.character);
};
async function refused(request, pattern) {
  await assert.rejects(request, (error) => {
    assert.match(error.message, pattern);
    return true;
  });
}
function applied(edit) {
  const change = edit.documentChanges.find((change) => change.textDocument.uri === uri);
  let result = text;
  const offset = ({ line, character }) =>
    text.split("\n").slice(0, line).reduce((sum, other) => sum + other.length + 1, 0) + character;
  const edits = [...change.edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  for (const { range, newText } of edits) {
    result = result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end));
  }
  return result;
}

async function begin() {
  await refused(ask(rpc.HoverRequest, { textDocument: { uri }, position: at(0) }), /initialize/);
  const begun = await ask(rpc.InitializeRequest, {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { workspaceEdit: { documentChanges: true } } },
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "programs" }],
    initializationOptions: { explanations: "command:sentra.explain?{code}" },
  });
  assert.equal(begun.serverInfo.name, "sentra-lsp");
  assert.equal(begun.capabilities.positionEncoding, "utf-16");
  await connection.sendNotification(rpc.InitializedNotification.type, {});
  return begun.capabilities.semanticTokensProvider.legend;
}

async function diagnostics() {
  await open("fn twice(n) { return n * 2 }\nlog(twise(1))\n");
  const [unknown] = await messages(uri, version);
  assert.equal(unknown.code, "E0201");
  assert.equal(unknown.severity, 1);
  assert.equal(slice(unknown.range), "twise");
  assert.equal(unknown.codeDescription.href, "command:sentra.explain?E0201");
  assert.match(unknown.message, /did you mean `twice`/);
  const wanted = { textDocument: { uri }, range: unknown.range, context: { diagnostics: [unknown] } };
  const [fix] = await ask(rpc.CodeActionRequest, wanted);
  assert.equal(fix.edit.changes[uri][0].newText, "twice");

  await write("fn twice(n) { return n * 2 }\nlog(twice(1, 2))\nlet unused = 1\n");
  const found = await messages(uri, version);
  assert.deepEqual(found.map((one) => one.code), ["W0301", "W0401"]);
  assert.equal(found[0].relatedInformation[0].message, "`twice` is declared here");
  assert.deepEqual(found[1].tags, [1]);
  const [allow] = await ask(rpc.CodeActionRequest, { ...wanted, range: found[1].range });
  assert.equal(allow.edit.changes[uri][0].newText, "// lint: allow(unused-name)\n");

  fs.writeFileSync(path.join(folder, "broken.sn"), "export let x = nowhere\n");
  await write('import { x } from "broken"\nlog(x)\n');
  const [elsewhere] = await messages(uri, version);
  assert.equal(slice(elsewhere.range), '"broken"');
  assert.equal(elsewhere.relatedInformation[0].location.uri, uriOf("broken.sn"));
  await write(PROGRAM);
  assert.deepEqual(await messages(uri, version), []);
}

async function completion() {
  const labels = async (params) => (await ask(rpc.CompletionRequest, params)).items;
  const has = (items, ...names) => {
    for (const name of names) assert(items.some((item) => item.label === name), `${name} is not proposed`);
  };
  let items = await labels(of("return", 1, 0));
  has(items, "result", "amount", "twice", "host", "log", "math", "while");
  const log = await ask(rpc.CompletionResolveRequest, items.find((item) => item.label === "log"));
  assert.match(log.documentation.value, /standard output/);
  const twice = await ask(rpc.CompletionResolveRequest, items.find((item) => item.label === "twice"));
  assert.match(twice.documentation.value, /fn twice\(amount, times = 2\)[^]*Twice as much\.\nOf everything\./);

  items = await labels(of("math.sqrt", 1, 5));
  has(items, "sqrt", "floor");
  assert(!items.some((item) => item.label === "socket_create"));
  has(await labels(of("host.name", 1, 5)), "name", "ports");
  has(await labels(of("tools.banner", 1, 6)), "banner");
  has(await labels(of("http::Server", 1, 6)), "Server", "get", "serve");
  assert.deepEqual(await labels(of("Twice as", 1, 3)), []);

  // Lines that are being written, and what is around them.
  const cases = [
    ["server.", ["get", "listen"]],
    ["import ", ["math", "http"]],
    ["use std::", ["net", "http"]],
    ['import "', ["library.sn"]],
    ["fn inner(first) { if first.kind { let second = 1\n sec", ["second"]],
    ["fn inner(first) { if first.kind { let second = 1\n ", ["second", "first", "host", "while"]],
    ["let f = |request, reply| { reply.st", ["status"]],
    ["log(host.", ["name", "ports"]],
    ["import { } from math", []],
  ];
  for (const [line, wanted] of cases) {
    await write(`${PROGRAM}${line}`);
    const items = await labels({ textDocument: { uri }, position: at(text.length) });
    has(items, ...wanted);
  }
  await write(`${PROGRAM}import { } from math`);
  has(await labels(of("import { }", 1, 9)), "sqrt");
  await write(PROGRAM);
}

async function descriptions() {
  const hover = async (...place) => (await ask(rpc.HoverRequest, of(...place)))?.contents.value ?? "";
  assert.match(await hover("log("), /^```sentra\nlog\(/);
  assert.match(await hover("twice(21"), /fn twice\(amount, times = 2\)[^]*Twice as much/);
  assert.match(await hover("tools.banner", 1, 8), /Reads what a service says of itself/);
  assert.match(await hover("read(", 1), /fn banner\(host, port = 22\)/);
  assert.match(await hover("math.sqrt", 1, 6), /sqrt\(/);
  assert.match(await hover("Server::new", 1, 9), /A web server bound to an address/);
  assert.equal(await hover("= amount", 1, 0), "");

  const help = await ask(rpc.SignatureHelpRequest, of("21, 2", 1, 4));
  assert.equal(help.signatures[0].label, "twice(amount, times = 2)");
  assert.equal(help.signatures[0].activeParameter, 1);
  await write(`${PROGRAM}socket_create("TCP", host.name, `);
  const open = await ask(rpc.SignatureHelpRequest, { textDocument: { uri }, position: at(text.length) });
  const [from, to] = open.signatures[0].parameters[open.signatures[0].activeParameter].label;
  assert.match(open.signatures[0].label.slice(from, to), /^port: /);
  assert.match(open.signatures[0].documentation.value, /Connects a socket/);
  await write(`${PROGRAM}http_get("http://localhost/", {timeout: 1, `);
  const options = await ask(rpc.SignatureHelpRequest, { textDocument: { uri }, position: at(text.length) });
  assert.equal(options.signatures[0].activeParameter, 1);
  await write(PROGRAM);

  const range = { start: at(0), end: at(text.length) };
  const hints = await ask(rpc.InlayHintRequest, { textDocument: { uri }, range });
  assert.deepEqual(hints.map((hint) => hint.label), ["amount:", "times:"]);
}

async function navigation() {
  const definition = await ask(rpc.DefinitionRequest, of("twice(21"));
  assert.equal(slice(definition.range), "twice");
  assert.equal(definition.range.start.line, 5);
  const other = await ask(rpc.DefinitionRequest, of("tools.banner", 1, 8));
  assert.equal(other.uri, uriOf("library.sn"));
  assert.equal(other.range.start.line, 1);
  assert.equal((await ask(rpc.DefinitionRequest, of('"library"', 1, 3))).uri, uriOf("library.sn"));
  assert.equal(await ask(rpc.DefinitionRequest, of("log(")), null);

  const context = { includeDeclaration: true };
  const references = await ask(rpc.ReferencesRequest, { ...of("twice(21"), context });
  assert.deepEqual(references.map(({ range }) => range.start.line), [5, 10, 10]);
  // Behind a character of two UTF-16 units the column is still right.
  assert.equal(slice(references[2].range), "twice");
  const exported = await ask(rpc.ReferencesRequest, { ...of("tools.banner", 1, 8), context });
  assert.deepEqual(new Set(exported.map((one) => one.uri)), new Set([uri, uriOf("library.sn")]));
  const marks = await ask(rpc.DocumentHighlightRequest, of("result", 1));
  assert.equal(marks.length, 2);
}

async function rename() {
  const prepared = await ask(rpc.PrepareRenameRequest, of("twice(21"));
  assert.equal(prepared.placeholder, "twice");
  await refused(ask(rpc.PrepareRenameRequest, of("log(")), /builtin/);
  await refused(ask(rpc.PrepareRenameRequest, of("return")), /keyword/);
  await refused(ask(rpc.PrepareRenameRequest, of("host.name", 1, 6)), /field/);
  const to = (place, newName) => ask(rpc.RenameRequest, { ...place, newName });
  assert.equal(applied(await to(of("twice(21"), "double")), PROGRAM.replaceAll("twice", "double"));
  // A name out of a map keeps the field.
  const named = applied(await to(of("{name, ports}", 1, 2), "title"));
  assert.match(named, /let \{name: title, ports\} = host\nfor port in ports \{ log\(title, port\) \}/);
  await refused(to(of("twice(21"), "while"), /keyword/);
  await refused(to(of("twice(21"), "a b"), /no name/);
  await refused(to(of("port in"), "name"), /mistaken/);
  await refused(to(of("twice(21"), "log"), /mistaken for the builtin/);
  const edit = await to(of("tools.banner", 1, 8), "greeting");
  assert.equal(edit.documentChanges.length, 2);
  assert.match(applied(edit), /import \{greeting as read\}[^]*tools\.greeting\("a"\), read\("b"\)/);
}

async function wholes(legend) {
  const symbols = await ask(rpc.DocumentSymbolRequest, { textDocument: { uri } });
  assert(symbols.some((symbol) => symbol.name === "twice" && symbol.detail === "(amount, times = 2)"));
  assert(symbols.some((symbol) => symbol.name === "host"));
  const everywhere = await ask(rpc.WorkspaceSymbolRequest, { query: "bnr" });
  assert.deepEqual(everywhere.map((symbol) => symbol.name), ["banner"]);

  const { data } = await ask(rpc.SemanticTokensRequest, { textDocument: { uri } });
  let [line, character] = [0, 0];
  const seen = new Map();
  for (let index = 0; index < data.length; index += 5) {
    const [lines, columns, length, type, modifiers] = data.slice(index, index + 5);
    character = lines === 0 ? character + columns : columns;
    line += lines;
    const word = slice({ start: { line, character }, end: { line, character: character + length } });
    const kinds = legend.tokenModifiers.filter((_, bit) => modifiers & (1 << bit));
    seen.set(word, [legend.tokenTypes[type], ...kinds].join(" "));
  }
  assert.equal(seen.get("log"), "function defaultLibrary");
  assert.equal(seen.get("amount"), "parameter");
  assert.equal(seen.get("tools"), "namespace");
  assert.equal(seen.get("from"), "keyword");
  assert.equal(seen.get('"𝄞"'), "string");
  assert.equal(seen.get("21"), "number");
  const range = { start: { line: 5, character: 0 }, end: { line: 6, character: 0 } };
  const part = await ask(rpc.SemanticTokensRangeRequest, { textDocument: { uri }, range });
  assert(part.data.length > 0 && part.data.length < data.length);

  const folds = await ask(rpc.FoldingRangeRequest, { textDocument: { uri } });
  assert(folds.some((fold) => fold.startLine === 5 && fold.endLine === 7));
  assert(folds.some((fold) => fold.kind === "comment" && fold.startLine === 3));

  const options = { tabSize: 4, insertSpaces: true };
  assert.deepEqual(await ask(rpc.DocumentFormattingRequest, { textDocument: { uri }, options }), []);
  await write(PROGRAM.replace("let result = amount * times", "  let result=amount*times"));
  const [edit] = await ask(rpc.DocumentFormattingRequest, { textDocument: { uri }, options });
  assert.equal(edit.newText, "    let result = amount * times\n");
  await write("fn (\n");
  assert.equal(await ask(rpc.DocumentFormattingRequest, { textDocument: { uri }, options }), null);
  await write("let a = 1\nfn outer(x) {\n    fn inner(y) { return y }\n    return inner(x.\n");
  const names = (await ask(rpc.DocumentSymbolRequest, { textDocument: { uri } })).map((symbol) => symbol.name);
  assert.deepEqual(names, ["a", "outer"]);
}

async function order() {
  // Versions that come late are left aside.
  await write("let a = 1\n");
  const late = { textDocument: { uri, version: version - 1 }, contentChanges: [{ text: "let b = 1\n" }] };
  await connection.sendNotification(rpc.DidChangeTextDocumentNotification.type, late);
  const symbols = await ask(rpc.DocumentSymbolRequest, { textDocument: { uri } });
  assert.deepEqual(symbols.map((symbol) => symbol.name), ["a"]);
  // Whether a cancelled request is answered or not, it ends, and the next is answered.
  const source = new rpc.CancellationTokenSource();
  const cancelled = connection.sendRequest(rpc.HoverRequest.type, of("a", 1, 0), source.token).catch((error) => error);
  source.cancel();
  const outcome = await cancelled;
  assert(outcome?.code === undefined || outcome.code === rpc.LSPErrorCodes.RequestCancelled);
  await refused(ask("textDocument/nothing", {}), /no method/);
  await refused(ask(rpc.HoverRequest, { textDocument: { uri: "file:///nowhere" }, position: at(0) }), /not open/);
  await refused(ask("textDocument/hover", { textDocument: 1 }), /invalid type/);
  await connection.sendNotification(rpc.DidCloseTextDocumentNotification.type, { textDocument: { uri } });
}

async function main() {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "library.sn"), LIBRARY);
  connection.listen();
  const legend = await begin();
  await diagnostics();
  await completion();
  await descriptions();
  await navigation();
  await rename();
  await wholes(legend);
  await order();
  await ask(rpc.ShutdownRequest);
  const ended = new Promise((end) => child.on("exit", end));
  await connection.sendNotification(rpc.ExitNotification.type);
  assert.equal(await ended, 0);
  console.log("every request was answered");
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    child.kill();
    process.exit(1);
  },
);
