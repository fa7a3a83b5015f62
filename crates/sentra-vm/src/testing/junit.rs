//! The report in JUnit's XML, as build servers read it: a suite a file, a case a test.

use std::fmt::Write;

use super::Test;
use super::discover::Found;
use super::launch::Outcome;
use super::summary::Summary;
use super::verdict::Status;

/// The whole document.
pub(super) fn document(found: &Found, outcomes: &[Option<Outcome>], summary: &Summary) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let ran = summary.passed + summary.failed + summary.skipped;
    let _ = writeln!(
        xml,
        "<testsuites name=\"sentra\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\">",
        ran + summary.broken,
        summary.failed,
        summary.broken,
        summary.skipped,
        summary.elapsed.as_secs_f64()
    );
    for broken in &found.broken {
        let (file, report) = (escaped(&broken.file), escaped(&broken.report));
        let _ = writeln!(xml, "  <testsuite name=\"{file}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">");
        let _ = writeln!(xml, "    <testcase classname=\"{file}\" name=\"compilation\">");
        let _ = writeln!(xml, "      <error message=\"does not compile\" type=\"compilation\">{report}</error>");
        xml.push_str("    </testcase>\n  </testsuite>\n");
    }
    let cases: Vec<(&Test, &Outcome)> =
        found.tests.iter().zip(outcomes).filter_map(|(test, outcome)| Some((test, outcome.as_ref()?))).collect();
    cases.chunk_by(|one, next| one.0.file == next.0.file).for_each(|cases| suite(&mut xml, cases));
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(xml: &mut String, cases: &[(&Test, &Outcome)]) {
    let count = |wanted| cases.iter().filter(|(_, outcome)| outcome.verdict.status == wanted).count();
    let time: f64 = cases.iter().map(|(_, outcome)| outcome.verdict.elapsed.as_secs_f64()).sum();
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{time:.3}\">",
        escaped(&cases[0].0.file),
        cases.len(),
        count(Status::Failed),
        count(Status::Skipped),
    );
    cases.iter().for_each(|(test, outcome)| case(xml, test, outcome));
    xml.push_str("  </testsuite>\n");
}

fn case(xml: &mut String, test: &Test, outcome: &Outcome) {
    let verdict = &outcome.verdict;
    let (file, name, message) = (escaped(&test.file), escaped(&test.name), escaped(&verdict.message));
    let seconds = verdict.elapsed.as_secs_f64();
    let _ = writeln!(xml, "    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" time=\"{seconds:.3}\">");
    let _ = match verdict.status {
        Status::Passed => Ok(()),
        Status::Skipped => writeln!(xml, "      <skipped message=\"{message}\"/>"),
        Status::Failed => {
            let (kind, report) = (escaped(&verdict.kind), escaped(&verdict.report));
            writeln!(xml, "      <failure message=\"{message}\" type=\"{kind}\">{report}</failure>")
        }
    };
    if !outcome.output.is_empty() {
        let output = escaped(&String::from_utf8_lossy(&outcome.output));
        let _ = writeln!(xml, "      <system-out>{output}</system-out>");
    }
    xml.push_str("    </testcase>\n");
}

/// Text for content and attributes. What XML cannot hold at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => drop(write!(out, "&#{};", u32::from(c))),
            '\u{0}'..' ' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn xml_never_holds_what_it_may_not() {
        assert_eq!(escaped("<a b=\"&\">\n\u{1b}[1mx\0"), "&lt;a b=&quot;&amp;&quot;&gt;&#10;\u{fffd}[1mx\u{fffd}");
    }
}
