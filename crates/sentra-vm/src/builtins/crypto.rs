//! Digests, keyed digests and password hashes: the module `crypto`.
//!
//! Digests are made in place, since a worker would need a copy of the data: 100 MB hold the
//! loop for well under a second. Passwords and files go to workers.

pub(super) mod tokens;

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use sentra_netlib::code::hex;
use sentra_netlib::digest::{self, Algorithm};
use sentra_netlib::password::{self, Cost};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

use super::files;
use super::settings::Settings;

const DATA: Types = Types::STRING;

builtins! { TABLE:
    "md5" in ["crypto"] (data: DATA) -> "string",
        faults [], Nothing,
        "The MD5 digest in hexadecimal. It protects nothing any more; use it where a list or protocol demands it.",
        "log(md5(\"abc\")) // expect: 900150983cd24fb0d6963f7d28e17f72" => Native(md5);
    "sha1" in ["crypto"] (data: DATA) -> "string",
        faults [], Nothing,
        "The SHA-1 digest in hexadecimal. It protects nothing any more; use it where a list or protocol demands it.",
        "log(sha1(\"abc\")) // expect: a9993e364706816aba3e25717850c26c9cd0d89d" => Native(sha1);
    "sha256" in ["crypto"] (data: DATA) -> "string",
        faults [], Nothing,
        "The SHA-256 digest in hexadecimal.",
        "log(sha256(\"abc\").slice(0, 16)) // expect: ba7816bf8f01cfea" => Native(sha256);
    "sha384" in ["crypto"] (data: DATA) -> "string",
        faults [], Nothing,
        "The SHA-384 digest in hexadecimal.",
        "log(sha384(\"abc\").slice(0, 16)) // expect: cb00753f45a35e8b" => Native(sha384);
    "sha512" in ["crypto"] (data: DATA) -> "string",
        faults [], Nothing,
        "The SHA-512 digest in hexadecimal.",
        "log(sha512(\"abc\").slice(0, 16)) // expect: ddaf35a193617aba" => Native(sha512);
    "hash" in ["crypto"] (algorithm: Types::STRING, data: DATA) -> "string",
        faults ["range"], Nothing,
        "The digest by an algorithm named md5, sha1, sha224, sha256, sha384 or sha512, in hexadecimal.",
        "log(hash(\"sha224\", \"abc\").slice(0, 16)) // expect: 23097d223405d822" => Native(hash);
    "hash_file" in ["crypto"] (algorithm: Types::STRING, path: Types::STRING) -> "string",
        faults ["range", "not_found", "permission", "io"], Files,
        "The digest of a file's bytes, which may be more than memory holds.",
        "file_write(\"a\", \"abc\")\nlog(hash_file(\"md5\", \"a\")) // expect: 900150983cd24fb0d6963f7d28e17f72" => Native(hash_file);
    "hmac_sha1" in ["crypto"] (key: Types::STRING, data: DATA) -> "string",
        faults [], Nothing,
        "The HMAC by SHA-1 (RFC 2104) in hexadecimal.",
        "log(hmac_sha1(\"key\", \"data\").slice(0, 16)) // expect: 104152c5bfdca07b" => Native(hmac_sha1);
    "hmac_sha256" in ["crypto"] (key: Types::STRING, data: DATA) -> "string",
        faults [], Nothing,
        "The HMAC by SHA-256 (RFC 2104) in hexadecimal.",
        "log(hmac_sha256(\"key\", \"data\").slice(0, 16)) // expect: 5031fe3d989c6d15" => Native(hmac_sha256);
    "hmac_sha384" in ["crypto"] (key: Types::STRING, data: DATA) -> "string",
        faults [], Nothing,
        "The HMAC by SHA-384 (RFC 2104) in hexadecimal.",
        "log(hmac_sha384(\"key\", \"data\").slice(0, 16)) // expect: c5f97ad9fd1020c1" => Native(hmac_sha384);
    "hmac_sha512" in ["crypto"] (key: Types::STRING, data: DATA) -> "string",
        faults [], Nothing,
        "The HMAC by SHA-512 (RFC 2104) in hexadecimal.",
        "log(hmac_sha512(\"key\", \"data\").slice(0, 16)) // expect: 3c5953a18f7303ec" => Native(hmac_sha512);
    "constant_time_eq" in ["crypto"] (a: Types::STRING, b: Types::STRING) -> "boolean",
        faults [], Nothing,
        "Whether two strings are equal, in a time that tells an attacker nothing but their lengths.",
        "log(constant_time_eq(\"token\", \"token\"), constant_time_eq(\"token\", \"taken\")) // expect: true false" => Native(constant_time_eq);
    "password_hash" in ["crypto"] (password: Types::STRING, options: Types::MAP => "none") -> "string",
        faults ["range", "system", "memory"], Nothing,
        "A hash of the password to store (Argon2id, a PHC string with a random salt). Options: `memory_kib` (19456), `passes` (2), `lanes` (1).",
        "let h = password_hash(\"secret\", {memory_kib: 64})\nlog(h.starts_with(\"$argon2id$v=19$m=64,t=2,p=1$\")) // expect: true" => Native(password_hash);
    "password_verify" in ["crypto"] (password: Types::STRING, hash: Types::STRING) -> "boolean",
        faults ["parse", "memory"], Nothing,
        "Whether it is the password of a stored hash. A hash that is damaged, no Argon2, or asks for more than 256 MiB or 4 GiB of work is an error.",
        "let h = password_hash(\"secret\", {memory_kib: 64})\nlog(password_verify(\"secret\", h), password_verify(\"guess\", h)) // expect: true false" => Native(password_verify);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

fn digits(vm: &mut Vm, digest: &[u8]) -> Result<Value> {
    Ok(vm.heap.text(hex::encode(digest).as_bytes()))
}

macro_rules! digests {
    ($($name:ident $algorithm:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: Arguments) -> Result<Value> {
            digits(vm, &Algorithm::$algorithm.hash(args.bytes(0)))
        })*
    };
}

digests! { md5 Md5; sha1 Sha1; sha256 Sha256; sha384 Sha384; sha512 Sha512; }

macro_rules! keyed_digests {
    ($($name:ident $algorithm:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: Arguments) -> Result<Value> {
            digits(vm, &Algorithm::$algorithm.hmac(args.bytes(0), args.bytes(1)))
        })*
    };
}

keyed_digests! { hmac_sha1 Sha1; hmac_sha256 Sha256; hmac_sha384 Sha384; hmac_sha512 Sha512; }

/// The algorithm that the first argument names.
fn algorithm(builtin: &str, args: Arguments) -> Result<Algorithm> {
    let name = args.string(0);
    Algorithm::named(&name).ok_or_else(|| {
        let known: Vec<&str> = Algorithm::ALL.iter().map(|(name, _)| *name).collect();
        Fault::range(format!("`{builtin}` knows no algorithm `{name}` (known: {})", known.join(", ")))
    })
}

fn hash(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let digest = algorithm("hash", args)?.hash(args.bytes(1));
    digits(vm, &digest)
}

fn hash_file(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let algorithm = algorithm("hash_file", args)?;
    let path = PathBuf::from(OsString::from_vec(args.bytes(1).to_vec()));
    let job = move || (File::open(&path).and_then(|file| algorithm.hash_reader(file)), path);
    vm.offload(job, |vm, (digest, path)| match digest {
        Ok(digest) => digits(vm, &digest),
        Err(error) => Err(files::failure("read", &path, &error)),
    })
}

fn constant_time_eq(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(digest::constant_time_eq(args.bytes(0), args.bytes(1)).into())
}

/// Fails if a password hash takes more memory than is left.
fn reserve(vm: &Vm, cost: Cost) -> Result<()> {
    vm.heap.reserve((cost.memory as usize) << 10)
}

fn password_hash(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new("password_hash", args.optional(1), &["memory_kib", "passes", "lanes"])?;
    let option = |name, usual: u32, most: u32| {
        options.integer(name, 1, i64::from(most)).map(|given| given.map_or(usual, |given| given as u32))
    };
    let usual = Cost::default();
    let cost = Cost {
        memory: option("memory_kib", usual.memory, password::MOST_MEMORY)?,
        passes: option("passes", usual.passes, password::MOST_PASSES)?,
        lanes: option("lanes", usual.lanes, password::MOST_LANES)?,
    };
    cost.check().map_err(|why| Fault::range(format!("`password_hash` {why}")))?;
    reserve(vm, cost)?;
    let salt = password::salt().ok_or_else(|| Fault::new("system", "the system gives no random bytes"))?;
    let password = args.bytes(0).to_vec();
    let made = move || password::hash(&password, &salt, cost);
    vm.offload(made, |vm, hash| match hash {
        Ok(hash) => vm.heap.checked_text(hash.as_bytes()),
        Err(why) => Err(Fault::new("system", why)),
    })
}

fn password_verify(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let stored = args.string(1).into_owned();
    reserve(vm, password::cost_of(&stored).map_err(super::codes::malformed)?)?;
    let password = args.bytes(0).to_vec();
    vm.offload(move || password::verify(&password, &stored), |_, fits| Ok(fits.into()))
}
