// Reads programs with the TextMate grammar, as VS Code does.
// Arguments: the grammar, a file with the keywords, a folder of programs.
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { loadWASM, OnigScanner, OnigString } = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const [grammarPath, words, folder] = process.argv.slice(2);

async function load() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(grammarPath, "utf8"), grammarPath),
  });
  return registry.loadGrammar("source.sentra");
}

async function main() {
  const grammar = await load();
  // The scopes of the nth occurrence of a word in a text.
  function scopes(text, word, nth = 1) {
    let state = INITIAL;
    for (const line of text.split("\n")) {
      const read = grammar.tokenizeLine(line, state);
      for (const { startIndex, endIndex, scopes } of read.tokens) {
        if (line.slice(startIndex, endIndex).trim() === word && --nth === 0) return scopes.join(" ");
      }
      state = read.ruleStack;
    }
    throw new Error(`${word} is no token of ${text}`);
  }
  const keyword = /keyword|storage|constant\.language/;
  const known = fs.readFileSync(words, "utf8").split("\n");
  for (const word of known) {
    assert.match(scopes(`x ${word} y`, word), keyword, word);
    assert.doesNotMatch(scopes(`m.${word} y`, word), keyword, `m.${word}`);
    assert.doesNotMatch(scopes(`${word}s = 1`, `${word}s`), keyword, `${word}s`);
  }
  assert.match(scopes("use std::net::http", "use"), keyword);
  assert.match(scopes("select {", "select"), keyword);
  assert.match(scopes('import { a as b } from "c"', "from"), keyword);
  assert.match(scopes('import { a as b } from "c"', "as"), keyword);
  assert.match(scopes("go f()", "go"), keyword);
  assert.doesNotMatch(scopes("let go = 1", "go"), keyword);
  assert.match(scopes("/* a /* b */ c */ d", "c"), /comment/);
  assert.doesNotMatch(scopes("/* a /* b */ c */ d", "d"), /comment/);
  assert.match(scopes('f"a {b.c:>4} d"', "b"), /embedded/);
  assert.match(scopes('f"a {b["c"]} d"', "d"), /string/);
  assert.match(scopes('f"a {b} d"', "d"), /string/);
  assert.match(scopes("fn twice(n) { }", "twice"), /entity.name.function/);
  let programs = 0;
  for (const name of fs.readdirSync(folder).filter((name) => name.endsWith(".sn"))) {
    let state = INITIAL;
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    for (const line of text.split("\n")) state = grammar.tokenizeLine(line, state).ruleStack;
    assert.equal(state.depth, 1, `${name} ends within something`);
    programs += 1;
  }
  assert(programs > 20);
  console.log(`the grammar knows ${known.length} keywords and reads ${programs} programs`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
