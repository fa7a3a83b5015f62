//! Reads a `.sbc` file back into a module. The bytes may be damaged or hostile: the answer is
//! then an error that says where and what, never a panic, and memory stays within a small
//! multiple of the file's size. Whether the module is safe to run is for `verify` to say.

mod body;
mod reader;

use std::fmt;

use crate::checksum::checksum;
use crate::format::{FINGERPRINT, HEADER_BYTES, MAGIC, Section, VERSION};
use crate::module::Module;
use reader::Reader;

/// Why bytes are not a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// How many bytes of the file come before the trouble.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damaged bytecode at byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for DecodeError {}

/// The module that [`encode`](crate::encode()) wrote into these bytes.
///
/// # Errors
/// When the bytes are not a whole `.sbc` file of this version.
pub fn decode(bytes: &[u8]) -> Result<Module, DecodeError> {
    check_header(bytes)?;
    let mut module = Module::default();
    let mut reader = Reader::new(bytes, HEADER_BYTES);
    let mut expected = Section::ALL.iter();
    while reader.remaining() > 0 {
        let (section, end) = section_header(&mut reader)?;
        skip_to(section, &mut expected, &reader)?;
        let mut content = Reader::new(&bytes[..end], reader.offset());
        body::read_section(section, &mut content, &mut module)?;
        if content.remaining() > 0 {
            return Err(content.error(format!("{} bytes too many in section {}", content.remaining(), section.name())));
        }
        reader = Reader::new(bytes, end);
    }
    match expected.find(|section| !section.is_optional()) {
        None => Ok(module),
        Some(missing) => Err(reader.error(format!("section {} is missing", missing.name()))),
    }
}

fn check_header(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes, 0);
    if !bytes.starts_with(&MAGIC) {
        return Err(reader.error("this is not a Sentra bytecode file"));
    }
    reader.take(MAGIC.len(), "the header")?;
    let version = reader.byte("the header")?;
    if version != VERSION {
        let what = format!("format version {version}; this program reads version {VERSION}: build the file again");
        return Err(DecodeError { offset: MAGIC.len(), what });
    }
    let table = word(&mut reader)?;
    if table != FINGERPRINT {
        let what = "built by a Sentra with other instructions: build the file again".into();
        return Err(DecodeError { offset: MAGIC.len() + 1, what });
    }
    let stated = word(&mut reader)?;
    if stated != checksum(&bytes[HEADER_BYTES..]) {
        return Err(reader.error("the checksum does not match: the file was changed or cut"));
    }
    Ok(())
}

fn word(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let bytes = reader.take(4, "the header")?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// The section that starts here, and where it ends.
fn section_header(reader: &mut Reader<'_>) -> Result<(Section, usize), DecodeError> {
    let at = reader.offset();
    let number = reader.byte("a section")?;
    let Some(section) = Section::ALL.into_iter().find(|section| *section as u8 == number) else {
        return Err(DecodeError { offset: at, what: format!("unknown section {number}") });
    };
    let length = reader.length(section.name())?;
    Ok((section, reader.offset() + length))
}

/// Sections come in order, each once.
fn skip_to(
    section: Section,
    expected: &mut std::slice::Iter<'_, Section>,
    reader: &Reader<'_>,
) -> Result<(), DecodeError> {
    for next in expected {
        if *next == section {
            return Ok(());
        }
        if (*next as u8) > section as u8 {
            break;
        }
        if !next.is_optional() {
            return Err(reader.error(format!("section {} is missing", next.name())));
        }
    }
    Err(reader.error(format!("section {} comes twice", section.name())))
}
