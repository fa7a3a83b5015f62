//! What may be a name, a version or a path in `sentra.toml`.

use crate::manifest::Manifest;
use crate::token::KEYWORDS;

const LONGEST: usize = 64;

/// A package's name: letters, digits, `-` and `_`.
pub fn check_package(name: &str) -> Result<(), String> {
    match is_word(name, "-_") {
        true => Ok(()),
        false => Err(format!("a name begins with a letter and has letters, digits, `-` and `_`, at most {LONGEST}")),
    }
}

/// The name of a dependency is written in programs, so it is an identifier and no builtin module. The reason
/// why it may not be, and what may be done.
pub fn check_dependency(name: &str) -> Result<(), (String, Option<String>)> {
    if !is_word(name, "_") {
        let better = name.replace(['-', '.', ' '], "_");
        let help = is_word(&better, "_").then(|| format!("programs can import it as `{better}`"));
        return Err((format!("`{}` cannot be imported: it is no identifier", name.escape_debug()), help));
    }
    if KEYWORDS.contains(&name) {
        return Err((format!("`{name}` cannot be imported: it is a word of the language"), None));
    }
    if Manifest::get().module(name).is_some() {
        let help = format!("call it otherwise, for example `my_{name}`");
        return Err((format!("`{name}` is a builtin module"), Some(help)));
    }
    Ok(())
}

fn is_word(name: &str, more: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || more.contains(character))
}

/// The nearest thing to a text that may be a package's name.
pub fn as_package(text: &str) -> String {
    let words = text.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '-' });
    let name: String = words.skip_while(|character| !character.is_ascii_alphabetic()).take(LONGEST).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() { "program".to_owned() } else { name.to_owned() }
}

/// A version: three numbers, and what may follow them behind `-` or `+`.
pub fn check_version(version: &str) -> Result<(), String> {
    let (numbers, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let is_number = |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = numbers.split('.').collect();
    let rest_is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte));
    match parts.len() == 3 && parts.into_iter().all(is_number) && rest_is_plain && rest.len() != 1 {
        true if version.len() <= LONGEST => Ok(()),
        _ => Err("a version is three numbers such as 1.4.0, and may go on behind `-` or `+`".to_owned()),
    }
}

/// A path that stays below the folder that it is relative to.
pub fn check_path(path: &str) -> Result<(), String> {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':']) && !has_control(part);
    match path.len() <= 500 && path.split('/').all(plain) {
        true => Ok(()),
        false => Err("a path stays within the package: names with `/` between them".to_owned()),
    }
}

/// Whether a text has characters that are no writing.
pub fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
