//! JSON as RFC 8259 has it: what is accepted, what is refused, and agreement with Python on random documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(120);

/// Texts that are JSON.
const ACCEPTED: &[&[u8]] = &[
    // White space, and any value as the whole text.
    b" \t\r\n[] \t\r\n",
    b"null",
    b"true",
    b" false",
    b"0",
    b"-0",
    b"\"\"",
    b"{}",
    b"[ ]",
    b"{ }",
    b"\n1\n",
    // Arrays.
    b"[[]]",
    b"[[],[[]]]",
    b"[1,null,\"a\",{}]",
    b"[ 1 , 2 ]",
    b"[1\n,\n2]",
    b"[\"a\"\n,4\n,1,1]",
    b"[1,null,null,null,2]",
    // Numbers.
    b"[0e1]",
    b"[0E0]",
    b"[0e+1]",
    b"[1e-2]",
    b"[1E+2]",
    b"[1.5]",
    b"[-1.5e3]",
    b"[123.456e78]",
    b"[-0.0]",
    b"[1E22]",
    b"[0.000000000000000000000000000000000000000000000000000000000000000000000001]",
    b"[9223372036854775807]",
    b"[-9223372036854775808]",
    b"[18446744073709551616]",
    b"[100000000000000000000]",
    b"[1e308]",
    b"[5e-324]",
    b"[1e-400]",
    b"[20e1]",
    b"[123e65]",
    b"[-123]",
    b"[123.456789]",
    // Objects.
    b"{\"a\":1}",
    b"{\"a\":{\"b\":[]}}",
    b"{\"\":0}",
    b"{\"a\":1,\"a\":2}",
    b"{\"a\":1,\"a\":1}",
    b"{\"a\\u0000b\":1}",
    b"{ \"a\" : 1 , \"b\" : 2 }",
    b"{\"a\":[]}",
    b"{\n\"a\":\n\"b\"\n}",
    b"{\"min\":-1.0e+28,\"max\":1.0e+28}",
    // Strings.
    b"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    b"\"\\u0041\\u00e9\\u20AC\"",
    b"\"\\ud83d\\ude00\"",
    b"\"\\uD834\\uDD1E\"",
    b"\"\\u0000\"",
    b"\"\\u001f\"",
    b"\"\x7f\"",
    b"\"\\u007f\"",
    "\"é€😀\"".as_bytes(),
    "\"\u{2028}\u{2029}\"".as_bytes(),
    "\"\u{feff}\"".as_bytes(),
    "\"\u{fffe}\u{ffff}\u{10ffff}\"".as_bytes(),
    b"\"/\"",
    b"\"'\"",
    b"\"a\\u002Fb\"",
    b"\"\\\\u0000\"",
    b"\"\\\"\"",
    b"\"// no comment\"",
    b"\"\\uFDD0\\uFFFE\"",
    "\"\u{80}\u{a0}\"".as_bytes(),
    "\"日本語\"".as_bytes(),
    b"[\"\\u005C\", \"\\u0022\"]",
    b"\"asd \"",
];

/// Texts that are not.
const REFUSED: &[&[u8]] = &[
    // Nothing, and too much.
    b"",
    b" ",
    b"\n",
    b"[] []",
    b"[]x",
    b"{}}",
    b"1 2",
    b"\"a\"b",
    b"[1]]",
    b"null,",
    b"{\"a\":1}#",
    b"{\"a\":1}//",
    b"{\"a\":1}/**/",
    b"\0",
    b"[]\0",
    b"\0[]",
    b"1\0",
    b"[\0]",
    // Not closed, wrongly closed.
    b"[",
    b"{",
    b"\"",
    b"[1",
    b"[1,",
    b"[\"a",
    b"[\"a\"",
    b"{\"a\"",
    b"{\"a\":",
    b"{\"a\":1",
    b"{\"a\":1,",
    b"[}",
    b"{]",
    b"[1}",
    b"{\"a\":1]",
    b"[[",
    b"[{}",
    b"{\"a\":[",
    b"[{",
    b"]",
    b"}",
    b"[{]",
    b"[\"\\",
    b"[\"\\\"]",
    // Commas and colons.
    b",",
    b":",
    b"[,]",
    b"[,1]",
    b"[1,]",
    b"[1,,2]",
    b"[1,,]",
    b"[1 2]",
    b"[1:2]",
    b"[\"a\",\n4\n,1,",
    b"[\"\",]",
    b"[1,\n1\n,1",
    b"[[] 1]",
    b"{,}",
    b"{\"a\":1,}",
    b"{\"a\":1,,}",
    b"{\"a\" 1}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\"::1}",
    b"{\"a\",1}",
    b"{:1}",
    b"{\"a\":}",
    b"{\"a\"}",
    b"{\"a\":1,\"b\"}",
    b"{\"a\":1:2}",
    b"{\"a\":\"b\",,\"c\":0}",
    b"{\"a\" b}",
    b"[\"a\" \"b\"]",
    // Keys that are no strings.
    b"{a:1}",
    b"{1:1}",
    b"{'a':1}",
    b"{null:1}",
    b"{[]:1}",
    b"{{}:1}",
    b"{true:false}",
    b"{9999E9999:1}",
    b"{\"a\":a}",
    b"{\"a\":1,b:2}",
    // Words.
    b"nul",
    b"nulll",
    b"tru",
    b"truth",
    b"fals",
    b"True",
    b"NULL",
    b"nil",
    b"undefined",
    b"NaN",
    b"-NaN",
    b"Infinity",
    b"-Infinity",
    b"inf",
    b"[True]",
    b"[nan]",
    b"[tru]",
    b"[fals]",
    b"[nul]",
    b"[a]",
    b"[*]",
    b"<.>",
    b"[<null>]",
    b"abc",
    b"star",
    // Numbers.
    b"01",
    b"-01",
    b"00",
    b"-",
    b"+1",
    b"++1",
    b"--1",
    b"1.",
    b".1",
    b"-.1",
    b"-1.",
    b"1.e1",
    b"1e",
    b"1e+",
    b"1e-",
    b"1E",
    b"1ea",
    b"0e",
    b"0e+",
    b"0x1",
    b"0x",
    b"1_000",
    b"1,000",
    b"1 000",
    b"1.2.3",
    b"1e1.5",
    b"1e1e1",
    b"1a",
    b"-a",
    b"2.e3",
    b"2.e-3",
    b"2.e+3",
    b"0.e1",
    b"0.3e",
    b"0.3e+",
    b"9.e+",
    b"1eE2",
    b"1.0e",
    b"1.0e-",
    b"- 1",
    b"1.a",
    b"1e 1",
    b"-2.",
    b"[-foo]",
    b"[1+2]",
    b"[0x42]",
    b"[012]",
    b"[-012]",
    b"[1.8011670033376514H-308]",
    b"[-1x]",
    b"[1ea]",
    b"[0e+-1]",
    b"[.2e-3]",
    b"[.-1]",
    b"0.1.2",
    b"[1e400]",
    "１".as_bytes(),
    "[１]".as_bytes(),
    b"[-2.]",
    b"[- 1]",
    b"[1]\x0c",
    // Strings.
    b"'a'",
    b"\"a",
    b"\"\n\"",
    b"\"\t\"",
    b"\"\x00\"",
    b"\"\x1f\"",
    b"\"a\x0bb\"",
    b"\"\\a\"",
    b"\"\\x41\"",
    b"\"\\'\"",
    b"\"\\0\"",
    b"\"\\u\"",
    b"\"\\u1\"",
    b"\"\\u123\"",
    b"\"\\u12G4\"",
    b"\"\\U0041\"",
    b"\"\\u+041\"",
    b"\"\\ 1\"",
    b"\"\\\n\"",
    b"\"\\",
    b"\"\\\"",
    b"\"\\ud800\\",
    b"\"\\ud800\\u",
    b"\"\\ud800\\u1",
    b"\"\\ud800\\u1x\"",
    b"\"\\\x00\"",
    "\"\\é\"".as_bytes(),
    "\"\\🌀\"".as_bytes(),
    b"\"\\u00A\"",
    b"\"\\uqqqq\"",
    b"\\u0020\"a\"",
    b"\"`\\u00",
    // Bytes that are no UTF-8: alone, cut off, too long, halves of pairs, beyond the last; other encodings.
    b"\"\xff\"",
    b"\"\x80\"",
    b"\"\xc3\"",
    b"\"\xe2\x82\"",
    b"\"\xf0\x9f\x98\"",
    b"\"\xc0\xaf\"",
    b"\"\xe0\x80\xaf\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xf4\x90\x80\x80\"",
    b"\xff",
    b"[\xff]",
    b"{\"\xb9\":1}",
    b"1\xe5",
    b"[1\xe5]",
    b"[a\xe5]",
    b"[1e1\xe5]",
    b"[0\xe5]",
    b"\xe5",
    b"\"\\u\xe5\"",
    b"\"\\\xe5\"",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbf{}",
    b"\xef\xbb\xbf[]",
    b"\xfe\xff\0[\0]",
    b"\xff\xfe[\0]\0",
    b"[\0\"\0a\0\"\0]\0",
    // White space of others.
    b"\x0c[]",
    b"\x0b[]",
    b"\xc2\xa0[]",
    b"[\x0c]",
    b"[\x0b1]",
    "\u{2060}[]".as_bytes(),
    "[\u{2060}]".as_bytes(),
    b"\xe2\x80\xa8[]",
];

/// What a lone half of a pair becomes is this program's choice: it must only not crash.
const CHOSEN: &[&[u8]] = &[
    b"\"\\ud800\"",
    b"\"\\udc00\"",
    b"\"\\ud800\\ud800\"",
    b"\"\\udc00\\ud800\"",
    b"\"\\ud800a\"",
    b"\"\\uD800\\u0041\"",
];

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run left would be read too.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target directory can be written");
    folder
}

fn evaluate(source: &str, folder: &Path, flags: &[&str]) -> Outcome {
    let mut command = program::sentra_vm();
    program::run(command.arg("run").args(flags).arg("-").current_dir(folder), source.as_bytes(), LIMIT)
}

/// Which of the texts are decoded.
fn verdicts(name: &str, texts: &[&[u8]]) -> Vec<bool> {
    let folder = folder(name);
    for (index, text) in texts.iter().enumerate() {
        fs::write(folder.join(format!("{index:04}")), text).expect("the folder is ours");
    }
    let outcome = evaluate(
        "for name in dir_list() { let text = file_read(name); try { json_decode(text); log(true) } catch e { log(e.kind != 'json') } }",
        &folder,
        &[],
    );
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    outcome.output().lines().map(|line| line == "true").collect()
}

fn check(name: &str, texts: &[&[u8]], wanted: bool) {
    let verdicts = verdicts(name, texts);
    assert_eq!(verdicts.len(), texts.len());
    let wrong = texts.iter().zip(verdicts).filter(|(_, verdict)| *verdict != wanted);
    let wrong: Vec<String> = wrong.map(|(text, _)| text.escape_ascii().to_string()).collect();
    assert!(wrong.is_empty(), "these ought to be {name}:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_json_is_accepted() {
    check("accepted", ACCEPTED, true);
}

#[test]
fn what_is_not_is_refused() {
    check("refused", REFUSED, false);
}

#[test]
fn every_start_of_a_text_is_refused() {
    let text = b"{\"a\": [1, -2.5e3, \"x\\n\\u00e9\", true, false, null, {}, []], \"b\": {\"c\": \"\xc3\xa9\"}}";
    let starts: Vec<&[u8]> = (0..text.len()).map(|end| &text[..end]).collect();
    check("starts", &starts, false);
}

#[test]
fn halves_of_pairs_do_no_harm() {
    assert_eq!(verdicts("chosen", CHOSEN).len(), CHOSEN.len());
}

#[test]
fn deep_texts_are_refused_without_recursion() {
    let folder = folder("deep");
    for (name, text) in [
        ("arrays", "[".repeat(100_000)),
        ("objects", "[{\"\":".repeat(50_000)),
        ("closed", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("many", "[".repeat(5_000_000)),
    ] {
        fs::write(folder.join(name), text).expect("the folder is ours");
    }
    let source = "for name in dir_list() { try { json_decode(file_read(name)) } catch e { log(e.kind) } }";
    let outcome = evaluate(source, &folder, &[]);
    assert_eq!((outcome.output().as_str(), outcome.status), ("json\njson\njson\njson\n", Some(0)));
}

#[test]
fn a_value_that_grows_without_end_is_refused() {
    let source = "let x = ['some text']\nfor i in 0..60 { x = [x, x] }\ntry { json_encode(x) } catch e { log(e.kind) }";
    let outcome = evaluate(source, &folder("grows"), &["--max-memory", "64M"]);
    assert_eq!((outcome.output().as_str(), outcome.status), ("memory\n", Some(0)), "{}", outcome.errors());
    assert!(outcome.peak_memory < 200 << 10, "{} KiB", outcome.peak_memory);
}

#[test]
fn the_limit_of_memory_holds_for_decoding() {
    let folder = folder("limit");
    fs::write(folder.join("f"), format!("[{}0]", "0,".repeat(8_000_000))).expect("the folder is ours");
    let source = "let text = file_read('f')\ntry { json_decode(text) } catch e { log(e.kind) }";
    let outcome = evaluate(source, &folder, &["--max-memory", "64M"]);
    assert_eq!((outcome.output().as_str(), outcome.status), ("memory\n", Some(0)), "{}", outcome.errors());
    assert!(outcome.peak_memory < 160 << 10, "{} KiB", outcome.peak_memory);
}

/// Python makes random documents, Sentra decodes them and writes them in two ways, Python compares.
#[test]
fn random_documents_are_what_python_takes_them_for() {
    let folder = folder("python");
    let peer = program::root().join("tests/peers/json_documents.py");
    let python = |doing: &str| {
        let run = Command::new("python3").arg(&peer).arg(doing).arg(&folder).output().expect("python3 starts");
        assert!(
            run.status.success(),
            "{}{}",
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr)
        );
    };
    python("make");
    let source = "
        let plain = []
        let indented = []
        for line in read_lines('documents') {
            let value = json_decode(line)
            let text = json_encode(value)
            assert(json_decode(text) == value, 'it comes back')
            push(plain, text)
            push(indented, json_encode(json_encode(value, 3)))
        }
        file_write('plain', plain.join('\n'))
        file_write('indented', indented.join('\n'))
        let count = 0
        for value in json_lines('documents') { count += 1 }
        assert_equal(count, len(plain))";
    let outcome = evaluate(source, &folder, &[]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    python("compare");
}
