//! PostgreSQL: types, values as text, and the places of parameters in statements.

pub mod kind;
pub mod places;
