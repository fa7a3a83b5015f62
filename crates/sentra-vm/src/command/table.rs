//! The command line of `sentra-vm` as data.

use sentra_compiler::command_line::{COMPLETIONS, Command, Count, Flag, MAN, Operand, Program, Values};

const MAX_MEMORY: Flag = Flag {
    long: "max-memory",
    short: None,
    value: Some(("SIZE", Values::Free)),
    about: "The most that the program's values may take, as in 512K, 64M or 2G; three quarters of what there is if not given",
    hidden: false,
};

const STATS: Flag = Flag {
    long: "stats",
    short: None,
    value: Some(("FORMAT", Values::Optional)),
    about: "Print figures about collections, memory and the event loop to standard error at the end, with =json as JSON",
    hidden: false,
};

const PROFILE: Flag = flag(
    "profile",
    Some(("FILE", Values::Files)),
    "Write to FILE where processor time went, by fiber, function and line: folded stacks, or a flame graph if it ends in .svg",
);
const TRACE: Flag = flag(
    "trace",
    Some(("FILE", Values::Files)),
    "Write to FILE when fibers ran and what they waited for, as Chrome's and Perfetto's trace viewers read it",
);

/// Tests cut the program's time into the smallest slices with it.
const FUEL: Flag = Flag {
    long: "fuel",
    short: None,
    value: Some(("N", Values::Free)),
    about: "Interrupt the program at every N-th opportunity; only 1 is possible",
    hidden: true,
};

/// Tests collect garbage wherever that may happen with it.
const COLLECT_ALWAYS: Flag = Flag {
    long: "collect-always",
    short: None,
    value: Some(("AMOUNT", Values::Words(&["whole", "piece"]))),
    about: "Collect a whole cycle or the smallest piece of one wherever the collector may run",
    hidden: true,
};

/// Tests see with it what scripts cover.
const RECORD: Flag = Flag {
    hidden: true,
    ..flag("record", Some(("FILE", Values::Files)), "Write to FILE how calls of builtins ended (debug builds only)")
};

const WORKERS: Flag = flag(
    "workers",
    Some(("N", Values::Free)),
    "Run the program in N processes that share the ports it listens on; one that dies is started again",
);

/// The two by which a worker is told its number and where to ask for ports.
const WORKER: Flag = Flag { hidden: true, ..flag("worker", Some(("NUMBER", Values::Free)), "Run as a worker") };
const PORTS: Flag =
    Flag { hidden: true, ..flag("ports", Some(("SOCKET", Values::Files)), "Who knows a worker's ports") };

/// What a program is kept to. Each `--allow-…` and `--sandbox` takes away all that is not allowed.
pub(super) const LIMITS: [Flag; 11] = [
    flag("sandbox", None, "Allow the program nothing but what further flags allow"),
    allow(
        "allow-net",
        "HOSTS",
        "Allow connecting: hosts, addresses or prefixes, each with or without :PORT; all if none is named",
    ),
    allow("allow-listen", "PORTS", "Allow listening: PORT, FROM-TO or ADDRESS:PORT"),
    allow("allow-read", "PATHS", "Allow reading files and folders, with all below them"),
    allow("allow-write", "PATHS", "Allow changing files and folders, with all below them"),
    allow("allow-exec", "NAMES", "Allow starting programs"),
    allow("allow-env", "NAMES", "Allow reading and setting variables of the environment"),
    flag("allow-raw", None, "Allow capturing and sending raw packets"),
    flag("max-time", Some(("SECONDS", Values::Free)), "End the program with status 124 after so long"),
    flag("max-fibers", Some(("N", Values::Free)), "The most fibers that may live at a time"),
    flag("max-open", Some(("N", Values::Free)), "The most sockets and files that may be open at a time"),
];

const fn allow(long: &'static str, what: &'static str, about: &'static str) -> Flag {
    flag(long, Some((what, Values::Optional)), about)
}

/// A command's own flags before those that limit programs.
const fn limited<const OWN: usize, const ALL: usize>(own: [Flag; OWN]) -> [Flag; ALL] {
    assert!(OWN + LIMITS.len() == ALL, "as many as both have");
    let mut all = [LIMITS[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < OWN { own[at] } else { LIMITS[at - OWN] };
        at += 1;
    }
    all
}

const ARGS: Operand =
    Operand { name: "ARGS", about: "What `args()` gives to the program", count: Count::Any, values: Values::Files };

const RUN: Command = Command {
    name: "run",
    about: "Run a program",
    details: "FILE is bytecode or source; the content decides, but a file named .sbc has to be bytecode. `-` reads standard input.",
    operands: &[Operand { name: "FILE", about: "The program", count: Count::One, values: Values::Files }, ARGS],
    flags: &limited::<10, 21>([
        WORKERS,
        MAX_MEMORY,
        STATS,
        PROFILE,
        TRACE,
        FUEL,
        COLLECT_ALWAYS,
        RECORD,
        WORKER,
        PORTS,
    ]),
    passes_on: true,
};

const EVAL: Command = Command {
    name: "eval",
    about: "Run a program given as text and print the value of its last expression",
    details: "",
    operands: &[Operand { name: "SOURCE", about: "The program's text", count: Count::One, values: Values::Free }, ARGS],
    flags: &limited::<7, 18>([MAX_MEMORY, STATS, PROFILE, TRACE, FUEL, COLLECT_ALWAYS, RECORD]),
    passes_on: true,
};

const fn flag(long: &'static str, value: Option<(&'static str, Values)>, about: &'static str) -> Flag {
    Flag { long, short: None, value, about, hidden: false }
}

/// The two by which a test's own process is told what to run and where its verdict goes.
const ONLY: Flag = Flag { hidden: true, ..flag("only", Some(("NAME", Values::Free)), "Run one test in this process") };
const RESULT: Flag =
    Flag { hidden: true, ..flag("result", Some(("FILE", Values::Files)), "Where the verdict of `--only` goes") };

const TEST: Command = Command {
    name: "test",
    about: "Run tests",
    details: "Tests are the functions named test_* in files named *_test.sn. Each runs in a process of its own, \
              after its file's top level and the file's function setup, if there is one; teardown runs after it. \
              A test fails by an error that is not caught, in any of its fibers, by exit(), or by taking too long. \
              Fibers and servers that are left when it returns are ended.",
    operands: &[Operand {
        name: "PATHS",
        about: "Files, or folders to look for *_test.sn files in; `.` if none is given",
        count: Count::Any,
        values: Values::Files,
    }],
    flags: &[
        flag("filter", Some(("TEXT", Values::Free)), "Run only tests whose FILE::NAME contains TEXT"),
        flag("list", None, "Print the tests' names, one FILE::NAME a line, and run none"),
        flag(
            "jobs",
            Some(("N", Values::Free)),
            "How many tests run at a time; as many as there are cores if not given",
        ),
        flag("timeout", Some(("SECONDS", Values::Free)), "How long each test may take, 60 if not given"),
        flag("fail-fast", None, "Stop at the first failure"),
        flag("json", None, "Print one JSON object a line: each test as it ends, then a summary"),
        flag("junit", Some(("FILE", Values::Files)), "Write a report in JUnit's XML to FILE as well"),
        MAX_MEMORY,
        ONLY,
        RESULT,
    ],
    passes_on: false,
};

const REPL: Command = Command {
    name: "repl",
    about: "Evaluate input line by line",
    details: "Without a terminal, statements are read from standard input until its end; an error is reported \
              and the session goes on. `:help` inside tells more.",
    operands: &[],
    flags: &limited::<1, 12>([MAX_MEMORY]),
    passes_on: false,
};

const DEBUG: Command = Command {
    name: "debug",
    about: "Run a program step by step",
    details: "FILE is source, or bytecode that was not built with --strip. In a terminal, `help` lists what can be done \
              where the program stands still; Ctrl-C stops it while it runs. With --dap an editor does that: \
              it may name the program itself.",
    operands: &[Operand { name: "FILE", about: "The program", count: Count::Optional, values: Values::Files }, ARGS],
    flags: &limited::<2, 13>([
        flag("dap", None, "Speak the Debug Adapter Protocol on standard input and output"),
        MAX_MEMORY,
    ]),
    passes_on: true,
};

const HELP: Command = Command {
    name: "help",
    about: "Describe a builtin, or list all of them",
    details: "",
    operands: &[Operand {
        name: "NAME",
        about: "A builtin, or a module such as `math`",
        count: Count::Optional,
        values: Values::Free,
    }],
    flags: &[],
    passes_on: false,
};

/// The program.
pub(super) static PROGRAM: Program = Program {
    name: "sentra-vm",
    version: env!("CARGO_PKG_VERSION"),
    about: "Sentra's virtual machine: runs programs",
    commands: &[RUN, EVAL, TEST, REPL, DEBUG, HELP, COMPLETIONS, MAN],
    default: Some("run"),
    statuses: &[
        ("0", "the program ended"),
        ("1", "an error that the program did not catch, or a test that failed"),
        ("124", "the program took longer than --max-time allows"),
        ("2", "wrong usage, a program that does not compile, damaged bytecode, or no tests"),
        ("N", "the program called exit(N)"),
        ("130, 143", "SIGINT or SIGTERM ended the program"),
    ],
    environment: &[
        ("NO_COLOR", "If set, nothing is coloured"),
        ("XDG_STATE_HOME", "Where the REPL keeps its history (sentra/history); ~/.local/state if not set"),
    ],
};
