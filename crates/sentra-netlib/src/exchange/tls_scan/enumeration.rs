//! Finding out all that a server takes, by offering what it has not taken yet until it takes
//! nothing more: one connection for each, and one to end with.

use crate::wire::tls::Protocol;

/// What is enumerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The suites of a version.
    Suites(Protocol),
    /// The groups of a version.
    Groups(Protocol),
    /// The application protocols.
    Applications,
}

/// An enumeration under way.
#[derive(Debug)]
pub(super) struct Enumeration {
    pub subject: Subject,
    /// What is still to be offered, in pieces that are offered one after the other.
    offers: Vec<Vec<u16>>,
    /// What was taken, in the order in which the server took it.
    pub taken: Vec<u16>,
    /// Whether the server can only be asked in the plainest way.
    pub is_plain: bool,
}

impl Enumeration {
    /// Offers these, all at once.
    pub fn new(subject: Subject, all: Vec<u16>) -> Self {
        Self { subject, offers: vec![all], taken: Vec::new(), is_plain: false }
    }

    /// Offers these in pieces, since the server does not understand a long hello.
    pub fn in_pieces(subject: Subject, all: &[u16], len: usize) -> Self {
        let mut offers: Vec<Vec<u16>> = all.chunks(len).map(<[u16]>::to_vec).collect();
        offers.reverse();
        Self { subject, offers, taken: Vec::new(), is_plain: true }
    }

    /// What to offer next; nothing once all have been offered.
    pub fn offer(&self) -> Option<&[u16]> {
        self.offers.last().map(Vec::as_slice)
    }

    /// The server took one, or none. False if it took what it was not offered.
    pub fn answer(&mut self, taken: Option<u16>) -> bool {
        let Some(offer) = self.offers.last_mut() else { return taken.is_none() };
        let position = taken.and_then(|taken| offer.iter().position(|&one| one == taken));
        match position {
            Some(position) => self.taken.push(offer.remove(position)),
            None => offer.clear(),
        }
        while self.offers.last().is_some_and(Vec::is_empty) {
            self.offers.pop();
        }
        position.is_some() == taken.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Enumeration, Protocol, Subject};

    #[test]
    fn everything_is_offered_until_nothing_is_taken() {
        let subject = Subject::Suites(Protocol::Tls12);
        let mut enumeration = Enumeration::in_pieces(subject, &[1, 2, 3, 4, 5], 2);
        assert_eq!(enumeration.offer(), Some(&[1, 2][..]));
        assert!(enumeration.answer(Some(2)));
        assert!(enumeration.answer(None));
        assert_eq!(enumeration.offer(), Some(&[3, 4][..]));
        assert!(!enumeration.answer(Some(9)), "it was not offered");
        assert!(enumeration.answer(Some(5)));
        assert_eq!((enumeration.offer(), &enumeration.taken[..]), (None, &[2, 5][..]));
    }
}
