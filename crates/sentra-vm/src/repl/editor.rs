//! The prompt on a terminal: rustyline with the language's own ideas of completeness, colour and
//! completion. It runs on the reading thread and sees the session only through its `Link`.

use std::borrow::Cow;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use sentra_compiler::diagnostic::Code;
use sentra_compiler::layout::pending::is_pending;
use sentra_compiler::lex::lex;

use super::candidates::Query;
use super::input::{Inquirer, Link, spawn};
use super::screen::Screen;
use super::{directive, history, paint};

const PROMPT: &str = "> ";
/// Inputs kept between starts.
const HISTORY: usize = 10_000;

/// Prompts on a thread until the input ends.
pub(super) fn start(link: Link, screen: Screen, colour: bool) {
    spawn(move || {
        if let Err(error) = prompt(&link, &screen, colour) {
            eprintln!("error: the terminal cannot be used: {error}");
        }
        screen.end_prompt();
        link.end();
    });
}

fn prompt(link: &Link, screen: &Screen, colour: bool) -> rustyline::Result<()> {
    let config = Config::builder().max_history_size(HISTORY)?.history_ignore_dups(true)?;
    let config = config.completion_type(CompletionType::List).build();
    let mut editor: Editor<Prompt, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Prompt { inquirer: link.inquirer(), files: FilenameCompleter::new(), colour }));
    if let Ok(printer) = editor.create_external_printer() {
        screen.print_through(printer);
    }
    let history = history::path();
    // There is none before the first session.
    history.iter().for_each(|path| drop(editor.load_history(path)));
    loop {
        screen.begin_prompt();
        let line = editor.readline(PROMPT);
        screen.end_prompt();
        match line {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                editor.add_history_entry(line.as_str())?;
                // At once, so that a session that is killed loses nothing; without a place for it, so be it.
                history.iter().for_each(|path| drop(editor.append_history(path)));
                if !link.submit(line) {
                    return Ok(());
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// What rustyline asks about the line being typed.
struct Prompt {
    inquirer: Inquirer,
    files: FilenameCompleter,
    colour: bool,
}

impl Helper for Prompt {}

impl Hinter for Prompt {
    type Hint = String;
}

impl Validator for Prompt {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let pending = !input.trim_start().starts_with(':') && is_pending(input.as_bytes());
        Ok(if pending { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Highlighter for Prompt {
    fn highlight<'l>(&self, line: &'l str, _position: usize) -> Cow<'l, str> {
        if self.colour && !line.starts_with(':') { paint::paint(line).into() } else { line.into() }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        if self.colour { format!("\x1b[1;34m{prompt}\x1b[0m").into() } else { prompt.into() }
    }

    fn highlight_char(&self, _line: &str, _position: usize, _kind: CmdKind) -> bool {
        self.colour
    }
}

impl Completer for Prompt {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let text = &line[..position];
        if in_string(text) || text.starts_with(":load ") {
            return self.files.complete_path(line, position);
        }
        if text.starts_with(':') && !text.contains(' ') {
            return Ok((0, pairs(directive::words().map(str::to_string), text)));
        }
        let Some((start, query)) = Query::read(text) else { return Ok((position, Vec::new())) };
        let query = if text.starts_with(":help ") && query == Query::Names { Query::Topics } else { query };
        Ok((start, pairs(self.inquirer.ask(query).into_iter(), &text[start..])))
    }
}

fn pairs(candidates: impl Iterator<Item = String>, start: &str) -> Vec<Pair> {
    let fitting = candidates.filter(|candidate| candidate.starts_with(start));
    fitting.map(|candidate| Pair { display: candidate.clone(), replacement: candidate }).collect()
}

/// Whether the text ends within quotes.
fn in_string(text: &str) -> bool {
    lex(text.as_bytes()).1.iter().any(|diagnostic| diagnostic.code == Code::UnterminatedString)
}
