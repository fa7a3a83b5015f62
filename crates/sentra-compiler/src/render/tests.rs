//! Excerpts and JSON lines, to the letter.

use super::*;
use crate::diagnostic::Code;

fn shown(text: &str, span: Span) -> String {
    excerpt("a.sn", text.as_bytes(), span, false)
}

#[test]
fn excerpt_marks_the_place() {
    let text = "let x = 1\nlog(cout)\n";
    assert_eq!(shown(text, Span::new(14, 18)), " --> a.sn:2:5\n  |\n2 | log(cout)\n  |     ^^^^\n");
}

#[test]
fn excerpt_aligns_tabs_and_wide_characters() {
    assert_eq!(shown("\tx", Span::new(1, 2)), " --> a.sn:1:2\n  |\n1 |     x\n  |     ^\n");
    assert_eq!(shown("'日本' x", Span::new(9, 10)), " --> a.sn:1:6\n  |\n1 | '日本' x\n  |        ^\n");
}

#[test]
fn excerpt_at_the_end_of_a_line_has_one_mark() {
    assert_eq!(shown("a +\nb", Span::new(3, 3)), " --> a.sn:1:4\n  |\n1 | a +\n  |    ^\n");
    assert_eq!(shown("", Span::new(0, 0)), " --> a.sn:1:1\n  |\n1 | \n  | ^\n");
    assert_eq!(shown("ab", Span::new(90, 99)), " --> a.sn:1:3\n  |\n1 | ab\n  |   ^\n");
}

#[test]
fn excerpt_cuts_long_lines_round_the_mark() {
    let text = format!("{}HERE{}", "a".repeat(5_000), "b".repeat(5_000));
    let shown = shown(&text, Span::new(5_000, 5_004));
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], " --> a.sn:1:5001");
    assert!(lines.iter().all(|line| line.chars().count() < 130), "{shown}");
    let mark = lines[3].find('^').unwrap();
    let line: Vec<char> = lines[2].chars().collect();
    assert_eq!(line[mark..mark + 4].iter().collect::<String>(), "HERE");
}

#[test]
fn excerpt_sends_no_control_characters() {
    let shown = shown("x \u{1b}[31m \u{202e} y", Span::new(0, 1));
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}

#[test]
fn a_span_over_lines_is_marked_to_the_end_of_its_first() {
    assert_eq!(shown("ab\ncd", Span::new(1, 5)), " --> a.sn:1:2\n  |\n1 | ab\n  |  ^\n");
}

#[test]
fn json_is_one_object_a_line() {
    let diagnostic = Diagnostic::new(Code::UnknownName, Span::new(4, 8), "unknown name `\"`").with_help("a\tb");
    let sources = [SourceText { path: "a.sn".into(), text: b"log(cout)".to_vec() }];
    let expected = "{\"code\":\"E0201\",\"severity\":\"error\",\"message\":\"unknown name `\\\"`\",\"help\":\"a\\tb\",\
         \"file\":\"a.sn\",\"line\":1,\"column\":5,\"end_line\":1,\"end_column\":9}\n";
    assert_eq!(json(&[diagnostic], &sources), expected);
}

#[test]
fn colours_are_only_added() {
    let diagnostic = Diagnostic::new(Code::UnknownName, Span::new(0, 1), "unknown name `a`").with_help("b");
    let sources = [SourceText { path: "a.sn".into(), text: b"a".to_vec() }];
    let plain = render(std::slice::from_ref(&diagnostic), &sources, false);
    let mut coloured = render(&[diagnostic], &sources, true);
    for style in [RED, YELLOW, BLUE, BOLD, PLAIN] {
        coloured = coloured.replace(style, "");
    }
    assert_eq!(plain, coloured);
    assert!(plain.ends_with("  = help: b\n\n1 error\n"), "{plain}");
}
