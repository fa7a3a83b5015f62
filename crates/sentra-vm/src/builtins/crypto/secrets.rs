//! Password hashes and digests of files, which are left to workers.

use std::fs::File;
use std::path::Path;

use sentra_netlib::password::{self, Cost};

use super::{Result, algorithm, digits};
use crate::builtin::{Arguments, Types};
use crate::builtins::codes::malformed;
use crate::builtins::files;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "hash_file" in ["crypto"] (algorithm: Types::STRING, path: Types::STRING) -> "string",
        faults ["range", "not_found", "permission", "io"], Files,
        "The digest of a file's bytes, which may be more than memory holds.",
        "file_write(\"a\", \"abc\")\nlog(hash_file(\"md5\", \"a\")) // expect: 900150983cd24fb0d6963f7d28e17f72" => Native(hash_file);
    "password_hash" in ["crypto"] (password: Types::STRING, options: Types::MAP => "none") -> "string",
        faults ["range", "system", "memory"], Nothing,
        "A hash of the password to store (Argon2id, a PHC string with a random salt). Options: `memory_kib` (19456), `passes` (2), `lanes` (1).",
        "let h = password_hash(\"secret\", {memory_kib: 64})\nlog(h.starts_with(\"$argon2id$v=19$m=64,t=2,p=1$\")) // expect: true" => Native(password_hash);
    "password_verify" in ["crypto"] (password: Types::STRING, hash: Types::STRING) -> "boolean",
        faults ["parse", "memory"], Nothing,
        "Whether it is the password of a stored hash. A hash that is damaged, no Argon2, or asks for more than 256 MiB or 4 GiB of work is an error.",
        "let h = password_hash(\"secret\", {memory_kib: 64})\nlog(password_verify(\"secret\", h), password_verify(\"guess\", h)) // expect: true false" => Native(password_verify);
}

fn hash_file(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let algorithm = algorithm("hash_file", args)?;
    let job = move |path: &Path| File::open(path).and_then(|file| algorithm.hash_reader(file));
    files::off_loop(vm, "read", Permissions::read, files::path(args, 1), job, |vm, digest| digits(vm, &digest))
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
    reserve(vm, password::cost_of(&stored).map_err(malformed)?)?;
    let password = args.bytes(0).to_vec();
    vm.offload(move || password::verify(&password, &stored), |_, fits| Ok(fits.into()))
}
