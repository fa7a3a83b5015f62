//! What some programs of `library/` would cost without an interpreter: the same work in Rust, with the libraries
//! that are known to be fast. The bench starts itself with `--limit PROGRAM [FILE]` to measure them as whole processes.

use std::collections::HashMap;

/// Does the work of a program; whether there is one of that name.
pub fn run(program: &str, file: Option<&String>) -> bool {
    let bytes = || std::fs::read(file.expect("the program reads a file")).expect("the file can be read");
    let text = || String::from_utf8(bytes()).expect("the file is text");
    match program {
        "sort_numbers" => sort_numbers(),
        "word_counts" => word_counts(&text()),
        "split_join" => split_join(&text()),
        "replace" => replace(&text()),
        "regex_find" => regex_find(&text()),
        "regex_captures" => regex_captures(&text()),
        "json_decode" => json_decode(&text()),
        "base64_both_ways" => base64_both_ways(&bytes()),
        "sha256" => sha256(&bytes()),
        _ => return false,
    }
    true
}

/// Whether the program has a limit.
pub fn has(program: &str) -> bool {
    !matches!(program, "sort_by_key" | "sort_by_comparator" | "json_encode")
}

fn sort_numbers() {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed * 16807 % 2_147_483_647;
        seed as f64
    };
    let (whole, fractions): (Vec<_>, Vec<_>) = (0..1_000_000).map(|_| (next(), next() / 2_147_483_647.0 - 0.5)).unzip();
    for numbers in [whole, fractions] {
        let mut sorted = Vec::new();
        for _ in 0..5 {
            sorted.clone_from(&numbers);
            sorted.sort_unstable_by(f64::total_cmp);
        }
        let at = |index: usize| (sorted[index] * 1e6).floor();
        println!("{} {} {}", at(0), at(123_456), at(sorted.len() - 1));
    }
}

fn split_join(text: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    println!("{} {}", lines.len(), lines[1000]);
    println!("{}", lines.join("\r\n").len());
    let words: Vec<&str> = text.split(' ').collect();
    println!("{} {}", words.len(), words[1_000_000]);
    println!("{}", words.join(", ").len());
}

fn replace(text: &str) {
    let wide = text.replace('\n', "\r\n");
    println!("{} {}", wide.len(), wide.find("\r\n").unwrap_or(0));
    let other = text.replace("an", "and on");
    println!("{} {}", other.len(), other.matches("and on").count());
    println!("{}", text.replace("nowhere in it", "").len());
    println!("{} {}", text.to_uppercase().len(), text.to_uppercase().contains("AND ON"));
}

fn word_counts(text: &str) {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split(['\n', ' ']) {
        *counts.entry(word).or_default() += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    println!("{}", ranked.len());
    for (word, count) in &ranked[..10] {
        println!("{word} {count}");
    }
}

fn regex_find(text: &str) {
    let find_all = |pattern: &str| -> Vec<&str> {
        let regex = regex::Regex::new(pattern).expect("the pattern is well-formed");
        regex.find_iter(text).map(|found| found.as_str()).collect()
    };
    println!("{}", find_all(" 50[0-9] ").len());
    let paths = find_all("/api/[a-z]+/[0-9]+");
    println!("{} {}", paths.len(), paths[1000]);
}

fn regex_captures(text: &str) {
    const FIELDS: &str = r#"^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" ([0-9]{3}) ([0-9]+)"#;
    let regex = regex::Regex::new(FIELDS).expect("the pattern is well-formed");
    let mut sent = std::collections::BTreeMap::<&str, u64>::new();
    let mut last = "";
    for fields in text.split('\n').filter_map(|line| regex.captures(line)) {
        let field = |number| fields.get(number).map_or("", |found| found.as_str());
        *sent.entry(field(5)).or_default() += field(6).parse::<u64>().unwrap_or_default();
        last = field(4);
    }
    for (status, bytes) in sent {
        println!("{status} {bytes}");
    }
    println!("{last}");
}

fn base64_both_ways(bytes: &[u8]) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let text = STANDARD.encode(bytes);
    println!("{} {}", text.len(), &text[1_000_000..1_000_040]);
    println!("{}", STANDARD.decode(&text).is_ok_and(|decoded| decoded == bytes));
}

fn sha256(bytes: &[u8]) {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    println!("{}", digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

fn json_decode(text: &str) {
    use serde_json::Value;
    let value: Value = serde_json::from_str(text).expect("the file is JSON");
    let records = value.as_array().expect("the file is an array");
    let length = |value: &Value| value.as_array().map_or(0, Vec::len) as u64;
    let mut sum = 0;
    for record in records {
        let street = record["address"]["street"].as_str().unwrap_or_default().len() as u64;
        let id = record["id"].as_u64().unwrap_or_default();
        sum = (sum + id + length(&record["tags"]) * 3 + street + u64::from(record["active"] == true)) % 1_000_003;
    }
    let text = |index: usize, key: &str| records[index][key].as_str().unwrap_or_default().to_owned();
    println!("{} {sum} {} {}", records.len(), text(1000, "name"), text(records.len() - 1, "note"));
}
