//! What follows from what was found: faults, advice, and a grade.

mod certificates;
mod configuration;
mod revocation;

use super::findings::Findings;
use super::grade::{Grade, Scores};
use super::issue::{Issue, Issues};
use crate::certificate::{Certificate, Moment};
use crate::endpoint::tls::judge::Judge;
use crate::wire::tls::Protocol;

pub use certificates::ChainReport;
pub use revocation::Revocation;

/// The judgement of a server.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The main chain.
    pub chain: ChainReport,
    /// What the server says of its certificate's revocation.
    pub revocation: Option<Revocation>,
    /// What is wrong, the worst first.
    pub issues: Vec<Issue>,
    /// What to do about it.
    pub recommendations: Vec<&'static str>,
    /// The scores.
    pub scores: Scores,
    /// The grade.
    pub grade: Grade,
    /// The grade as if the certificate were trusted and for the right name.
    pub grade_trust_ignored: Grade,
}

/// Half a year in seconds: how long HSTS is to hold for the best grade.
const LONG_HSTS: u64 = 15_552_000;

/// Judges a server that was reached as `host`.
pub fn judge(found: &Findings, host: &str, judge: &Judge, is_http: bool, now: Moment) -> Verdict {
    let mut issues = Issues::default();
    let chain = ChainReport::new(found.chains.first().map_or(&[][..], Vec::as_slice), host, judge, now);
    let own: Vec<Certificate> = found.chains.iter().filter_map(|chain| Certificate::read(chain.first()?)).collect();
    configuration::faults(found, is_http, &mut issues);
    certificates::faults(&chain, found, now, &mut issues);
    let revocation = found.staple.as_deref().map(|staple| Revocation::of(staple, &chain, now));
    revocation::faults(revocation.as_ref(), &chain, &mut issues);
    let scores = Scores::of(found, &own.iter().collect::<Vec<_>>());
    let hsts = found.hsts.as_deref().and_then(configuration::max_age).is_some_and(|seconds| seconds >= LONG_HSTS);
    let exceptional = hsts && found.speaks(Protocol::Tls13) && !configuration::invites_fallback(found);
    let grade_trust_ignored = scores.grade(&issues.0, exceptional);
    let grade = match (chain.is_trusted, chain.matches) {
        (false, _) => Grade::T,
        (true, false) => Grade::M,
        (true, true) => grade_trust_ignored,
    };
    issues.0.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    let recommendations = issues.advice();
    Verdict { chain, revocation, issues: issues.0, recommendations, scores, grade, grade_trust_ignored }
}
