//! The flags that the benches share. It reads the command line and nothing else.

/// What to run and how often.
pub struct Options {
    /// Only programs whose name contains this.
    pub filter: String,
    /// How often each program runs under each interpreter.
    pub rounds: usize,
    /// Whether the measured ratios become the stored ones.
    pub save: bool,
}

const USAGE: &str = "\
usage: cargo bench --bench NAME -- [--filter TEXT] [--rounds N] [--save]
  --filter TEXT  only what has TEXT in its name
  --rounds N     alternate N times; the best time of each counts
  --save         keep the ratios as those that later runs are compared with";

/// The options of this process, or an end with status 2 and the usage.
pub fn from_command_line(rounds: usize) -> Options {
    let mut options = Options { filter: String::new(), rounds, save: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            // cargo adds it to every bench.
            "--bench" => {}
            "--save" => options.save = true,
            "--filter" => options.filter = words.next().unwrap_or_else(|| refuse("--filter needs a text")),
            "--rounds" => {
                let number = words.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                options.rounds = number.unwrap_or_else(|| refuse("--rounds needs a number above zero"));
            }
            other => refuse(&format!("unknown argument {other}")),
        }
    }
    options
}

fn refuse(reason: &str) -> ! {
    eprintln!("{reason}\n{USAGE}");
    std::process::exit(2)
}
