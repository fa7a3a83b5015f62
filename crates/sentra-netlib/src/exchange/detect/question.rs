//! The first question of a DNS message, as far as detectors need it.

/// A message's head and question.
pub(super) struct Question {
    pub id: u16,
    pub is_response: bool,
    /// The name in lower case, with dots.
    pub name: Vec<u8>,
    pub kind: u16,
}

/// The type that asks for all records.
pub(super) const ANY: u16 = 255;

/// Reads a message; nothing if it is none.
pub(super) fn read(message: &[u8]) -> Option<Question> {
    let (head, mut rest) = message.split_first_chunk::<12>()?;
    if u16::from_be_bytes([head[4], head[5]]) != 1 {
        return None;
    }
    let mut name = Vec::with_capacity(64);
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            let (kind, _) = after.split_first_chunk::<2>()?;
            let (id, is_response) = (u16::from_be_bytes([head[0], head[1]]), head[2] & 0x80 != 0);
            return Some(Question { id, is_response, name, kind: u16::from_be_bytes(*kind) });
        }
        // A question has no compressed names, labels are of 63 bytes, names of 255.
        let label = after.get(..usize::from(length)).filter(|_| length < 64 && name.len() < 255)?;
        if !name.is_empty() {
            name.push(b'.');
        }
        name.extend(label.iter().map(u8::to_ascii_lowercase));
        rest = &after[usize::from(length)..];
    }
}

impl Question {
    /// The name's end that somebody registered, and what stands before it.
    pub fn domain(&self) -> (&[u8], &[u8]) {
        let dots: Vec<usize> = memchr::memchr_iter(b'.', &self.name).collect();
        // `co.uk`, `com.au` and the like are no domains of somebody.
        let second = match dots.len() {
            0 => return (&self.name, &[]),
            1 => 0,
            count => dots[count - 2] + 1,
        };
        let last = dots[dots.len() - 1];
        let start = match dots.len() {
            count if last - second <= 3 && self.name.len() - last <= 3 => {
                if count >= 3 {
                    dots[count - 3] + 1
                } else {
                    0
                }
            }
            _ => second,
        };
        (&self.name[start..], &self.name[..start.saturating_sub(1)])
    }
}
