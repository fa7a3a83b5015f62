//! What is wrong with a server, each fault by a name that scripts can compare.

use super::grade::Grade;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Keeps the best grade away.
    Low,
    /// Of use to an attacker with luck or time.
    Medium,
    /// Of use to an attacker in the right place.
    High,
    /// Connections are not protected.
    Critical,
}

impl Severity {
    /// In lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in words.
    pub message: String,
    /// What to do about it.
    pub advice: &'static str,
    /// The best grade that is left.
    pub cap: Option<Grade>,
}

/// The faults of a server, gathered.
#[derive(Debug, Default)]
pub(super) struct Issues(pub Vec<Issue>);

impl Issues {
    /// Adds one.
    pub fn add(
        &mut self,
        code: &'static str,
        severity: Severity,
        cap: Option<Grade>,
        message: impl Into<String>,
        advice: &'static str,
    ) {
        self.0.push(Issue { code, severity, message: message.into(), advice, cap });
    }

    /// What to do, the most pressing first, each once.
    pub fn advice(&self) -> Vec<&'static str> {
        let mut sorted: Vec<&Issue> = self.0.iter().filter(|issue| !issue.advice.is_empty()).collect();
        sorted.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
        let mut advice = Vec::new();
        for issue in sorted {
            if !advice.contains(&issue.advice) {
                advice.push(issue.advice);
            }
        }
        advice
    }
}
