//! Password hashes: Argon2 (RFC 9106) in PHC strings. A stored hash may come from anywhere, so
//! what it asks for is bounded before anything is computed. Slow on purpose.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, Salt, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use ring::rand::{SecureRandom, SystemRandom};

use crate::code::Malformed;

/// The most memory of one hash, in KiB.
pub const MOST_MEMORY: u32 = 256 << 10;
/// The most passes over it.
pub const MOST_PASSES: u32 = 64;
/// The most lanes.
pub const MOST_LANES: u32 = 16;
/// The most KiB that all passes together go over.
const MOST_WORK: u64 = 4 << 20;
/// Bytes of a salt.
const SALT: usize = 16;

/// What a hash costs whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8 for each lane.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes that could be computed side by side.
    pub lanes: u32,
}

impl Default for Cost {
    /// What OWASP recommends at the least.
    fn default() -> Self {
        Self { memory: 19 << 10, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// Says why it is too much, or too little for the algorithm.
    pub fn check(self) -> Result<(), String> {
        let Self { memory, passes, lanes } = self;
        if !(1..=MOST_LANES).contains(&lanes) || !(1..=MOST_PASSES).contains(&passes) {
            return Err(format!(
                "takes 1 to {MOST_PASSES} passes and 1 to {MOST_LANES} lanes, got {passes} and {lanes}"
            ));
        }
        if !(8 * lanes..=MOST_MEMORY).contains(&memory) {
            return Err(format!("takes {} to {MOST_MEMORY} KiB of memory, got {memory}", 8 * lanes));
        }
        match u64::from(memory) * u64::from(passes) {
            0..=MOST_WORK => Ok(()),
            _ => Err(format!("{passes} passes over {memory} KiB are too much work (at most {MOST_WORK} KiB in all)")),
        }
    }
}

/// A random salt, or nothing if the system gives no random bytes.
pub fn salt() -> Option<[u8; SALT]> {
    let mut salt = [0; SALT];
    SystemRandom::new().fill(&mut salt).ok().map(|()| salt)
}

/// The PHC string for a password, at a cost that `check` accepts.
pub fn hash(password: &[u8], salt: &[u8], cost: Cost) -> Result<String, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let params = Params::new(cost.memory, cost.passes, cost.lanes, None).map_err(|error| text(&error))?;
    let salt = SaltString::encode_b64(salt).map_err(|error| text(&error))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password(password, Salt::from(&salt)).map_err(|error| text(&error))?;
    Ok(hash.to_string())
}

/// The cost that a stored hash names; fails unless it is an Argon2 hash that can be computed here.
pub fn cost_of(stored: &str) -> Result<Cost, Malformed> {
    let no = |what: String| Malformed::whole(format!("no password hash that can be checked: {what}"));
    let hash = PasswordHash::new(stored).map_err(|error| no(error.to_string()))?;
    Algorithm::try_from(hash.algorithm).map_err(|_| no(format!("the algorithm is {}, not Argon2", hash.algorithm)))?;
    if hash.hash.is_none() || hash.salt.is_none() {
        return Err(no("the salt or the hash itself is missing".into()));
    }
    let params = Params::try_from(&hash).map_err(|error| no(error.to_string()))?;
    let cost = Cost { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
    cost.check().map_err(no)?;
    Ok(cost)
}

/// Whether the password is the one of a stored hash that `cost_of` accepts.
pub fn verify(password: &[u8], stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

    #[test]
    fn a_hash_knows_its_password() {
        let stored = hash(b"secret", &salt().unwrap(), QUICK).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(cost_of(&stored), Ok(QUICK));
        assert!(verify(b"secret", &stored));
        assert!(!verify(b"Secret", &stored));
    }

    /// Computed by the reference implementation's `argon2` command.
    #[test]
    fn others_hashes_are_understood() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(cost_of(stored).is_ok() && verify(b"password", stored));
    }

    #[test]
    fn hostile_hashes_are_refused_unseen() {
        for stored in [
            "",
            "$argon2id$",
            "$2b$10$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=4294967295,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ",
        ] {
            assert!(cost_of(stored).is_err(), "{stored}");
        }
    }
}
