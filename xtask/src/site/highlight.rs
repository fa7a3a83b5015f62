//! Colours for code blocks marked `sentra`: a preprocessor of mdBook. The colours come from the compiler's own lexer, so
//! they are right for whatever the language has.

use std::io::{Read, Write};

use sentra_compiler::lex::lex;
use sentra_compiler::token::{Token, TokenKind};
use serde_json::Value;

/// Reads the book as mdBook hands it over, `[context, book]`, and writes it back with its code blocks in colour.
pub fn preprocess() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    let mut both: Value = serde_json::from_str(&text).map_err(|error| format!("not what mdBook writes: {error}"))?;
    let mut book = both.get_mut(1).map(Value::take).ok_or("there is no book")?;
    colour_pages(&mut book);
    let written = serde_json::to_string(&book).map_err(|error| error.to_string())?;
    std::io::stdout().write_all(written.as_bytes()).map_err(|error| error.to_string())?;
    Ok(String::new())
}

/// Every page lies in the field `content` of some chapter.
fn colour_pages(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(colour_pages),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if key == "content" => *text = page(text),
                    field => colour_pages(field),
                }
            }
        }
        _ => {}
    }
}

/// A page with its blocks in colour; all else as it is.
fn page(text: &str) -> String {
    let (mut page, mut code): (String, Option<String>) = (String::new(), None);
    for line in text.split_inclusive('\n') {
        match &mut code {
            None if is_sentra(line) => code = Some(String::new()),
            // mdBook calls the page of a folder `index`, and does not follow links that call it as repositories do.
            None => page.push_str(&line.replace("/README.md", "/index.md")),
            Some(block) if line.trim_end() == "```" => {
                page.push_str(&coloured(block.trim_end()));
                code = None;
            }
            Some(block) => block.push_str(line),
        }
    }
    page
}

fn is_sentra(line: &str) -> bool {
    line.strip_prefix("```").is_some_and(|info| info.split_whitespace().next() == Some("sentra"))
}

fn coloured(code: &str) -> String {
    let (tokens, _) = lex(code.as_bytes());
    let mut html = String::from("<pre><code class=\"language-sentra nohighlight hljs\">");
    let mut end = 0;
    for (index, token) in tokens.iter().enumerate() {
        let (from, to) = (token.span.start as usize, token.span.end as usize);
        let (Some(gap), Some(text)) = (code.get(end..from), code.get(from..to)) else { continue };
        let next = tokens[index + 1..].iter().find(|token| token.kind != TokenKind::Space);
        html.push_str(&escaped(gap));
        match class(*token, text, next.map(|next| next.kind)) {
            Some(class) => html += &format!("<span class=\"hljs-{class}\">{}</span>", escaped(text)),
            None => html.push_str(&escaped(text)),
        }
        end = to;
    }
    html + &escaped(code.get(end..).unwrap_or_default()) + "\n</code></pre>\n"
}

/// The class of highlight.js, by which mdBook's themes choose a colour.
fn class(token: Token, text: &str, next: Option<TokenKind>) -> Option<&'static str> {
    use TokenKind::{
        Comment, False, FormatEnd, FormatStart, FormatText, LeftParen, Name, Nil, Number, RawString, String, True,
    };
    match token.kind {
        Comment => Some("comment"),
        String | RawString | FormatStart | FormatText | FormatEnd => Some("string"),
        Number => Some("number"),
        True | False | Nil => Some("literal"),
        Name if sentra_vm::builtins::find(text).is_some() => Some("built_in"),
        Name if next == Some(LeftParen) => Some("title function_"),
        Name => None,
        // What is left and begins with a letter is a word of the language.
        _ if text.starts_with(|first: char| first.is_ascii_alphabetic()) => Some("keyword"),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_coloured_and_the_rest_is_left() {
        let text = "before\n```sentra\nlet a = \"<x>\" // b\n\nlog(f(1))\n```\n```sh\nlet\n```\n";
        let wanted = "before\n<pre><code class=\"language-sentra nohighlight hljs\">\
            <span class=\"hljs-keyword\">let</span> a = <span class=\"hljs-string\">\"&lt;x&gt;\"</span> \
            <span class=\"hljs-comment\">// b</span>\n\n<span class=\"hljs-built_in\">log</span>(\
            <span class=\"hljs-title function_\">f</span>(<span class=\"hljs-number\">1</span>))\n</code></pre>\n\
            ```sh\nlet\n```\n";
        assert_eq!(page(text), wanted);
    }
}
