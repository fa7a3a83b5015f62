//! Paths as text. Looks at no file.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "path_join" in ["fs", "fs:join"] (first: Types::STRING; ...more: Types::STRING) -> "string",
        faults [], Nothing,
        "The parts with one `/` between them; an absolute part starts anew.",
        "log(path_join(\"a\", \"b/\", \"c.txt\"), path_join(\"a\", \"/b\")) // expect: a/b/c.txt /b" => Native(path_join);
    "path_base" in ["fs", "fs:base"] (path: Types::STRING) -> "string",
        faults [], Nothing,
        "The last name of a path.",
        "log(path_base(\"a/b.txt\"), path_base(\"a/b/\")) // expect: b.txt b" => Native(path_base);
    "path_dir" in ["fs", "fs:dir"] (path: Types::STRING) -> "string",
        faults [], Nothing,
        "The path without its last name.",
        "log(path_dir(\"a/b.txt\"), path_dir(\"b.txt\"), path_dir(\"/b\")) // expect: a . /" => Native(path_dir);
    "path_ext" in ["fs", "fs:ext"] (path: Types::STRING) -> "string",
        faults [], Nothing,
        "The last name's part from its last dot on, empty if there is none.",
        "log(path_ext(\"a/b.tar.gz\"), path_ext(\".bashrc\") + \"|\") // expect: .gz |" => Native(path_ext);
}

/// The path without slashes at its end, and where its last name starts.
fn last_name(path: &[u8]) -> (&[u8], usize) {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let path = &path[..end];
    (path, memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1))
}

fn path_join(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut joined = Vec::new();
    for part in (0..args.len()).map(|index| args.bytes(index)).filter(|part| !part.is_empty()) {
        if part.starts_with(b"/") {
            joined.clear();
        } else if !joined.is_empty() && !joined.ends_with(b"/") {
            joined.push(b'/');
        }
        joined.extend_from_slice(part);
    }
    vm.heap.checked_text(&joined)
}

fn path_base(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (path, from) = last_name(args.bytes(0));
    let root = path.is_empty() && !args.bytes(0).is_empty();
    Ok(vm.heap.text(if root { b"/" } else { &path[from..] }))
}

fn path_dir(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (path, from) = last_name(args.bytes(0));
    let end = path[..from].iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let dir = match &path[..end] {
        [] if args.bytes(0).starts_with(b"/") => b"/",
        [] => b".",
        dir => dir,
    };
    Ok(vm.heap.text(dir))
}

fn path_ext(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (path, from) = last_name(args.bytes(0));
    let name = &path[from..];
    let dot = memchr::memrchr(b'.', name).filter(|&dot| dot > 0);
    Ok(vm.heap.text(dot.map_or(b"", |dot| &name[dot..])))
}
