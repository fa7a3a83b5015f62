//! The command line of `sentrac` as data.

use sentra_compiler::command_line::{COMPLETIONS, Command, Count, Flag, MAN, Operand, Program, Values};

const FILE: Operand = Operand {
    name: "FILE",
    about: "The program's source; `-` is standard input",
    count: Count::One,
    values: Values::Files,
};

const BUILD: Command = Command {
    name: "build",
    about: "Compile a program and all that it imports into one file",
    details: "",
    operands: &[FILE],
    flags: &[
        Flag {
            long: "output",
            short: Some('o'),
            value: Some(("OUT", Values::Files)),
            about: "Where to write the bytecode; FILE with the ending .sbc if not given, `-` is standard output",
            hidden: false,
        },
        Flag {
            long: "strip",
            short: None,
            value: None,
            about: "Leave out line numbers: traces will not name lines",
            hidden: false,
        },
    ],
    passes_on: false,
};

const CHECK: Command = Command {
    name: "check",
    about: "Report the mistakes in programs",
    details: "Without a FILE, standard input is checked.",
    operands: &[Operand {
        name: "FILE",
        about: "A program's source; `-` is standard input",
        count: Count::Any,
        values: Values::Files,
    }],
    flags: &[Flag {
        long: "json",
        short: None,
        value: None,
        about: "Print one JSON object per message to standard output",
        hidden: false,
    }],
    passes_on: false,
};

const LIST: Command = Command {
    name: "list",
    about: "Show a program's bytecode with its source lines",
    details: "FILE is source or bytecode; the content decides.",
    operands: &[FILE],
    flags: &[],
    passes_on: false,
};

const EXPLAIN: Command = Command {
    name: "explain",
    about: "Explain a message's code, or list all codes",
    details: "",
    operands: &[Operand { name: "CODE", about: "A code such as E0201", count: Count::Optional, values: Values::Free }],
    flags: &[],
    passes_on: false,
};

/// The program.
pub(super) static PROGRAM: Program = Program {
    name: "sentrac",
    version: env!("CARGO_PKG_VERSION"),
    about: "Sentra's compiler: source to bytecode",
    commands: &[BUILD, CHECK, LIST, EXPLAIN, COMPLETIONS, MAN],
    default: None,
    statuses: &[("0", "the program is well"), ("2", "it is not, or the usage was wrong")],
    environment: &[("NO_COLOR", "If set, nothing is coloured")],
};
