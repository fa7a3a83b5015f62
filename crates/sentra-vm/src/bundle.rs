//! The program that this executable brings with it, if `sentrac bundle` made it. It only reads; what the file says is
//! taken as the user's own, since whoever could change it could change the machine code before it too.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use sentra_bytecode::bundle::{self, TAIL_BYTES};
use sentra_compiler::load::MAX_SOURCE;

/// A program with the flags that it runs with.
pub(crate) struct Bundle {
    pub program: Vec<u8>,
    pub flags: Vec<OsString>,
    pub executable: PathBuf,
}

/// What stands behind the machine code of this process.
pub(crate) fn own() -> io::Result<Option<Bundle>> {
    let Some((file, executable)) = executable() else { return Ok(None) };
    let length = file.metadata()?.len();
    let mut tail = [0; TAIL_BYTES];
    let Some(at) = length.checked_sub(TAIL_BYTES as u64) else { return Ok(None) };
    file.read_exact_at(&mut tail, at)?;
    let Some(parts) = bundle::Bundle::read(&tail, length) else { return Ok(None) };
    if parts.tail - parts.program > MAX_SOURCE {
        return Err(io::Error::other(format!("the program in it is larger than {} MiB", MAX_SOURCE >> 20)));
    }
    let mut program = vec![0; (parts.flags - parts.program) as usize];
    file.read_exact_at(&mut program, parts.program)?;
    let mut flags = vec![0; (parts.tail - parts.flags) as usize];
    file.read_exact_at(&mut flags, parts.flags)?;
    let flags = flags.split_inclusive(|byte| *byte == 0);
    let flags = flags.map(|flag| OsString::from_vec(flag[..flag.len() - 1].to_vec())).collect();
    Ok(Some(Bundle { program, flags, executable }))
}

/// The file that this process runs. Where `/proc` is not there, the kernel still tells the path that it was started by;
/// the name in the command line is whatever the caller likes.
fn executable() -> Option<(File, PathBuf)> {
    let started_by = std::ffi::OsStr::from_bytes(rustix::param::linux_execfn().to_bytes());
    let paths = [PathBuf::from("/proc/self/exe"), PathBuf::from(started_by)];
    let file = paths.iter().find_map(|path| File::open(path).ok())?;
    Some((file, std::env::current_exe().unwrap_or_else(|_| paths[1].clone())))
}
