//! What the system knows of a file.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{off_loop, path};
use crate::builtin::Arguments;
use crate::fault::Fault;
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;

pub(super) fn file_info(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let given = path(args, 0);
    let name = given.file_name().unwrap_or(given.as_os_str()).as_bytes().to_vec();
    let shown = args.bytes(0).to_vec();
    let job = |path: &Path| {
        let itself = fs::symlink_metadata(path)?;
        let is_link = itself.is_symlink();
        // A link to nothing is still there to be looked at.
        Ok((fs::metadata(path).unwrap_or(itself), is_link))
    };
    off_loop(vm, "look at", Permissions::look_at, given, job, move |vm, (found, is_link)| {
        let (name, shown) = (vm.heap.text(&name), vm.heap.text(&shown));
        let kind = vm.heap.intern(kind(&found).as_bytes());
        let map = vm.heap.map(12);
        for (key, value) in [
            ("name", name),
            ("path", shown),
            ("type", kind),
            ("size", Value::number(found.len() as f64)),
            ("is_file", found.is_file().into()),
            ("is_dir", found.is_dir().into()),
            ("is_link", is_link.into()),
            ("mode", Value::number(f64::from(found.mode() & 0o7777))),
            ("uid", Value::number(f64::from(found.uid()))),
            ("gid", Value::number(f64::from(found.gid()))),
            ("modified_ms", milliseconds(found.modified().ok())),
            ("accessed_ms", milliseconds(found.accessed().ok())),
        ] {
            map.set_text(&mut vm.heap, key, value)?;
        }
        Ok(map.value())
    })
}

fn kind(found: &Metadata) -> &'static str {
    let of = found.file_type();
    match () {
        () if of.is_file() => "file",
        () if of.is_dir() => "directory",
        () if of.is_symlink() => "link",
        () if of.is_fifo() => "pipe",
        () if of.is_socket() => "socket",
        () => "device",
    }
}

/// Milliseconds since 1970, negative before; nil where the system does not know.
fn milliseconds(at: Option<SystemTime>) -> Value {
    let Some(at) = at else { return Value::NIL };
    let milliseconds = match at.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as f64,
        Err(before) => -(before.duration().as_millis() as f64),
    };
    Value::number(milliseconds)
}
