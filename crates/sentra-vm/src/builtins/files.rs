//! Files and folders. Every access runs on a worker thread: the event loop never waits for a disk.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

use super::text::lines_of;

mod glob;

const PATH: Types = Types::STRING;
const DATA: Types = Types::STRING;

builtins! { TABLE:
    "file_read" in ["fs", "fs:read"] (path: PATH) -> "string",
        faults ["not_found", "permission", "io", "memory"], Files,
        "The file's bytes.",
        "file_write(\"note.txt\", \"text\")\nlog(file_read(\"note.txt\")) // expect: text" => Native(file_read);
    "read_file" in ["fs"] (path: PATH) -> "string",
        faults ["not_found", "permission", "io", "memory"], Files,
        "The file's bytes; the same as `file_read`.",
        "file_write(\"note.txt\", \"text\")\nlog(read_file(\"note.txt\")) // expect: text" => Native(file_read);
    "file_write" in ["fs", "fs:write"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "Makes the file consist of these bytes; how many were written.",
        "log(file_write(\"note.txt\", \"text\")) // expect: 4" => Native(file_write);
    "write_file" in ["fs"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "Makes the file consist of these bytes; the same as `file_write`.",
        "log(write_file(\"note.txt\", \"text\")) // expect: 4" => Native(file_write);
    "file_append" in ["fs", "fs:append"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "Adds bytes at the end of the file, which is made if it is not there; how many were written.",
        "file_write(\"a\", \"x\")\nfile_append(\"a\", \"y\")\nlog(file_read(\"a\")) // expect: xy" => Native(file_append);
    "file_exists" in ["fs", "fs:exists"] (path: PATH) -> "boolean",
        faults [], Files,
        "Whether there is a file or folder of that name.",
        "log(file_exists(\"nosuch\")) // expect: false" => Native(file_exists);
    "file_delete" in ["fs", "fs:remove"] (path: PATH) -> "boolean",
        faults ["not_found", "permission", "io"], Files,
        "Deletes the file.",
        "file_write(\"a\", \"x\")\nlog(file_delete(\"a\"), file_exists(\"a\")) // expect: true false" => Native(file_delete);
    "file_copy" in ["fs", "fs:copy"] (from: PATH, to: PATH) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "Copies the file's bytes and permissions over another; how many bytes.",
        "file_write(\"a\", \"x\")\nfile_copy(\"a\", \"b\")\nlog(file_read(\"b\")) // expect: x" => Native(file_copy);
    "file_move" in ["fs", "fs:rename"] (from: PATH, to: PATH) -> "boolean",
        faults ["not_found", "permission", "io"], Files,
        "Renames the file or folder, copying a file if it goes to another file system.",
        "file_write(\"a\", \"x\")\nfile_move(\"a\", \"b\")\nlog(file_exists(\"a\"), file_read(\"b\")) // expect: false x" => Native(file_move);
    "file_size" in ["fs", "fs:size"] (path: PATH) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "The file's length in bytes.",
        "file_write(\"a\", \"four\")\nlog(file_size(\"a\")) // expect: 4" => Native(file_size);
    "file_info" in ["fs", "fs:info"] (path: PATH) -> "map",
        faults ["not_found", "permission", "io"], Files,
        "What is known of a file or folder: `name`, `path`, `size`, `is_file`, `is_dir`, `is_link`, `mode`, `modified` (milliseconds).",
        "file_write(\"a\", \"four\")\nlet i = file_info(\"a\")\nlog(i.name, i.size, i.is_dir) // expect: a 4 false" => Native(file_info);
    "file_lines" in ["fs", "fs:lines"] (path: PATH) -> "array",
        faults ["not_found", "permission", "io", "memory"], Files,
        "The file's lines without their ends.",
        "file_write(\"a\", \"one\\ntwo\\n\")\nlog(file_lines(\"a\")) // expect: [\"one\", \"two\"]" => Native(file_lines);
    "dir_list" in ["fs", "fs:list"] (path: PATH => "\".\"") -> "array",
        faults ["not_found", "permission", "not_a_directory", "io"], Files,
        "The names of what is in the folder, sorted.",
        "dir_create(\"d\")\nfile_write(\"d/x\", \"\")\nlog(dir_list(\"d\")) // expect: [\"x\"]" => Native(dir_list);
    "dir_create" in ["fs", "fs:mkdir"] (path: PATH) -> "boolean",
        faults ["permission", "exists", "io"], Files,
        "Makes the folder and those above it; whether it was not there before.",
        "log(dir_create(\"a/b\"), dir_create(\"a/b\"), dir_exists(\"a\")) // expect: true false true" => Native(dir_create);
    "dir_exists" in ["fs"] (path: PATH) -> "boolean",
        faults [], Files,
        "Whether there is a folder of that name.",
        "log(dir_exists(\".\"), dir_exists(\"nosuch\")) // expect: true false" => Native(dir_exists);
    "dir_delete" in ["fs", "fs:rmdir"] (path: PATH, with_contents: Types::BOOLEAN => "false") -> "boolean",
        faults ["not_found", "permission", "not_empty", "not_a_directory", "io"], Files,
        "Deletes the folder, which has to be empty unless its contents shall go too.",
        "dir_create(\"d\")\nlog(dir_delete(\"d\"), dir_exists(\"d\")) // expect: true false" => Native(dir_delete);
    "glob" in ["fs"] (pattern: Types::STRING) -> "array",
        faults ["range"], Files,
        "The paths that fit a pattern, sorted: `*` and `?` within a name, `[a-z]`, `**` for any folders.",
        "dir_create(\"d\")\nfile_write(\"d/a.txt\", \"\")\nlog(glob(\"d/*.txt\"), glob(\"**/a.*\")) // expect: [\"d/a.txt\"] [\"d/a.txt\"]" => Native(glob_paths);
}

fn path(args: Arguments, index: usize) -> PathBuf {
    PathBuf::from(OsString::from_vec(args.bytes(index).to_vec()))
}

/// The fault for what the system says of a path.
pub(super) fn failure(doing: &str, path: &Path, error: &io::Error) -> Box<Fault> {
    let kind = match error.kind() {
        ErrorKind::NotFound => "not_found",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "permission",
        ErrorKind::AlreadyExists => "exists",
        ErrorKind::DirectoryNotEmpty => "not_empty",
        ErrorKind::NotADirectory => "not_a_directory",
        ErrorKind::IsADirectory => "is_a_directory",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "full",
        _ => "io",
    };
    let mut reason = error.to_string();
    if let Some(number) = reason.find(" (os error") {
        reason.truncate(number);
        reason[..1].make_ascii_lowercase();
    }
    Fault::new(kind, format!("cannot {doing} {}: {reason}", path.display()))
}

/// Runs a job on a worker and makes a value of what it gives.
fn off_loop<R: Send + 'static>(
    vm: &mut Vm,
    doing: &'static str,
    path: PathBuf,
    job: impl FnOnce(&Path) -> io::Result<R> + Send + 'static,
    value: impl FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>> + 'static,
) -> Result<Value, Box<Fault>> {
    vm.offload(
        move || {
            let result = job(&path);
            (path, result)
        },
        move |vm, (path, result)| match result {
            Ok(result) => value(vm, result),
            Err(error) => Err(failure(doing, &path, &error)),
        },
    )
}

fn number(_: &mut Vm, count: u64) -> Result<Value, Box<Fault>> {
    Ok(Value::number(count as f64))
}

fn boolean(_: &mut Vm, truth: bool) -> Result<Value, Box<Fault>> {
    Ok(truth.into())
}

/// Reads a file, unless it is larger than what memory is left.
fn read(path: &Path, most: Option<usize>) -> io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if most.is_some_and(|most| length > most as u64) {
        return Err(ErrorKind::OutOfMemory.into());
    }
    fs::read(path)
}

fn memory_left(vm: &Vm) -> Option<usize> {
    vm.heap.limit().map(|limit| limit.saturating_sub(vm.heap.bytes()))
}

fn file_read(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let left = memory_left(vm);
    off_loop(vm, "read", path(args, 0), move |path| read(path, left), |vm, bytes| vm.heap.checked_text(&bytes))
}

fn file_lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let left = memory_left(vm);
    off_loop(vm, "read", path(args, 0), move |path| read(path, left), |vm, bytes| lines_of(&mut vm.heap, &bytes))
}

fn file_write(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let data = args.bytes(1).to_vec();
    off_loop(vm, "write", path(args, 0), move |path| fs::write(path, &data).map(|()| data.len() as u64), number)
}

fn file_append(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let data = args.bytes(1).to_vec();
    let job = move |path: &Path| {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(&data).map(|()| data.len() as u64)
    };
    off_loop(vm, "write", path(args, 0), job, number)
}

fn file_exists(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "look at", path(args, 0), |path| Ok(path.exists()), boolean)
}

fn dir_exists(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "look at", path(args, 0), |path| Ok(path.is_dir()), boolean)
}

fn file_delete(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "delete", path(args, 0), |path| fs::remove_file(path).map(|()| true), boolean)
}

fn file_copy(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let to = path(args, 1);
    off_loop(vm, "copy", path(args, 0), move |from| fs::copy(from, to), number)
}

fn file_move(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let to = path(args, 1);
    let job = move |from: &Path| match fs::rename(from, &to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            fs::copy(from, &to)?;
            fs::remove_file(from).map(|()| true)
        }
        other => other.map(|()| true),
    };
    off_loop(vm, "move", path(args, 0), job, boolean)
}

fn file_size(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "look at", path(args, 0), |path| fs::metadata(path).map(|found| found.len()), number)
}

fn file_info(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let given = path(args, 0);
    let name = given.file_name().unwrap_or(given.as_os_str()).as_bytes().to_vec();
    let shown = args.bytes(0).to_vec();
    let job = |path: &Path| {
        let is_link = fs::symlink_metadata(path)?.file_type().is_symlink();
        // A link to nothing is still there to be looked at.
        fs::metadata(path).or_else(|_| fs::symlink_metadata(path)).map(|found| (found, is_link))
    };
    off_loop(vm, "look at", given, job, move |vm, (found, is_link)| {
        let modified = found.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map_or(Value::NIL, |since| Value::number(since.as_millis() as f64));
        let (name, shown) = (vm.heap.text(&name), vm.heap.text(&shown));
        let map = vm.heap.map(8);
        for (key, value) in [
            ("name", name),
            ("path", shown),
            ("size", Value::number(found.len() as f64)),
            ("is_file", found.is_file().into()),
            ("is_dir", found.is_dir().into()),
            ("is_link", is_link.into()),
            ("mode", Value::number(f64::from(found.permissions().mode() & 0o7777))),
            ("modified", modified),
        ] {
            map.set_text(&mut vm.heap, key, value)?;
        }
        Ok(map.value())
    })
}

/// An array of names.
fn names(vm: &mut Vm, names: Vec<Vec<u8>>) -> Result<Value, Box<Fault>> {
    vm.heap.reserve(names.iter().map(|name| name.len() + 32).sum())?;
    let array = vm.heap.array_with_capacity(names.len());
    for name in names {
        let name = vm.heap.text(&name);
        array.push(&mut vm.heap, name)?;
    }
    Ok(array.value())
}

fn dir_list(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let folder = args.optional(0).map_or_else(|| PathBuf::from("."), |_| path(args, 0));
    let job = |path: &Path| {
        let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.file_name().into_vec()));
        let mut names = entries.collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    off_loop(vm, "list", folder, job, names)
}

fn dir_create(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let job = |path: &Path| {
        if path.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(path).map(|()| true)
    };
    off_loop(vm, "make the folder", path(args, 0), job, boolean)
}

fn dir_delete(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let with_contents = args.value(1) == Value::TRUE;
    let job =
        move |path: &Path| if with_contents { fs::remove_dir_all(path) } else { fs::remove_dir(path) }.map(|()| true);
    off_loop(vm, "delete the folder", path(args, 0), job, boolean)
}

fn glob_paths(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let pattern = args.bytes(0).to_vec();
    vm.offload(
        move || glob::find(&pattern),
        |vm, found| match found {
            Some(found) => names(vm, found),
            None => Err(Fault::range("the pattern asks for too many folders")),
        },
    )
}
