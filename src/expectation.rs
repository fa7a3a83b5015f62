//! What a script says of itself in `// expect` comments, and how an outcome compares. It runs nothing.

use std::fmt::Write;

use crate::program::Outcome;

/// The comments of one script.
///
/// | comment | meaning |
/// | --- | --- |
/// | `// expect: TEXT` | the next line of standard output |
/// | `// expect error: CODE TEXT` | the program does not compile; one such diagnostic contains TEXT |
/// | `// expect fault: TEXT` | the program ends with an uncaught fault; standard error contains TEXT |
/// | `// expect stderr: TEXT` | standard error contains TEXT |
/// | `// expect status: N` | the exit status, where it is not the usual one |
/// | `// expect nothing` | no output at all |
/// | `// args: A B` | arguments, separated by spaces |
/// | `// memory: SIZE` | the most memory that it may take |
/// | `// stdin: TEXT` | the next line of standard input |
#[derive(Debug, Default)]
pub struct Expectation {
    /// Lines of standard output.
    pub output: Vec<String>,
    /// Diagnostics: code and text.
    pub diagnostics: Vec<(String, String)>,
    /// What standard error contains when the program faults.
    pub faults: Vec<String>,
    /// What standard error contains otherwise.
    pub errors: Vec<String>,
    /// The status, if the script names it.
    pub status: Option<i32>,
    /// Arguments.
    pub arguments: Vec<String>,
    /// The most memory that it may take.
    pub memory: Option<String>,
    /// Standard input.
    pub input: String,
    /// Whether the script expects anything, if only silence.
    pub stated: bool,
}

impl Expectation {
    /// Reads the comments of a script.
    pub fn read(source: &str) -> Result<Self, String> {
        let mut expectation = Self::default();
        for (number, line) in source.lines().enumerate() {
            expectation.line(line).map_err(|message| format!("line {}: {message}", number + 1))?;
        }
        Ok(expectation)
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some((_, rest)) = line.split_once("// expect") {
            return self.expect(rest);
        }
        if let Some(text) = line.strip_prefix("// args:") {
            self.arguments.extend(text.split_whitespace().map(str::to_owned));
        } else if let Some(text) = line.strip_prefix("// memory:") {
            self.memory = Some(text.trim().to_owned());
        } else if let Some(text) = line.strip_prefix("// stdin:") {
            self.input.push_str(text.strip_prefix(' ').unwrap_or(text));
            self.input.push('\n');
        }
        Ok(())
    }

    fn expect(&mut self, rest: &str) -> Result<(), String> {
        self.stated = true;
        if rest.trim() == "nothing" {
            return Ok(());
        }
        let (kind, text) = rest.split_once(':').ok_or("`// expect` needs a colon")?;
        let text = text.strip_prefix(' ').unwrap_or(text).to_owned();
        match kind.trim() {
            "" => self.output.push(text),
            "error" => {
                let (code, text) = text.split_once(' ').unwrap_or((&text, ""));
                self.diagnostics.push((code.to_owned(), text.to_owned()));
            }
            "fault" => self.faults.push(text),
            "stderr" => self.errors.push(text),
            "status" => self.status = Some(text.trim().parse().map_err(|_| "a status is a number")?),
            other => return Err(format!("`// expect {other}:` is unknown")),
        }
        Ok(())
    }

    /// The status that the program has to end with.
    pub fn expected_status(&self) -> i32 {
        self.status.unwrap_or(match (self.diagnostics.is_empty(), self.faults.is_empty()) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        })
    }

    /// Compares an outcome; the error says all that differs.
    pub fn check(&self, outcome: &Outcome) -> Result<(), String> {
        let mut report = String::new();
        let errors = without_comments(&outcome.errors());
        if outcome.timed_out {
            let _ = writeln!(report, "did not end within {:?}", outcome.elapsed);
        } else if outcome.status != Some(self.expected_status()) {
            let _ = writeln!(report, "status {:?}, expected {}", outcome.status, self.expected_status());
        }
        if let Some(difference) = difference(&self.output, &outcome.output()) {
            report.push_str(&difference);
        }
        for text in self.faults.iter().chain(&self.errors).filter(|text| !errors.contains(text.as_str())) {
            let _ = writeln!(report, "standard error lacks: {text}");
        }
        self.check_diagnostics(&errors, &mut report);
        if errors.contains("panicked at") {
            report.push_str("the program panicked\n");
        }
        let silent = self.faults.is_empty() && self.errors.is_empty() && self.diagnostics.is_empty();
        if silent && !errors.is_empty() && !errors.starts_with("warning") && self.status.is_none() {
            report.push_str("standard error is not empty\n");
        }
        if report.is_empty() {
            return Ok(());
        }
        if !errors.is_empty() {
            let _ = writeln!(report, "standard error was:\n{}", indent(&errors));
        }
        Err(report)
    }

    fn check_diagnostics(&self, errors: &str, report: &mut String) {
        for (code, text) in &self.diagnostics {
            let found = errors.lines().any(|line| line.contains(&format!("[{code}]")) && line.contains(text.as_str()));
            if !found {
                let _ = writeln!(report, "no diagnostic: {code} {text}");
            }
        }
        let shown = errors.lines().filter(|line| line.starts_with("error[")).count();
        if shown > self.diagnostics.len() {
            let _ = writeln!(report, "{shown} diagnostics, expected {}", self.diagnostics.len());
        }
    }
}

/// Standard error as if the script had no expectations: a quoted source line must not fulfil what it expects.
fn without_comments(errors: &str) -> String {
    errors.lines().map(|line| line.split_once("// expect").map_or(line, |(code, _)| code).to_owned() + "\n").collect()
}

/// The first lines in which an output differs from what was expected.
fn difference(expected: &[String], output: &str) -> Option<String> {
    let got: Vec<&str> = output.lines().collect();
    let same = expected.iter().zip(&got).take_while(|(expected, got)| expected == *got).count();
    if same == expected.len() && same == got.len() {
        return None;
    }
    let mut report = format!("output differs from line {}:\n", same + 1);
    for line in expected.iter().skip(same).take(5) {
        let _ = writeln!(report, "    - {line}");
    }
    for line in got.iter().skip(same).take(5) {
        let _ = writeln!(report, "    + {line}");
    }
    Some(report)
}

fn indent(text: &str) -> String {
    text.lines().take(20).map(|line| format!("    | {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(status: i32, stdout: &str, stderr: &str) -> Outcome {
        Outcome {
            status: Some(status),
            stdout: stdout.into(),
            stderr: stderr.into(),
            timed_out: false,
            elapsed: Duration::ZERO,
            peak_memory: 0,
        }
    }

    fn passes(source: &str, outcome: &Outcome) -> bool {
        Expectation::read(source).expect("the comments make sense").check(outcome).is_ok()
    }

    #[test]
    fn output_has_to_be_exact() {
        let source = "log(1) // expect: 1\n// expect: two words\n";
        assert!(passes(source, &outcome(0, "1\ntwo words\n", "")));
        for wrong in ["", "1\n", "1\ntwo\n", "two words\n1\n", "1\ntwo words\n3\n"] {
            assert!(!passes(source, &outcome(0, wrong, "")), "{wrong:?}");
        }
    }

    #[test]
    fn the_status_has_to_be_right() {
        assert!(!passes("// expect nothing", &outcome(1, "", "")));
        assert!(passes("// expect status: 3", &outcome(3, "", "")));
        assert!(!passes("// expect status: 3", &outcome(0, "", "")));
        assert!(!passes("// expect fault: text", &outcome(0, "", "text")));
    }

    #[test]
    fn faults_are_looked_for_and_silence_is_checked() {
        assert!(passes("// expect fault: text", &outcome(1, "", "error: some text here")));
        assert!(!passes("// expect fault: text", &outcome(1, "", "error: something else")));
        assert!(!passes("// expect fault: text", &outcome(1, "", "error\n1 | bad() // expect fault: text")));
        assert!(!passes("// expect: 1", &outcome(0, "1\n", "unexpected")));
        assert!(!passes("// expect fault: text", &outcome(1, "", "text\nthread 'main' panicked at x")));
    }

    #[test]
    fn diagnostics_are_counted() {
        let source = "// expect error: E0201 cout";
        assert!(passes(source, &outcome(2, "", "error[E0201]: unknown name `cout`")));
        assert!(!passes(source, &outcome(2, "", "error[E0202]: unknown name `cout`")));
        assert!(!passes(source, &outcome(2, "", "error[E0201]: unknown name `cout`\nerror[E0101]: more")));
    }

    #[test]
    fn comments_that_make_no_sense_are_refused() {
        assert!(Expectation::read("// expect output: 1").is_err());
        assert!(Expectation::read("// expect something").is_err());
        assert!(!Expectation::read("log(1)").expect("nothing is wrong").stated);
    }
}
