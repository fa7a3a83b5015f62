//! Tests of the file format: round trips, damage, and one rejection for each rule.

mod build;
mod round_trip;
