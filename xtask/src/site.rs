//! The parts of the documentation's site that mdBook does not have: colours for Sentra's code, and a check of all links. It reads
//! and writes text; the pages themselves mdBook makes.

pub mod highlight;
pub mod links;
