//! What must hold for any text that is read as a time, and for any pattern with any subject.
//! The fuzz targets run the same functions.

use sentra_vm::convert::IntoValue;
use sentra_vm::error::Error;
use sentra_vm::vm::{Options, Vm};

const CHECKS: &str = r#"
fn attempt(f, kinds) {
    try { return f() } catch e {
        assert(is_error(e) && contains(kinds, e.kind), str(e))
        return nil
    }
}

fn check_time(text) {
    for format in [nil, "rfc3339", "http", "%F %T", "%d/%b/%Y:%H:%M:%S %z", text] {
        let t = attempt(|| parse_time(text, format), ["parse", "time"])
        if t == nil { continue }
        let shown = attempt(|| format_time(t, "%FT%T%.6fZ"), ["range"])
        if shown != nil && len(shown) == 27 { assert(abs(parse_time(shown) - t) < 0.002, shown) }
        attempt(|| format_time(t, text, text), ["time", "range"])
        attempt(|| time_parts(t, text), ["time", "range"])
    }
}

fn check_regex(pattern, s) {
    let all = attempt(|| regex_find_all(pattern, s), ["regex"])
    if all == nil {
        assert(attempt(|| regex_match(pattern, s), ["regex"]) == nil)
        return
    }
    let groups = regex_captures_all(pattern, s)
    assert_equal(map(groups, |m| m[0]), all)
    assert_equal(regex_match(pattern, s), len(all) > 0)
    assert_equal(regex_find(pattern, s), first(all))
    assert_equal(regex_replace(pattern, s, "$0"), s)
    assert_equal(regex_replace(pattern, s, |m| m[0]), s)
    assert_equal(len(regex_replace(pattern, s, "")), len(s) - len(join(all)))
    assert_equal(join(regex_split(pattern, s)), regex_replace(pattern, s, ""))
    assert(regex_match("^(?:" + regex_escape(s) + ")$", s))
}
"#;

/// A VM that knows the checks.
pub fn machine() -> Vm {
    let options = Options { max_memory: Some(256 << 20), ..Options::default() };
    let mut vm = Vm::new(options).expect("a VM starts");
    vm.evaluate(CHECKS).expect("the checks are a program");
    vm
}

fn check(vm: &mut Vm, call: &str, texts: &[(&str, &[u8])]) {
    for &(name, text) in texts {
        let value = text.into_value(&mut vm.heap);
        vm.set(name, value);
    }
    match vm.evaluate(call) {
        Ok(_) => {}
        Err(Error::Fault { report, .. }) => {
            panic!("{report}\n{:?}", texts.iter().map(|text| text.1.escape_ascii().to_string()).collect::<Vec<_>>())
        }
        Err(other) => panic!("{other}"),
    }
}

/// A text is a time or a fault that says so; a time that was formatted is the same time.
pub fn time_any(vm: &mut Vm, text: &[u8]) {
    check(vm, "check_time(text)", &[("text", text)]);
}

/// A pattern is a fault, or all functions agree on what it matches.
pub fn regex_any(vm: &mut Vm, pattern: &[u8], subject: &[u8]) {
    check(vm, "check_regex(pattern, subject)", &[("pattern", pattern), ("subject", subject)]);
}
