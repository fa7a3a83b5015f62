//! Filters: the language of `pcap-filter(7)`, compiled to classic BPF that the kernel runs on
//! a socket, or [`Program`] on frames from a file. Names of hosts are for the caller to look up.

mod ast;
mod emit;
mod factor;
mod facts;
mod graph;
mod layers;
mod lex;
mod meaning;
mod parse;
mod services;
mod value;
mod words;

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

use graph::Graph;
use layers::Framing;
use lex::Mistake;
use meaning::Reading;

use crate::wire::bpf::{MAX_INSTRUCTIONS, Program};
use crate::wire::packet::Link;

/// The longest text that is a filter.
pub const LONGEST: usize = 64 * 1024;
/// How much of each frame is kept where nothing else is asked.
pub const WHOLE: u32 = 262_144;

/// What a filter is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What frames start with.
    pub link: Link,
    /// The kernel runs it, and knows more about a frame than its bytes.
    pub kernel: bool,
    /// The mask of the interface's network, for `ip broadcast`; zero if it is not known.
    pub netmask: u32,
    /// How much of each frame to keep.
    pub length: u32,
}

impl Target {
    /// Frames from a file.
    pub fn file(link: Link) -> Self {
        Self { link, kernel: false, netmask: 0, length: WHOLE }
    }

    /// Frames from an interface.
    pub fn interface(link: Link) -> Self {
        Self { kernel: true, ..Self::file(link) }
    }
}

/// What names of hosts mean.
pub trait Names {
    /// The addresses of a host; none if there is no such host.
    fn host(&self, name: &str) -> Vec<IpAddr>;

    /// The Ethernet address of a host.
    fn ethernet(&self, _name: &str) -> Option<[u8; 6]> {
        None
    }
}

/// Knows no names.
#[derive(Clone, Copy, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn host(&self, _: &str) -> Vec<IpAddr> {
        vec![]
    }
}

/// Names that were looked up before.
impl Names for std::collections::HashMap<String, Vec<IpAddr>> {
    fn host(&self, name: &str) -> Vec<IpAddr> {
        self.get(name).cloned().unwrap_or_default()
    }
}

/// What is wrong with a filter, and where. Shown with the text and a mark under the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What was expected there.
    pub message: String,
    /// The bytes of the text that it is about.
    pub place: Range<usize>,
    text: String,
}

impl FilterError {
    fn new(text: &str, mistake: Mistake) -> Self {
        Self { message: mistake.message, place: mistake.place, text: text.to_string() }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        const SHOWN: usize = 100;
        let line: String = self.text.chars().map(|shown| if shown.is_control() { ' ' } else { shown }).collect();
        let column = line.get(..self.place.start).map_or(0, |before| before.chars().count());
        let width = line.get(self.place.clone()).map_or(1, |marked| marked.chars().count()).max(1);
        let skipped = column.saturating_sub(SHOWN / 2);
        let shown: String = line.chars().skip(skipped).take(SHOWN).collect();
        let width = width.min(SHOWN);
        write!(
            to,
            "{}\n    {}\n    {}{}",
            self.message,
            shown.trim_end(),
            " ".repeat(column - skipped),
            "^".repeat(width)
        )
    }
}

impl std::error::Error for FilterError {}

/// Compiles a filter. An empty text is one for all frames.
pub fn compile(text: &str, target: &Target, names: &dyn Names) -> Result<Program, FilterError> {
    let fail = |mistake| FilterError::new(text, mistake);
    let whole = 0..text.len();
    if text.len() > LONGEST {
        return Err(fail(Mistake::new(0..1, format!("a filter has at most {LONGEST} bytes"))));
    }
    let unknown = || fail(Mistake::new(0..1, format!("filters do not know frames of link type {}", target.link.0)));
    let framing = Framing::of(target.link).ok_or_else(unknown)?;
    let mut reading = Reading::new(framing, target, names);
    let condition = match parse::parse(text).map_err(fail)? {
        Some(expression) => reading.read(&expression).map_err(fail)?,
        None => graph::Condition::Constant(true),
    };
    let too_long = || fail(Mistake::new(whole.clone(), format!("this is more than {MAX_INSTRUCTIONS} instructions")));
    let (graph, start) = Graph::new(&factor::factored(condition)).map_err(|_| too_long())?;
    let (graph, start) = graph.optimise(start, &reading.values);
    let instructions = emit::emit(&graph, start, &reading.values, target.length)
        .map_err(|_| fail(Mistake::new(whole.clone(), "an expression needs more memory than programs have")))?;
    Program::new(instructions).map_err(|_| too_long())
}

/// The names in a filter that are those of hosts: what `names` of [`compile`] will be asked.
pub fn host_names(text: &str) -> Vec<String> {
    struct Asked(std::cell::RefCell<Vec<String>>);
    impl Names for Asked {
        fn host(&self, name: &str) -> Vec<IpAddr> {
            let mut names = self.0.borrow_mut();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_string());
            }
            vec![[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()]
        }
    }
    let asked = Asked(vec![].into());
    let target = Target::interface(Link::ETHERNET);
    if text.len() <= LONGEST
        && let Ok(Some(expression)) = parse::parse(text)
    {
        // What is wrong with the filter is said when it is compiled.
        let _ = Reading::new(Framing::Ethernet, &target, &asked).read(&expression);
    }
    asked.0.into_inner()
}
