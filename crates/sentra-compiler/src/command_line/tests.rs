//! Tests of the command line on a small program of its own.

use super::*;

static PROGRAM: Program = Program {
    name: "tool",
    version: "1.2.3",
    about: "Does things",
    default: Some("run"),
    statuses: &[("0", "it worked"), ("2", "it was called wrongly")],
    environment: &[],
    commands: &[
        Command {
            name: "run",
            about: "Run a file",
            details: "",
            operands: &[
                Operand { name: "FILE", about: "The file", count: Count::One, values: Values::Files },
                Operand { name: "ARGS", about: "Its arguments", count: Count::Any, values: Values::Free },
            ],
            flags: &[
                Flag {
                    long: "limit",
                    short: Some('l'),
                    value: Some(("SIZE", Values::Free)),
                    about: "A limit",
                    hidden: false,
                },
                Flag { long: "quiet", short: Some('q'), value: None, about: "Say nothing", hidden: false },
                Flag { long: "secret", short: None, value: None, about: "For tests", hidden: true },
            ],
            passes_on: true,
        },
        COMPLETIONS,
        MAN,
    ],
};

fn parse(line: &str) -> Result<Request, String> {
    PROGRAM.parse(line.split_whitespace().map(OsString::from))
}

fn run(line: &str) -> Parsed {
    match parse(line) {
        Ok(Request::Run(parsed)) => parsed,
        other => panic!("{line}: {other:?}"),
    }
}

fn print(line: &str) -> String {
    match parse(line) {
        Ok(Request::Print(text)) => text,
        other => panic!("{line}: {other:?}"),
    }
}

fn error(line: &str) -> String {
    parse(line).map(|_| ()).expect_err(line)
}

#[test]
fn flags_come_before_the_file_and_the_rest_is_the_scripts() {
    let parsed = run("run -l 5 --quiet file.sn --limit -h");
    assert_eq!(parsed.value("limit").map(OsString::as_os_str), Some("5".as_ref()));
    assert!(parsed.has("quiet"));
    assert_eq!(parsed.operands, ["file.sn", "--limit", "-h"]);
    assert_eq!(run("run --limit=7 -").value("limit").map(OsString::as_os_str), Some("7".as_ref()));
}

#[test]
fn a_file_in_the_place_of_a_command_is_run() {
    assert_eq!(run("./x.sn a").operands, ["./x.sn", "a"]);
    assert_eq!(run("--quiet x.sn").operands, ["x.sn"]);
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    assert!(error("rnu").contains("unknown command `rnu`; did you mean `run`?"));
    assert!(error("run").contains("`run` needs FILE: the file"));
    assert!(error("run --limt 3 x").contains("did you mean `--limit`?"));
    assert!(error("run --limit").contains("needs a value: SIZE"));
    assert!(error("run --quiet=3 x").contains("takes no value"));
    assert!(error("completions tcsh").contains("one of bash, zsh, fish, not `tcsh`"));
    assert!(error("man page").contains("does not take `page`"));
    assert!(error("").contains("Usage: tool"));
}

#[test]
fn help_and_the_rest_come_from_the_table() {
    assert!(print("--help").contains("run          Run a file"));
    assert!(print("run --help").contains("-l, --limit SIZE  A limit"));
    assert_eq!(print("-V"), "tool 1.2.3\n");
    for text in [print("run --help"), print("man"), print("completions bash"), print("completions zsh")] {
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("quiet"), "{text}");
    }
    assert!(print("completions fish").contains("-l limit -s l -r"));
    assert!(print("man").contains(".B \\-l, \\-\\-limit SIZE"));
}
