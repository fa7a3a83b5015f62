//! Digests and keyed digests: the module `crypto`.
//!
//! Digests are made in place, since a worker would need a copy of the data: 100 MB hold the
//! loop for well under a second.

#[cfg(feature = "system")]
pub(super) mod secrets;
#[cfg(feature = "system")]
pub(super) mod tokens;

use sentra_netlib::code::hex;
use sentra_netlib::digest::{self, Algorithm};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

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

fn constant_time_eq(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(digest::constant_time_eq(args.bytes(0), args.bytes(1)).into())
}
