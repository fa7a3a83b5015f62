//! What holds for every builtin: its declaration is whole, its example runs, wrong arguments
//! are refused in one wording, and the compiler's manifest says the same.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{env, fs, thread};

use sentra_vm::builtin::{Builtin, Parameter, Types, describe_counts};
use sentra_vm::builtins::{self, objects, registry};

/// Builtins that scripts can name.
fn named() -> impl Iterator<Item = &'static Builtin> {
    registry().iter().copied().filter(|builtin| !builtin.name.starts_with("__"))
}

fn is_function(builtin: &&Builtin) -> bool {
    !builtin.is_constant()
}

/// An empty folder that belongs to one test.
fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run left behind would be found by examples that list files.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the target directory can be written");
    path
}

/// Runs a program in a folder of its own; its output and what it said to standard error.
fn run(source: &str, folder: &Path) -> (String, String) {
    let file = folder.join("program.sn");
    fs::write(&file, source).expect("the folder was just made");
    let inside = folder.join("work");
    fs::create_dir_all(&inside).expect("the folder was just made");
    let output = Command::new(env!("CARGO_BIN_EXE_sentra-vm"))
        .arg("run")
        .arg(&file)
        .current_dir(inside)
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn names_are_unique() {
    let mut seen = HashSet::new();
    let twice: Vec<&str> = registry().iter().map(|builtin| builtin.name).filter(|name| !seen.insert(*name)).collect();
    assert!(twice.is_empty(), "declared twice: {twice:?}");
}

#[test]
fn members_of_modules_are_unique() {
    let mut seen = HashSet::new();
    for builtin in registry() {
        for module in builtin.modules {
            let (module, member) = builtins::member_of(module, builtin.name);
            assert!(seen.insert((module, member)), "{module}.{member} is declared twice");
        }
    }
}

#[test]
fn every_module_of_a_row_is_listed() {
    let named: BTreeSet<&str> = registry()
        .iter()
        .flat_map(|builtin| builtin.modules.iter().map(|entry| builtins::member_of(entry, builtin.name).0))
        .collect();
    assert!(named.iter().copied().eq(builtins::MODULES.iter().copied()), "{named:?}");
}

#[test]
fn declarations_are_whole() {
    let mut wrong = String::new();
    for builtin in named() {
        let name = builtin.name;
        let optional = builtin.parameters.iter().skip_while(|parameter| parameter.default.is_none());
        for (holds, what) in [
            (builtin.doc.ends_with('.') && !builtin.doc.contains(['\n', '\t']), "has no sentence as its doc"),
            (builtin.example.contains("// expect"), "has no example with an expectation"),
            (!builtin.result.is_empty(), "says nothing of its result"),
            (
                optional.clone().all(|parameter| parameter.default.is_some()),
                "has a required parameter after an optional one",
            ),
        ] {
            if !holds {
                writeln!(wrong, "{name} {what}").expect("a string takes all text");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What an example says that it writes.
fn expected(example: &str) -> String {
    let after =
        |line: &str| line.split_once("// expect:").map(|(_, text)| text.strip_prefix(' ').unwrap_or(text).to_owned());
    example.lines().filter_map(after).map(|line| line + "\n").collect()
}

#[test]
fn every_example_runs() {
    let folder = scratch("examples");
    let examples: Vec<&Builtin> = registry().iter().copied().filter(|builtin| !builtin.example.is_empty()).collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(builtin) = examples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = folder.join(builtin.name);
                    fs::create_dir_all(&folder).expect("the folder is ours");
                    let (output, errors) = run(builtin.example, &folder);
                    if output != expected(builtin.example) {
                        let failure = format!("{}:\n{}\n--- gave\n{output}{errors}", builtin.name, builtin.example);
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{} examples fail\n{}", failures.len(), failures.join("\n"));
}

/// Values of all types as a program writes them, with the types that each belongs to.
const SAMPLES: [(&str, Types, &str); 11] = [
    ("\"x\"", Types::STRING, "string"),
    ("1", Types::NUMBER.or(Types::INTEGER), "number"),
    ("[]", Types::ARRAY, "array"),
    ("{}", Types::MAP, "map"),
    ("(|| 1)", Types::FUNCTION, "function"),
    ("true", Types::BOOLEAN, "boolean"),
    ("(0..1)", Types::RANGE, "range"),
    ("sample_error", Types::ERROR, "error"),
    ("sample_task", Types::TASK, "task"),
    ("sample_channel", Types::CHANNEL, "channel"),
    ("1.5", Types::NUMBER, "a number with a fraction"),
];

const PRELUDE: &str = "let sample_task = spawn { 1 }
let sample_channel = make_channel(1)
let sample_error = nil
try { 1 / 0 } catch e { sample_error = e }
";

fn fitting(parameter: &Parameter) -> &'static str {
    SAMPLES.iter().find(|(_, types, _)| parameter.types.intersects(*types)).map_or("nil", |(text, ..)| text)
}

/// A program that makes a call and writes the fault's kind and message.
fn attempt(program: &mut String, name: &str, arguments: &[&str]) {
    let call = format!("{name}({})", arguments.join(", "));
    writeln!(program, "try {{ {call}; log(\"no fault\") }} catch e {{ log(e.kind, e.message) }}")
        .expect("a string takes all text");
}

/// Runs attempts and compares what they wrote, line by line.
fn compare(folder: &str, program: &str, expected: &[String]) {
    let (output, errors) = run(program, &scratch(folder));
    let got: Vec<&str> = output.lines().collect();
    let calls = program.lines().skip(PRELUDE.lines().count());
    let mut wrong = String::new();
    for ((call, expected), got) in calls.zip(expected).zip(got.iter().chain(std::iter::repeat(&"(nothing)"))) {
        if expected != got {
            writeln!(wrong, "{call}\n    expected {expected}\n    got      {got}").expect("a string takes all text");
        }
    }
    assert!(
        wrong.is_empty() && got.len() == expected.len(),
        "{wrong}{}",
        errors.lines().filter(|line| line.contains("rror")).collect::<String>()
    );
}

#[test]
fn wrong_types_are_refused_in_one_wording() {
    let (mut program, mut expected) = (PRELUDE.to_owned(), Vec::new());
    for builtin in named().filter(is_function) {
        let required: Vec<&str> = builtin.parameters.iter().take(builtin.required).map(fitting).collect();
        for (index, parameter) in builtin.parameters.iter().chain(&builtin.rest).enumerate() {
            let unfit = SAMPLES.iter().find(|(_, types, _)| !parameter.types.intersects(*types));
            let Some((text, types, got)) = unfit else { continue };
            let mut arguments: Vec<&str> = builtin.parameters.iter().take(index).map(fitting).collect();
            arguments.push(text);
            arguments.extend(required.iter().skip(index + 1));
            attempt(&mut program, builtin.name, &arguments);
            let fraction = parameter.types.intersects(Types::INTEGER) && types.intersects(Types::NUMBER);
            let got = if fraction { "a number with a fraction" } else { got };
            let wanted = parameter.types.describe();
            expected.push(format!(
                "type `{}` expects {wanted} as argument {} (`{}`), got {got}",
                builtin.name,
                index + 1,
                parameter.name
            ));
        }
    }
    compare("wrong-types", &program, &expected);
}

#[test]
fn wrong_counts_are_refused_in_one_wording() {
    let (mut program, mut expected) = (PRELUDE.to_owned(), Vec::new());
    for builtin in named().filter(is_function) {
        let counts = describe_counts(builtin.required, builtin.most());
        let too_few = builtin.required.checked_sub(1);
        let too_many = builtin.most().map(|most| most + 1);
        for count in too_few.into_iter().chain(too_many) {
            let arguments: Vec<&str> = builtin.parameters.iter().map(fitting).chain(["nil"]).take(count).collect();
            attempt(&mut program, builtin.name, &arguments);
            expected.push(format!("arity `{}` takes {counts}, got {count}", builtin.name));
        }
    }
    compare("wrong-counts", &program, &expected);
}

/// The manifest that the compiler knows builtins from.
fn manifest() -> String {
    let mut lines: Vec<String> = registry()
        .iter()
        .map(|builtin| {
            let modules = if builtin.modules.is_empty() { "-".to_owned() } else { builtin.modules.join(",") };
            let kind = if builtin.is_constant() { "constant" } else { "function" };
            let most = builtin.most().map_or("*".to_owned(), |most| most.to_string());
            let (name, least, signature) = (builtin.name, builtin.required, builtin.signature());
            format!("{name}\t{modules}\t{kind}\t{least}\t{most}\t{signature}\t{}\n", builtin.doc)
        })
        .collect();
    lines.sort();
    lines.concat()
}

/// The objects that the compiler's manifest tells the language server of.
fn shown_objects() -> String {
    let mut text = String::new();
    for object in objects::shown() {
        text += &format!("{}\t{}\n", object.name, object.doc);
        for method in object.methods {
            text += &format!("\t{}\t{}\n", method.signature, method.doc);
        }
    }
    text
}

#[test]
fn the_compilers_manifest_is_current() {
    for (name, current) in [("manifest.txt", manifest()), ("objects.txt", shown_objects())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sentra-compiler/src").join(name);
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &current).expect("the manifest can be written");
        }
        let known = fs::read_to_string(&path).expect("the manifest is there");
        assert!(known == current, "{name} is out of date; BLESS=1 writes it anew");
    }
}
