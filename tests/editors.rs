//! The editors: a client made of VS Code's libraries goes through every request of the language server, the
//! grammars read what the compiler reads, and the extension can be packaged.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program;
use sentra_compiler::token::{KEYWORDS, WORDS_IN_PLACE};

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn peer(name: &str) -> PathBuf {
    program::root().join("tests/editors").join(name)
}

/// Runs a script of `tests/editors` with the libraries that VS Code itself is made of.
fn node(script: &str, arguments: &[&Path]) -> String {
    let packages = ["vscode-languageserver-protocol@3.17.5", "vscode-textmate@9.3.2", "vscode-oniguruma@2.0.1"];
    let mut command = sentra::node::with("editors", scratch(), &packages);
    command.arg(peer(script)).args(arguments);
    succeed(&mut command)
}

fn succeed(command: &mut Command) -> String {
    let outcome = program::run(command, b"", Duration::from_secs(120));
    assert_eq!(outcome.status, Some(0), "{command:?}: {}{}", outcome.output(), outcome.errors());
    outcome.output()
}

#[test]
fn a_client_goes_through_every_request() {
    let server = program::directory().join("sentra-lsp");
    let folder = scratch().join(format!("editors-{}", std::process::id()));
    let said = node("client.js", &[&server, &folder]);
    assert_eq!(said, "every request was answered\n");
    std::fs::remove_dir_all(&folder).expect("the client made it");
}

#[test]
fn the_server_says_what_it_is() {
    let said = succeed(program::sentra_lsp().arg("--version"));
    assert_eq!(said, format!("sentra-lsp {}\n", env!("CARGO_PKG_VERSION")));
    let refused = program::run(program::sentra_lsp().arg("--port"), b"", Duration::from_secs(60));
    assert_eq!(refused.status, Some(2));
    assert!(refused.errors().contains("usage: sentra-lsp"));
}

/// Each keyword is coloured as one, and nothing that is no keyword; every example is read without an end that is
/// taken for the middle of a string.
#[test]
fn the_textmate_grammar_knows_the_keywords() {
    let words = scratch().join(format!("keywords-{}", std::process::id()));
    std::fs::write(&words, KEYWORDS.join("\n")).expect("the folder can be written");
    let grammar = program::root().join("editors/vscode/syntaxes/sentra.tmLanguage.json");
    let said = node("textmate.js", &[&grammar, &words, &program::root().join("examples")]);
    std::fs::remove_file(&words).expect("it was just made");
    assert!(said.starts_with("the grammar knows"), "{said}");
}

/// The words of the tree-sitter grammar that are names behind dots are those of the lexer.
#[test]
fn the_tree_sitter_grammar_knows_the_keywords() {
    let grammar = program::root().join("editors/tree-sitter-sentra/grammar.js");
    let grammar = std::fs::read_to_string(grammar).expect("the grammar is there");
    let (_, list) = grammar.split_once("_word: ($) =>").expect("the grammar has a list of words");
    let (list, _) = list.split_once("line_comment").expect("comments follow the list");
    let mut known: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let mut wanted: Vec<&str> = KEYWORDS.iter().chain(WORDS_IN_PLACE).copied().collect();
    known.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(known, wanted);
    let highlights = program::root().join("editors/tree-sitter-sentra/queries/highlights.scm");
    let highlights = std::fs::read_to_string(highlights).expect("the queries are there");
    for word in wanted {
        assert!(highlights.contains(&format!("\"{word}\"")), "`{word}` has no colour");
    }
}

/// The parser is compiled as editors do it, and reads the grammar's corpus and whole programs.
#[test]
fn the_tree_sitter_grammar_reads_programs() {
    let grammar = program::root().join("editors/tree-sitter-sentra");
    let library = scratch().join(format!("sentra-{}.so", std::process::id()));
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I"]).arg(grammar.join("src"));
    compiler.args([grammar.join("src/parser.c"), grammar.join("src/scanner.c")]).arg("-o").arg(&library);
    succeed(&mut compiler);
    let mut python = sentra::python::with("tree-sitter", scratch(), &["tree-sitter==0.25.2"]);
    python.arg(peer("grammar.py")).args([&grammar, &library]).arg(program::root().join("examples"));
    let samples = program::root().join("crates/sentra-compiler/tests/data");
    python.args(["chapter", "tutorial", "language"].map(|folder| samples.join(folder)));
    let said = succeed(&mut python);
    std::fs::remove_file(&library).expect("the compiler made it");
    assert!(said.starts_with("the grammar reads"), "{said}");
}

/// `vsce` takes the extension, with the client's library in it.
#[test]
fn the_extension_can_be_packaged() {
    let source = program::root().join("editors/vscode");
    let folder = scratch().join(format!("vscode-{}", std::process::id()));
    succeed(Command::new("cp").arg("-r").arg(&source).arg(&folder));
    let install = ["install", "--silent", "--no-package-lock", "--omit=dev"];
    succeed(Command::new("npm").args(install).current_dir(&folder));
    let mut node = sentra::node::with("vsce", scratch(), &["@vscode/vsce@3.9.2"]);
    let vsce = scratch().join("node-vsce/node_modules/@vscode/vsce/vsce");
    let package = ["package", "--allow-missing-repository", "--out", "sentra.vsix"];
    succeed(node.arg(vsce).args(package).current_dir(&folder));
    let listing = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep='\\n')";
    let files = succeed(Command::new("python3").args(["-c", listing]).arg(folder.join("sentra.vsix")));
    std::fs::remove_dir_all(&folder).expect("the folder was just made");
    for wanted in ["extension.js", "syntaxes/sentra.tmLanguage.json", "node_modules/vscode-languageclient/node.js"] {
        assert!(files.contains(&format!("extension/{wanted}\n")), "{wanted} is missing:\n{files}");
    }
}
