//! The example of the page about embedding: the program that the test command builds.

use std::fs;
use std::path::Path;

const EXAMPLE: &str = "examples/embed.rs";

/// Its code without what it says of itself.
pub fn example(root: &Path) -> Result<String, String> {
    let text = fs::read_to_string(root.join(EXAMPLE)).map_err(|error| format!("{EXAMPLE}: {error}"))?;
    let code: Vec<&str> = text.lines().skip_while(|line| line.starts_with("//!") || line.is_empty()).collect();
    Ok(format!("\n```rust,ignore\n{}\n```\n\n", code.join("\n")))
}
