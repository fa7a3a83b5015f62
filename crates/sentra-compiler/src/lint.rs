//! The linter: what compiles and is probably not meant. Each rule reads the events of a syntax tree; what
//! the compiler itself warns of are rules, too. A comment can switch each of them off.

mod allow;
mod comparison;
mod flow;
mod names;
mod request;

use crate::ast::Ast;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::event;
use crate::load::SourceText;
use crate::parse::parse_source;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What comments call it.
    pub name: &'static str,
    /// The code of its messages, which has the explanation and the example.
    pub code: Code,
}

const fn rule(name: &'static str, code: Code) -> Rule {
    Rule { name, code }
}

/// All rules.
pub const RULES: &[Rule] = &[
    rule("argument-count", Code::ArgumentCount),
    rule("assigned-condition", Code::AssignedCondition),
    rule("unused-name", Code::UnusedName),
    rule("unused-import", Code::UnusedImport),
    rule("unreachable", Code::Unreachable),
    rule("shadowed-builtin", Code::ShadowedBuiltin),
    rule("leaked-socket", Code::LeakedSocket),
    rule("never-true", Code::NeverTrue),
    rule("secret-compared", Code::SecretCompared),
    rule("verification-off", Code::VerificationOff),
    rule("unescaped-request", Code::UnescapedRequest),
];

/// The rule behind a code, if it is one.
pub fn rule_of(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// What there is to say about a program that compiles. `sources` are its files as the compiler read them,
/// the first one being the one that is meant; `warnings` are the compiler's.
pub fn lint(sources: &[SourceText], warnings: &[Diagnostic]) -> Vec<Diagnostic> {
    let Some(first) = sources.first() else { return Vec::new() };
    let (ast, mistakes) = parse_source(&first.text);
    if mistakes.iter().any(|mistake| mistake.code.severity() == Severity::Error) {
        return mistakes;
    }
    lint_tree(&first.text, &ast, warnings)
}

/// The same of a file that has been parsed without a mistake.
pub fn lint_tree(source: &[u8], ast: &Ast, warnings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = warnings.iter().filter(|warning| warning.source == 0).cloned().collect();
    let events = event::events(ast);
    names::unused(&events, &mut found);
    names::shadowed(&events, &mut found);
    flow::unreachable(&events, &mut found);
    flow::leaked(&events, &mut found);
    comparison::never_true(&events, &mut found);
    comparison::secrets(&events, &mut found);
    request::verification(&events, &mut found);
    request::unescaped(&events, &mut found);
    let allowed = allow::allowed(source);
    found.retain(|diagnostic| !allowed.allows(diagnostic));
    found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end, diagnostic.code.text()));
    found.dedup();
    found
}
