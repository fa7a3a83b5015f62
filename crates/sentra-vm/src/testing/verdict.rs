//! What a test's process says of it, as bytes in a file. Bytes that a crash cut short are no verdict.

use std::time::Duration;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Passed,
    Failed,
    Skipped,
}

impl Status {
    const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::Skipped];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// How a test ended and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub status: Status,
    /// One word for what went wrong: the error's kind, `timeout`, `exit`, `crash`; empty if nothing did.
    pub kind: String,
    /// What went wrong, or why it was skipped.
    pub message: String,
    /// The error with its place, its values and its trace.
    pub report: String,
    pub elapsed: Duration,
}

impl Verdict {
    /// A test that went well.
    pub fn passed(elapsed: Duration) -> Self {
        Self { status: Status::Passed, kind: String::new(), message: String::new(), report: String::new(), elapsed }
    }

    /// A failure without a place in a script.
    pub fn failed(kind: &str, message: impl Into<String>, elapsed: Duration) -> Self {
        let message = message.into();
        let report = format!("error: {message}\n");
        Self { status: Status::Failed, kind: kind.into(), message, report, elapsed }
    }

    /// The bytes of it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let nanos = (self.elapsed.as_nanos() as u64).to_string();
        for field in [self.status.word(), &self.kind, &self.message, &self.report, &nanos] {
            bytes.extend_from_slice(&(field.len() as u64).to_le_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        bytes
    }

    /// The verdict in these bytes, if it is whole.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut field = || {
            let (len, rest) = bytes.split_first_chunk::<8>()?;
            let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
            bytes = rest;
            Some(String::from_utf8_lossy(text).into_owned())
        };
        let word = field()?;
        let status = *Status::ALL.iter().find(|status| status.word() == word)?;
        let (kind, message, report) = (field()?, field()?, field()?);
        let elapsed = Duration::from_nanos(field()?.parse().ok()?);
        Some(Self { status, kind, message, report, elapsed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_verdicts_are_read_back_and_parts_refused() {
        let verdict = Verdict::failed("assertion", "expected 1,\ngot \"ä\"", Duration::from_micros(1234));
        let bytes = verdict.encode();
        assert_eq!(Verdict::decode(&bytes), Some(verdict));
        for len in 0..bytes.len() {
            assert_eq!(Verdict::decode(&bytes[..len]), None, "{len}");
        }
        assert_eq!(Verdict::decode(&[0xff; 64]), None);
    }
}
