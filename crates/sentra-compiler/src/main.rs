//! The `sentrac` command; all it does is in [`sentrac`].

mod sentrac;

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(sentrac::run(std::env::args_os().skip(1)))
}
