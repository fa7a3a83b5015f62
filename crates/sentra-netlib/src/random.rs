//! Random bytes that nobody can foresee, drawn from the system by the page: a question of DNS or
//! an echo needs a few each, and a call of the system costs more than all else in them.

use std::cell::RefCell;
use std::io;

use ring::rand::{SecureRandom, SystemRandom};

/// Bytes drawn at once.
const PAGE: usize = 4096;

/// A page of them; those before `taken` have been given out and are gone.
struct Page {
    bytes: Box<[u8; PAGE]>,
    taken: usize,
}

thread_local! {
    static CURRENT: RefCell<Page> = RefCell::new(Page { bytes: Box::new([0; PAGE]), taken: PAGE });
}

/// Fills a few bytes. It fails where the system has no random bytes.
pub fn fill(into: &mut [u8]) -> io::Result<()> {
    CURRENT.with_borrow_mut(|page| into.chunks_mut(PAGE).try_for_each(|part| page.take(part)))
}

/// A number of sixteen bits.
pub fn number() -> io::Result<u16> {
    let mut bytes = [0; 2];
    fill(&mut bytes)?;
    Ok(u16::from_be_bytes(bytes))
}

impl Page {
    fn take(&mut self, into: &mut [u8]) -> io::Result<()> {
        if self.taken + into.len() > PAGE {
            let drawn = SystemRandom::new().fill(&mut self.bytes[..]);
            drawn.map_err(|_| io::Error::other("the system gives no random bytes"))?;
            self.taken = 0;
        }
        let given = &mut self.bytes[self.taken..][..into.len()];
        into.copy_from_slice(given);
        given.fill(0);
        self.taken += into.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_once() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..2000 {
            let mut bytes = [0; 16];
            fill(&mut bytes).unwrap();
            assert!(seen.insert(bytes));
        }
        let mut many = [0; 3 * PAGE + 1];
        fill(&mut many).unwrap();
        assert!(many.iter().filter(|byte| **byte == 0).count() < 200);
    }
}
