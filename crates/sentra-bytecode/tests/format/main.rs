//! Tests of the file format: round trips, damage, one rejection for each rule, the listing.

mod arbitrary;
mod bodies;
mod build;
mod damage;
mod listing;
mod random;
mod round_trip;
mod rules;
mod valid;
