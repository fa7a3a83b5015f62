//! The command line of `sentrac` as data.

use sentra_compiler::command_line::{COMPLETIONS, Command, Count, Flag, MAN, Operand, Program, Values};

const FILE: Operand = Operand {
    name: "FILE",
    about: "The program's source; `-` is standard input",
    count: Count::One,
    values: Values::Files,
};

const JSON: Flag = Flag {
    long: "json",
    short: None,
    value: None,
    about: "Print one JSON object per message to standard output",
    hidden: false,
};

/// How the packages of a program may be had.
const LOCKED: Flag = Flag {
    long: "locked",
    short: None,
    value: None,
    about: "Refuse packages that are not exactly those of sentra.lock, which is left as it is",
    hidden: false,
};

const OFFLINE: Flag = Flag {
    long: "offline",
    short: None,
    value: None,
    about: "Fetch nothing: packages from repositories have to be there already",
    hidden: false,
};

const BUILD: Command = Command {
    name: "build",
    about: "Compile a program and all that it imports into one file",
    details: "Without a FILE, it is the main module of the package that the current folder belongs to.",
    operands: &[Operand { count: Count::Optional, ..FILE }],
    flags: &[
        LOCKED,
        OFFLINE,
        Flag {
            long: "output",
            short: Some('o'),
            value: Some(("OUT", Values::Files)),
            about: "Where to write the bytecode; FILE with the ending .sbc if not given, `-` is standard output",
            hidden: false,
        },
        STRIP,
    ],
    passes_on: false,
};

const STRIP: Flag = Flag {
    long: "strip",
    short: None,
    value: None,
    about: "Leave out lines and names: traces will not name lines, and a debugger shows no variables",
    hidden: false,
};

const BUNDLE: Command = Command {
    name: "bundle",
    about: "Make one executable of a program and the virtual machine",
    details: "All arguments of the executable are the program's. Flags of `sentra-vm run` that it always runs with, such \
              as --sandbox or --max-memory, follow `--` and are written --name=value.",
    operands: &[
        FILE,
        Operand {
            name: "FLAGS",
            about: "What the program is run with; they follow `--`",
            count: Count::Any,
            values: Values::Free,
        },
    ],
    flags: &[
        Flag {
            long: "output",
            short: Some('o'),
            value: Some(("OUT", Values::Files)),
            about: "Where to write the executable; FILE without its ending if not given",
            hidden: false,
        },
        Flag {
            long: "vm",
            short: None,
            value: Some(("MACHINE", Values::Files)),
            about: "The virtual machine; the `sentra-vm` beside this compiler, or on the path, if not given",
            hidden: false,
        },
        STRIP,
        LOCKED,
        OFFLINE,
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
    flags: &[JSON, LOCKED, OFFLINE],
    passes_on: false,
};

const FMT: Command = Command {
    name: "fmt",
    about: "Write programs in the one style",
    details: "Files are replaced, in folders all that end in .sn; standard input is written to standard output. \
              A file with mistakes is reported and left as it is.",
    operands: &[Operand {
        name: "PATH",
        about: "A program or a folder of programs; `-`, or none, is standard input",
        count: Count::Any,
        values: Values::Files,
    }],
    flags: &[Flag {
        long: "check",
        short: None,
        value: None,
        about: "Change nothing: print the names of the files that would change, with status 1 if there are any",
        hidden: false,
    }],
    passes_on: false,
};

const LINT: Command = Command {
    name: "lint",
    about: "Report what compiles and is probably not meant",
    details: "A comment `// lint: allow(RULE)` switches a rule off for its line or the one below it, \
              `// lint: allow-file(RULE)` for the file; RULE is a name or a code.",
    operands: &[Operand {
        name: "PATH",
        about: "A program or a folder of programs; `-`, or none, is standard input",
        count: Count::Any,
        values: Values::Files,
    }],
    flags: &[JSON, LOCKED, OFFLINE],
    passes_on: false,
};

const NEW: Command = Command {
    name: "new",
    about: "Make a folder with a program to begin from, and its tests",
    details: "A FOLDER that is there already has to be empty. The template test is a program with a module; scanner \
              finds what has changed on a host; service keeps data that it serves in JSON.",
    operands: &[Operand {
        name: "FOLDER",
        about: "The folder, which is made",
        count: Count::One,
        values: Values::Files,
    }],
    flags: &[Flag {
        long: "template",
        short: Some('t'),
        value: Some(("TEMPLATE", Values::Words(super::create::NAMES))),
        about: "What to begin from: test (the usual one), scanner or service",
        hidden: false,
    }],
    passes_on: false,
};

const LIST: Command = Command {
    name: "list",
    about: "Show a program's bytecode with its source lines",
    details: "FILE is source or bytecode; the content decides.",
    operands: &[FILE],
    flags: &[LOCKED, OFFLINE],
    passes_on: false,
};

/// A flag with a value.
const fn valued(long: &'static str, name: &'static str, values: Values, about: &'static str) -> Flag {
    Flag { long, short: None, value: Some((name, values)), about, hidden: false }
}

const NAME: Operand =
    Operand { name: "NAME", about: "The name that programs import it by", count: Count::One, values: Values::Free };

const ADD: Command = Command {
    name: "add",
    about: "Add a package to those that this one depends on",
    details: "It is written to sentra.toml of the package that the current folder belongs to, fetched, and noted in \
              sentra.lock. Of --tag, --rev and --branch one may be given; without, the repository says which branch.",
    operands: &[NAME],
    flags: &[
        valued("path", "DIR", Values::Files, "The package is in this folder"),
        valued("git", "URL", Values::Free, "The package is in this Git repository"),
        valued("tag", "TAG", Values::Free, "The commit that a tag names"),
        valued("rev", "COMMIT", Values::Free, "The commit"),
        valued("branch", "BRANCH", Values::Free, "The newest commit of a branch"),
        valued("subdir", "DIR", Values::Free, "The package's folder in the repository"),
        OFFLINE,
    ],
    passes_on: false,
};

const REMOVE: Command = Command {
    name: "remove",
    about: "Remove a package from those that this one depends on",
    details: "",
    operands: &[NAME],
    flags: &[OFFLINE],
    passes_on: false,
};

const UPDATE: Command = Command {
    name: "update",
    about: "Take what branches and tags of repositories stand for now",
    details: "sentra.lock is written with the new commits and hashes, and what has changed is printed.",
    operands: &[Operand {
        name: "NAME",
        about: "A package of sentra.lock; all, if none is given",
        count: Count::Any,
        values: Values::Free,
    }],
    flags: &[],
    passes_on: false,
};

const FETCH: Command = Command {
    name: "fetch",
    about: "Get the packages that are needed, and bring sentra.lock up to date",
    details: "What sentra.lock has keeps its commit. The files of each package are taken anew from its repository.",
    operands: &[],
    flags: &[LOCKED, OFFLINE],
    passes_on: false,
};

const TREE: Command = Command {
    name: "tree",
    about: "Show which package depends on which",
    details: "",
    operands: &[],
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
    commands: &[
        NEW,
        BUILD,
        BUNDLE,
        CHECK,
        FMT,
        LINT,
        ADD,
        REMOVE,
        UPDATE,
        FETCH,
        TREE,
        LIST,
        EXPLAIN,
        COMPLETIONS,
        MAN,
    ],
    default: None,
    statuses: &[
        ("0", "the program is well"),
        ("1", "`fmt --check` found files that it would change, or `lint` something to say"),
        ("2", "it is not, or the usage was wrong"),
    ],
    environment: &[
        ("NO_COLOR", "If set, nothing is coloured"),
        ("SENTRA_CACHE", "Where packages from repositories are kept; else sentra in XDG_CACHE_HOME or ~/.cache"),
    ],
};
