//! Capture files opened: decompressed, read and filtered, frame by frame in bounded memory.
//! Reading blocks, so this belongs on a thread that may.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::Malformed;
use crate::filter::{self, FilterError, Names, Target};
use crate::wire::bpf::Program;
use crate::wire::capture::{Reader, Record};
use crate::wire::packet::Link;

/// What files of gzip begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file cannot be read on.
#[derive(Debug)]
pub enum Failure {
    /// The system said so.
    System(io::Error),
    /// It is damaged.
    Malformed(Malformed),
    /// The filter does not fit what frames begin with.
    Filter(FilterError),
}

/// A filter by what frames begin with, compiled as they come.
struct Filters {
    text: String,
    names: HashMap<String, Vec<std::net::IpAddr>>,
    compiled: Vec<(Link, Program)>,
}

impl Filters {
    /// The place of the program for a link.
    fn place(&mut self, link: Link) -> Result<usize, FilterError> {
        if let Some(place) = self.compiled.iter().position(|(known, _)| *known == link) {
            return Ok(place);
        }
        let program = filter::compile(&self.text, &Target::file(link), &self.names as &dyn Names)?;
        self.compiled.push((link, program));
        Ok(self.compiled.len() - 1)
    }
}

/// A capture file that is being read.
pub struct Trace {
    from: Box<dyn Read + Send>,
    reader: Reader,
    filters: Option<Filters>,
    ended: bool,
}

impl Trace {
    /// Opens a file, plain or in gzip. Only frames that a filter takes are given; an empty one
    /// takes all. `names` are what host names in it mean.
    pub fn open(path: &Path, filter: &str, names: HashMap<String, Vec<std::net::IpAddr>>) -> Result<Self, Failure> {
        let mut file = File::open(path).map_err(Failure::System)?;
        let mut begin = Vec::new();
        file.by_ref().take(2).read_to_end(&mut begin).map_err(Failure::System)?;
        let whole = io::Cursor::new(begin.clone()).chain(file);
        let from: Box<dyn Read + Send> =
            if begin == GZIP { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        let filters = (!filter.trim().is_empty()).then(|| Filters { text: filter.into(), names, compiled: Vec::new() });
        Ok(Self { from, reader: Reader::default(), filters, ended: false })
    }

    /// Hands frames over until `each` has enough, which it says by giving false, about so many
    /// bytes were read, or the file ends: whether there may be more.
    pub fn read(&mut self, most: usize, mut each: impl FnMut(Record) -> bool) -> Result<bool, Failure> {
        let mut read = 0;
        while !self.ended {
            while let Some(record) = self.reader.next().map_err(Failure::Malformed)? {
                if let Some(filters) = &mut self.filters {
                    let place = filters.place(record.link).map_err(Failure::Filter)?;
                    let length = u32::try_from(record.length).unwrap_or(u32::MAX);
                    if !filters.compiled[place].1.matches(record.frame, length) {
                        continue;
                    }
                }
                if !each(record) {
                    return Ok(true);
                }
            }
            if read >= most {
                return Ok(true);
            }
            read += self.fill()?;
        }
        Ok(false)
    }

    fn fill(&mut self) -> Result<usize, Failure> {
        loop {
            match self.from.read(self.reader.room()) {
                Ok(0) => {
                    self.ended = true;
                    return self.reader.finish().map(|()| 0).map_err(Failure::Malformed);
                }
                Ok(count) => {
                    self.reader.filled(count);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::System(error)),
            }
        }
    }
}
