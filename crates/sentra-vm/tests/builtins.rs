//! Builtins at their edges: limits, what errors say, hostile input. Ordinary use is in the
//! declarations' examples and in the scripts of the workspace.

use sentra_vm::output::Output;
use sentra_vm::vm::{Options, Vm};

/// Runs a program; what it wrote.
fn run(source: &str) -> String {
    run_within(source, Options::default())
}

fn run_within(source: &str, options: Options) -> String {
    let mut vm = Vm::new(options).expect("the system grants an event loop");
    let (output, captured) = Output::capture();
    vm.output = output;
    if let Err(error) = vm.evaluate(source) {
        vm.output.write_error(format!("uncaught: {error}").as_bytes());
    }
    vm.output.flush();
    String::from_utf8_lossy(&captured.take()).into_owned()
}

/// Runs expressions, each of which has to give a text or throw an error of that text.
fn check(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        let program =
            format!("try {{ log({expression}) }} catch e {{ log(type(e) == \"error\" ? e.kind + \": \" + e : e) }}");
        assert_eq!(run(&program).trim_end(), *expected, "{expression}");
    }
}

#[test]
fn json_errors_name_line_and_column() {
    check(&[
        (r#"json_decode("[1,\n  2 3]")"#, "json: invalid JSON at line 2, column 5: `3`, expected `,` or `]`"),
        (
            r#"json_decode("{\"a\":1,}")"#,
            "json: invalid JSON at line 1, column 8: `}`, expected a key in double quotes",
        ),
        (r#"json_decode("\"\\x\"")"#, "json: invalid JSON at line 1, column 2: an unknown escape"),
        (r#"json_decode("[\"\xff\"]")"#, "json: invalid JSON at line 1, column 3: a byte that is no UTF-8"),
        (r#"json_decode("1 2")"#, "json: invalid JSON at line 1, column 3: `2`, expected the end"),
        (r#"json_decode("   ")"#, "json: invalid JSON at line 1, column 4: the end, expected a value"),
        (r#"json_decode("\"ab\ncd\"")"#, "json: invalid JSON at line 1, column 4: a control character in a string"),
        (r#"json_decode("\"abc")"#, "json: invalid JSON at line 1, column 1: a string without end"),
        (r#"json_decode("[]]")"#, "json: invalid JSON at line 1, column 3: `]`, expected the end"),
        (r#"json_decode("01")"#, "json: invalid JSON at line 1, column 1: a number that JSON does not write so"),
        (
            r#"json_decode("\"\\u12G4\"")"#,
            "json: invalid JSON at line 1, column 2: an escape `\\u` without four hexadecimal digits",
        ),
    ]);
}

#[test]
fn json_keeps_what_it_can_and_refuses_the_rest() {
    check(&[
        (r#"json_decode("{\"a\": 1, \"a\": 2}")"#, r#"{"a": 2}"#),
        (r#"json_decode("\"\\ud83d\\ude80 \\ud800 \\udc00\"")"#, "🚀 \u{FFFD} \u{FFFD}"),
        (r#"json_decode("-9223372036854775808")"#, "-9223372036854775808"),
        (r#"json_decode("9223372036854775808")"#, "9223372036854776000"),
        (r#"json_encode("\xff/\x7f\x01")"#, "\"\u{FFFD}/\u{7f}\\u0001\""),
        ("json_encode({1: 2, true: [-0.0]})", r#"{"1":2,"true":[0]}"#),
        ("json_encode([1e308 * 10])", "range: a number that is not finite cannot be JSON"),
        ("json_encode([1..2])", "type: a value of type range cannot be JSON"),
        ("json_encode([[], {}], 1)", "[\n [],\n {}\n]"),
    ]);
}

#[test]
fn json_is_as_deep_as_its_limit() {
    let program = "let text = repeat(\"[\", 10000) + repeat(\"]\", 10000)
        log(json_encode(json_decode(text)) == text)
        for open in [\"[\", \"{\\\"a\\\":[\"] { try { json_decode(repeat(open, 200000)) } catch e { log(e.kind) } }";
    assert_eq!(run(program), "true\njson\njson\n");
}

#[test]
fn indexes_and_counts_out_of_range() {
    check(&[
        (r#""abc".char_at(3)"#, "range: index 3 is out of range: the string has 3 bytes"),
        (r#""abc".char_at(-4)"#, "range: index -4 is out of range: the string has 3 bytes"),
        ("remove([1], 1)", "range: index 1 is out of range: the array has 1 elements"),
        ("insert([1], 2, 0)", "range: index 2 is out of range: the array has 1 elements"),
        ("insert([1], 1, 0)", "[1, 0]"),
        ("range(0, 1e18)", "range: an array can have 2147483647 elements at most"),
        ("fill(1e15, 0)", "range: an array can have 2147483647 elements at most"),
        (r#"repeat("ab", -1)"#, "range: cannot repeat less than 0 times"),
        (
            r#"len(repeat("abcdefgh", 9007199254740991))"#,
            "range: a string of 72057594037927928 bytes is too long (at most 4294967231)",
        ),
        ("repeat([], 9007199254740991)", "[]"),
        ("chunk([1], 0)", "range: a chunk has at least 1 element"),
        ("random_int(2, 1)", "range: there is no whole number from 2 to 1"),
        ("parse_int(\"1\", 37)", "range: a base is from 2 to 36, got 37"),
    ]);
}

#[test]
fn memory_limit_stops_what_input_makes_large() {
    let options = Options { max_memory: Some(32 << 20), ..Options::default() };
    for expression in [
        "repeat(\"x\", 100000000)",
        "pad_start(\"x\", 100000000)",
        "fill(100000000, 0)",
        "range(0, 100000000)",
        "replace(repeat(\"x\", 20000), \"x\", repeat(\"y\", 20000))",
        "join(fill(20000, repeat(\"y\", 20000)))",
        "random_bytes(100000000)",
        "repeat([1], 100000000)",
    ] {
        let program = format!("try {{ len({expression}) }} catch e {{ log(e.kind) }}");
        assert_eq!(run_within(&program, options.clone()), "memory\n", "{expression}");
    }
}

#[test]
fn sorting_orders_like_with_like() {
    check(&[
        (
            "sort([1, nil])",
            "type: only numbers with numbers and strings with strings have an order, got number and nil",
        ),
        ("sort([9007199254740993, 9007199254740992.0, 0.5])", "[0.5, 9007199254740992, 9007199254740993]"),
        ("sort([2, sqrt(-1), 1])", "[1, 2, nan]"),
        ("sort([[2, 1], [1, 1], [2, 2], [1, 2]], |a, b| a[0] - b[0])", "[[1, 1], [1, 2], [2, 1], [2, 2]]"),
        ("sort([3, 1, 2], |a, b| a < b)", "[1, 2, 3]"),
        ("sort_by([\"bb\", \"a\", \"cc\", \"d\"], len)", r#"["a", "d", "bb", "cc"]"#),
        ("max(9007199254740992.0, 9007199254740993)", "9007199254740993"),
        (
            "min(1, \"a\")",
            "type: only numbers with numbers and strings with strings have an order, got number and string",
        ),
    ]);
}

#[test]
fn callbacks_get_as_many_arguments_as_they_take() {
    check(&[
        ("map([\"1\", \"0x10\"], number)", "[1, 16]"),
        ("map([\"7\", \"8\", \"9\"], parse_int)", "[7, 8, 9]"),
        ("map([5, 6], |x, i| x * i)", "[0, 6]"),
        ("map(2..4, |x, i| [x, i])", "[[2, 0], [3, 1]]"),
        ("map([5, 6], || 1)", "[1, 1]"),
        ("map([1], fn(a, b, c) => 1)", "arity: a lambda takes 3 arguments, got 2"),
        ("map({a: 1}, |k, v| k + v)", r#"{"a": "a1"}"#),
        ("reduce([3, 9, 4], max)", "9"),
        ("reduce([[1], [2]], concat, [0])", "[0, 1, 2]"),
        ("reduce([1], max, nil)", "type: `max` expects number, string or array as argument 1 (`first`), got nil"),
        ("filter([0, 1, \"\", \"a\"], bool)", r#"[1, "a"]"#),
    ]);
}

#[test]
fn characters_of_broken_utf8_are_single_bytes() {
    check(&[
        (r#"chars("a\xffé\xe2\x82")"#, r#"["a", "\xff", "é", "\xe2", "\x82"]"#),
        (r#"reverse("é\xff") == "\xffé""#, "true"),
        (r#"upper("é\xff") == "É\xff""#, "true"),
        (r#"trim("\u{a0} x\xff\u{2003}") == "x\xff""#, "true"),
        (r#"pad_start("é", 3, "äö")"#, "äöé"),
        (r#""é".char_code(1)"#, "169"),
    ]);
}

#[test]
fn templates() {
    check(&[
        (r#"format("{} {0} {1:>3} {{}} {:.2}", 1, 2, 3)"#, "1 1   2 {} 2.00"),
        (r#"format("{a} {b}", {a: 1})"#, "1 nil"),
        (r#"format("{")"#, "range: a `{` or `}` stands alone; double it to mean itself"),
        (r#"format("}")"#, "range: a `{` or `}` stands alone; double it to mean itself"),
        (r#"format("{2}", 1)"#, "range: the template needs 3 values, got 1"),
        (r#"format("{:.99999999999999999999}", 1)"#, "range: a width or precision of more than 10000"),
        (r#"format("{:q}", 1)"#, "range: `q` is no format specification"),
    ]);
}

#[test]
fn binary_data_by_format() {
    check(&[
        (
            r#"unpack("u8 u24 s16le f32 bytes", pack("u8 u24 s16le f32 bytes", 255, 70000, "abc", 0.5, "rest"))"#,
            r#"[255, 70000, "abc", 0.5, "rest"]"#,
        ),
        (r#"bytes(pack("u64", 9223372036854775808))"#, "[128, 0, 0, 0, 0, 0, 0, 0]"),
        (r#"pack("u8", -1)"#, "range: u8 takes whole numbers from 0 to 255"),
        (r#"pack("i16", 32768)"#, "range: i16 takes whole numbers from -32768 to 32767"),
        (r#"pack("u8 u8", 1)"#, "range: the format has 2 items, got 1 values"),
        (r#"pack("u8", "x")"#, "type: `pack` expects a number here, got string"),
        (r#"pack("s8", repeat("x", 256))"#, "range: a string of 256 bytes is too long for a length of 8 bits"),
        (r#"pack("bytes2", "abc")"#, "range: `bytes2` takes a string of that length, got 3"),
        (r#"unpack("s32", "\xff\xff\xff\xff")"#, "range: the data ends too early: 4294967295 bytes wanted, 0 left"),
        (
            r#"unpack("bytes99999999999999999999", "")"#,
            "range: `bytes99999999999999999999` is no item of a format; known are u8 u16 u24 u32 u64 i8 i16 i32 i64 f32 f64 bytesN bytes s8 s16 s32, with `le` behind for low bytes first",
        ),
    ]);
}

#[test]
fn walking_changed_containers_is_safe() {
    let program = "let xs = [1, 2, 3, 4]
        log(map(xs, fn(x) { pop(xs); return x }))
        let ys = [3, 1, 2]
        log(sort(ys, fn(a, b) { clear(ys); return a - b }))
        let m = {a: 1, b: 2, c: 3}
        each(m, fn(k, v) { clear(m) })
        log(m, flatten([[1], [[2]]], 9))";
    assert_eq!(run(program), "[1, 2]\n[1, 2, 3]\n{} [1, 2]\n");
}
