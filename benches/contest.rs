//! The same programs under several interpreters: runs them in turn, compares what they print, and shows Sentra's
//! user time over each other's. It knows neither the programs nor how they are started.

use std::process::Command;

use crate::child;
use crate::options::Options;
use crate::ratio::{self, Ratios};

/// What is run and how it is judged.
pub struct Contest<'a> {
    /// The programs' names.
    pub programs: Vec<String>,
    /// Whom Sentra is compared with.
    pub peers: Vec<&'static str>,
    /// The command that runs a program under a peer, or under `sentra`; none where the peer has no such program.
    pub command: &'a dyn Fn(&str, &str) -> Option<Command>,
    /// The most that a program may take of the peer's time; of all together where no program is given.
    pub goal: fn(Option<&str>, &str) -> f64,
    /// The file beside the benches where ratios are kept.
    pub stored: &'static str,
}

impl Contest<'_> {
    /// Runs everything, prints the table and whatever is notable; whether a program failed.
    pub fn run(&self, options: &Options) -> bool {
        let mut ratios = Ratios::new();
        let mut failures = Vec::new();
        self.print_head();
        for program in self.programs.iter().filter(|name| name.contains(&options.filter)) {
            let (best, failed) = self.measure(program, options.rounds);
            self.print_row(program, &best);
            failures.extend(failed);
            for (peer, time) in self.peers.iter().zip(&best[1..]) {
                if let (Some(own), Some(other)) = (best[0], *time) {
                    ratios.insert((program.clone(), (*peer).to_owned()), own / other);
                }
            }
        }
        self.print_means(&ratios);
        self.report(&ratios, &failures);
        if options.save {
            ratio::save(self.stored, &ratios).expect("the stored ratios can be written");
        }
        !failures.is_empty()
    }

    /// The best user time of Sentra and of each peer, and what went wrong.
    fn measure(&self, program: &str, rounds: usize) -> (Vec<Option<f64>>, Vec<String>) {
        let mut best = vec![None; self.peers.len() + 1];
        let mut outputs: Vec<Option<String>> = vec![None; self.peers.len() + 1];
        let mut failures = Vec::new();
        for _ in 0..rounds {
            for (at, peer) in self.all().enumerate() {
                let failed = failures.iter().any(|(failed, _)| *failed == at);
                let Some(mut command) = (self.command)(program, peer).filter(|_| !failed) else { continue };
                match child::run(&mut command) {
                    Ok(run) => {
                        best[at] = Some(best[at].map_or(run.user, |user: f64| user.min(run.user)));
                        outputs[at] = Some(run.output);
                    }
                    Err(reason) => failures.push((at, format!("{program}/{peer}: {}", reason.trim_end()))),
                }
            }
        }
        let mut failures: Vec<_> = failures.into_iter().map(|(_, text)| text).collect();
        failures.extend(self.disagreement(program, &outputs));
        (best, failures)
    }

    fn all(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once("sentra").chain(self.peers.iter().copied())
    }

    /// Which of the interpreters print something else than the first peer.
    fn disagreement(&self, program: &str, outputs: &[Option<String>]) -> Vec<String> {
        let Some(expected) = outputs[1..].iter().flatten().next() else { return Vec::new() };
        self.all()
            .zip(outputs)
            .filter_map(|(peer, output)| Some((peer, output.as_ref()?)))
            .filter(|(_, output)| *output != expected)
            .map(|(peer, output)| format!("{program}/{peer} prints\n{output}instead of\n{expected}"))
            .collect()
    }

    fn print_head(&self) {
        print!("{:<18}{:>9}", "program", "seconds");
        for peer in &self.peers {
            print!("{:>10}", format!("/{peer}"));
        }
        println!();
    }

    fn print_row(&self, program: &str, best: &[Option<f64>]) {
        print!("{program:<18}{:>9}", best[0].map_or("-".into(), |own| format!("{own:.3}")));
        for (peer, time) in self.peers.iter().zip(&best[1..]) {
            let cell = match (best[0], *time) {
                (Some(own), Some(other)) => mark(own / other, (self.goal)(Some(program), peer)),
                // Without Sentra's time the peer's own is of use.
                (None, Some(other)) => format!("{other:.3} s "),
                _ => "- ".into(),
            };
            print!("{cell:>10}");
        }
        println!();
    }

    fn print_means(&self, ratios: &Ratios) {
        print!("{:<27}", "geometric mean");
        for peer in &self.peers {
            let of_peer: Vec<f64> =
                ratios.iter().filter(|((_, name), _)| name == peer).map(|(_, ratio)| *ratio).collect();
            let goal = (self.goal)(None, peer);
            print!("{:>10}", ratio::geometric_mean(&of_peer).map_or("- ".into(), |mean| mark(mean, goal)));
        }
        println!();
    }

    /// Missed goals, changes against the stored ratios and failures, each only if there are any.
    fn report(&self, ratios: &Ratios, failures: &[String]) {
        for ((program, peer), ratio) in ratios {
            let goal = (self.goal)(Some(program), peer);
            if *ratio > goal {
                println!("goal missed: {program}/{peer} {ratio:.2}, at most {goal:.2}");
            }
        }
        for line in ratio::changes(&ratio::load(self.stored), ratios) {
            println!("{line}");
        }
        for failure in failures {
            println!("failed: {failure}");
        }
    }
}

/// The ratio, with a star if it misses the goal.
fn mark(ratio: f64, goal: f64) -> String {
    format!("{ratio:.2}{}", if ratio > goal { '*' } else { ' ' })
}
