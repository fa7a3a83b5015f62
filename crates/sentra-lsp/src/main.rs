//! The command `sentra-lsp`: a language server on standard input and output.

use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "\
usage: sentra-lsp [--stdio]

Speaks the language server protocol on standard input and output; editors start it.

  --stdio        what it does anyway
  -h, --help     show this
  -V, --version  show the version
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["--stdio"] => ExitCode::from(sentra_lsp::server::serve(io::stdin(), io::stdout())),
        ["-h" | "--help"] => say(USAGE),
        ["-V" | "--version"] => say(concat!("sentra-lsp ", env!("CARGO_PKG_VERSION"), "\n")),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn say(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
