//! Files and folders. Every access runs on a worker thread: the event loop never waits for a disk.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Draft;
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;

use super::text::lines_of;

mod glob;
mod info;
pub(crate) mod replace;

const PATH: Types = Types::STRING;
const DATA: Types = Types::STRING;

builtins! { TABLE:
    "file_read" in ["fs", "fs:read"] (path: PATH, offset: Types::INTEGER => "0", length: Types::INTEGER => "all") -> "string",
        faults ["not_found", "permission", "is_a_directory", "range", "io", "memory"], Files,
        "The file's bytes, or those from an offset on, at most so many.",
        "file_write(\"note.txt\", \"some text\")\nlog(file_read(\"note.txt\")) // expect: some text\nlog(file_read(\"note.txt\", 5, 3)) // expect: tex" => Native(file_read);
    "read_file" in ["fs"] (path: PATH, offset: Types::INTEGER => "0", length: Types::INTEGER => "all") -> "string",
        faults ["not_found", "permission", "is_a_directory", "range", "io", "memory"], Files,
        "The file's bytes; the same as `file_read`.",
        "file_write(\"note.txt\", \"text\")\nlog(read_file(\"note.txt\")) // expect: text" => Native(file_read);
    "file_write" in ["fs", "fs:write"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "is_a_directory", "not_a_directory", "full", "io"], Files,
        "Makes the file consist of these bytes, in one step: who reads it sees the old ones or the new ones, and a failure to write leaves the old; what outlasts a loss of power is up to the system. How many bytes were written.",
        "log(file_write(\"note.txt\", \"text\")) // expect: 4" => Native(file_write);
    "write_file" in ["fs"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "is_a_directory", "not_a_directory", "full", "io"], Files,
        "Makes the file consist of these bytes; the same as `file_write`.",
        "log(write_file(\"note.txt\", \"text\")) // expect: 4" => Native(file_write);
    "file_append" in ["fs", "fs:append"] (path: PATH, data: DATA) -> "number",
        faults ["not_found", "permission", "is_a_directory", "not_a_directory", "full", "io"], Files,
        "Adds bytes at the end of the file, which is made if it is not there; all or, on failure, none. How many were written.",
        "file_write(\"a\", \"x\")\nfile_append(\"a\", \"y\")\nlog(file_read(\"a\")) // expect: xy" => Native(file_append);
    "file_exists" in ["fs", "fs:exists"] (path: PATH) -> "boolean",
        faults [], Files,
        "Whether there is a file or folder of that name.",
        "log(file_exists(\"nosuch\")) // expect: false" => Native(file_exists);
    "file_delete" in ["fs", "fs:remove"] (path: PATH) -> "boolean",
        faults ["not_found", "permission", "is_a_directory", "io"], Files,
        "Deletes the file; a link goes, not what it leads to.",
        "file_write(\"a\", \"x\")\nlog(file_delete(\"a\"), file_exists(\"a\")) // expect: true false" => Native(file_delete);
    "file_copy" in ["fs", "fs:copy"] (from: PATH, to: PATH) -> "number",
        faults ["not_found", "permission", "is_a_directory", "full", "io"], Files,
        "Copies the file's bytes and permissions over another, in one step like `file_write`; how many bytes. A file is not copied onto itself, under whatever name.",
        "file_write(\"a\", \"x\")\nfile_copy(\"a\", \"b\")\nlog(file_read(\"b\")) // expect: x" => Native(file_copy);
    "file_move" in ["fs", "fs:rename"] (from: PATH, to: PATH) -> "boolean",
        faults ["not_found", "permission", "is_a_directory", "not_empty", "full", "io"], Files,
        "Renames the file or folder, copying a file if it goes to another file system.",
        "file_write(\"a\", \"x\")\nfile_move(\"a\", \"b\")\nlog(file_exists(\"a\"), file_read(\"b\")) // expect: false x" => Native(file_move);
    "file_size" in ["fs", "fs:size"] (path: PATH) -> "number",
        faults ["not_found", "permission", "io"], Files,
        "The file's length in bytes.",
        "file_write(\"a\", \"four\")\nlog(file_size(\"a\")) // expect: 4" => Native(file_size);
    "file_info" in ["fs", "fs:info"] (path: PATH) -> "map",
        faults ["not_found", "permission", "io"], Files,
        "What is known of a file or folder: `name`, `path`, `type` (`file`, `directory`, `pipe`, `socket`, `device`, or `link` if it leads to nothing), `size`, `is_file`, `is_dir`, `is_link`, `mode` (permission bits), `uid`, `gid`, `modified_ms`, `accessed_ms`; of a link, what it leads to.",
        "file_write(\"a\", \"four\")\nlet i = file_info(\"a\")\nlog(i.name, i.type, i.size, i.is_dir) // expect: a file 4 false" => Native(info::file_info);
    "file_lines" in ["fs", "fs:lines"] (path: PATH) -> "array",
        faults ["not_found", "permission", "is_a_directory", "io", "memory"], Files,
        "The file's lines without their ends, as an array; `read_lines` reads a large file line by line.",
        "file_write(\"a\", \"one\\ntwo\\n\")\nlog(file_lines(\"a\")) // expect: [\"one\", \"two\"]" => Native(file_lines);
    "dir_list" in ["fs", "fs:list"] (path: PATH => "\".\"") -> "array",
        faults ["not_found", "permission", "not_a_directory", "io"], Files,
        "The names of what is in the folder, sorted by their bytes.",
        "dir_create(\"d\")\nfile_write(\"d/x\", \"\")\nlog(dir_list(\"d\")) // expect: [\"x\"]" => Native(dir_list);
    "dir_create" in ["fs", "fs:mkdir"] (path: PATH) -> "boolean",
        faults ["not_found", "permission", "exists", "not_a_directory", "io"], Files,
        "Makes the folder and those above it; whether it was not there before.",
        "log(dir_create(\"a/b\"), dir_create(\"a/b\"), dir_exists(\"a\")) // expect: true false true" => Native(dir_create);
    "dir_exists" in ["fs"] (path: PATH) -> "boolean",
        faults [], Files,
        "Whether there is a folder of that name.",
        "log(dir_exists(\".\"), dir_exists(\"nosuch\")) // expect: true false" => Native(dir_exists);
    "dir_delete" in ["fs", "fs:rmdir"] (path: PATH, with_contents: Types::BOOLEAN => "false") -> "boolean",
        faults ["not_found", "permission", "not_empty", "not_a_directory", "io"], Files,
        "Deletes the folder, which has to be empty unless its contents shall go too; links in it go, not what they lead to.",
        "dir_create(\"d\")\nlog(dir_delete(\"d\"), dir_exists(\"d\")) // expect: true false" => Native(dir_delete);
    "glob" in ["fs"] (pattern: Types::STRING) -> "array",
        faults ["range"], Files,
        "The paths that fit a pattern, sorted: `*` and `?` within a name, `[a-z]`, `**` for any folders.",
        "dir_create(\"d\")\nfile_write(\"d/a.txt\", \"\")\nlog(glob(\"d/*.txt\"), glob(\"**/a.*\")) // expect: [\"d/a.txt\"] [\"d/a.txt\"]" => Native(glob_paths);
}

pub(super) fn path(args: Arguments, index: usize) -> PathBuf {
    path_of(args.bytes(index))
}

/// The path that some bytes are.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The fault for what the system says of a path.
pub(crate) fn failure(doing: &str, path: &Path, error: &io::Error) -> Box<Fault> {
    let kind = match error.kind() {
        ErrorKind::NotFound => "not_found",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "permission",
        ErrorKind::AlreadyExists => "exists",
        ErrorKind::DirectoryNotEmpty => "not_empty",
        ErrorKind::NotADirectory => "not_a_directory",
        ErrorKind::IsADirectory => "is_a_directory",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => "full",
        ErrorKind::InvalidInput => "range",
        ErrorKind::OutOfMemory => "memory",
        _ => "io",
    };
    Fault::new(kind, format!("cannot {doing} {}: {}", path.display(), reason(error)))
}

/// What the system says, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let mut reason = error.to_string();
    if let Some(number) = reason.find(" (os error") {
        reason.truncate(number);
        reason[..1].make_ascii_lowercase();
    }
    reason
}

/// The place that a path stands for, if the program may use it so.
pub(super) type Permitted = fn(&Permissions, &Path) -> io::Result<PathBuf>;

/// Runs a job on a worker and makes a value of what it gives. The job works on the place that
/// was permitted, messages show the path.
pub(super) fn off_loop<R: Send + 'static>(
    vm: &mut Vm,
    doing: &'static str,
    permitted: Permitted,
    path: PathBuf,
    job: impl FnOnce(&Path) -> io::Result<R> + Send + 'static,
    value: impl FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>> + 'static,
) -> Result<Value, Box<Fault>> {
    let permissions = Arc::clone(&vm.system.permissions);
    vm.offload(
        move || {
            let result = permitted(&permissions, &path).and_then(|place| job(&place));
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

/// The part of a file that is to be read.
struct Part {
    offset: u64,
    length: u64,
    /// More than this does not fit into memory.
    room: u64,
}

impl Part {
    fn all(vm: &Vm) -> Self {
        let left = vm.heap.limit().map_or(usize::MAX, |limit| limit.saturating_sub(vm.heap.bytes()));
        Self { offset: 0, length: u64::MAX, room: left.min(crate::heap::text::MAX_LEN) as u64 }
    }

    /// Reads it. A file that tells no length, or a wrong one, is read until it ends.
    fn read(&self, path: &Path) -> io::Result<Draft> {
        let mut file = File::open(path)?;
        let found = file.metadata()?;
        let told = found.len().saturating_sub(self.offset).min(self.length);
        if told > self.room {
            return Err(io::Error::new(ErrorKind::OutOfMemory, "it is larger than the memory that is left"));
        }
        self.skip(&mut file)?;
        let mut draft = Draft::new(told as usize);
        let mut file = file.take(self.length.min(self.room.saturating_add(1)));
        let done = fill(&mut file, draft.bytes())?;
        draft.truncate(done);
        let mut more = Vec::new();
        file.read_to_end(&mut more)?;
        if (done + more.len()) as u64 > self.room {
            return Err(io::Error::new(ErrorKind::OutOfMemory, "it is larger than the memory that is left"));
        }
        draft.extend(&more);
        Ok(draft)
    }

    /// Goes to the offset: what cannot be sought in, such as a pipe, is read until there.
    fn skip(&self, file: &mut File) -> io::Result<()> {
        match file.seek(SeekFrom::Start(self.offset)) {
            Err(error) if error.kind() == ErrorKind::NotSeekable => {
                io::copy(&mut file.take(self.offset), &mut io::sink()).map(drop)
            }
            sought => sought.map(drop),
        }
    }
}

/// Reads until the room is full or nothing more comes; how many bytes came.
fn fill(file: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < room.len() {
        match file.read(&mut room[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

fn file_read(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut part = Part::all(vm);
    for (index, place) in [(1, &mut part.offset), (2, &mut part.length)] {
        if args.optional(index).is_some() {
            let number = args.integer(index);
            *place = u64::try_from(number)
                .map_err(|_| Fault::range(format!("an offset or a length in a file is not negative, got {number}")))?;
        }
    }
    off_loop(
        vm,
        "read",
        Permissions::read,
        path(args, 0),
        move |path| part.read(path),
        |vm, draft| vm.heap.adopt(draft),
    )
}

fn file_lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let part = Part::all(vm);
    off_loop(
        vm,
        "read",
        Permissions::read,
        path(args, 0),
        move |path| part.read(path),
        |vm, mut draft| lines_of(&mut vm.heap, draft.bytes()),
    )
}

fn file_write(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let data = args.bytes(1).to_vec();
    off_loop(vm, "write", Permissions::write, path(args, 0), move |path| replace::write(path, &data), number)
}

fn file_append(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let data = args.bytes(1).to_vec();
    off_loop(vm, "write", Permissions::write, path(args, 0), move |path| replace::append(path, &data), number)
}

fn file_exists(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "look at", Permissions::read, path(args, 0), |path| Ok(path.exists()), boolean)
}

fn dir_exists(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "look at", Permissions::read, path(args, 0), |path| Ok(path.is_dir()), boolean)
}

fn file_delete(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(vm, "delete", Permissions::replace, path(args, 0), |path| fs::remove_file(path).map(|()| true), boolean)
}

/// Runs a job on two paths, each permitted in its way; a fault names both.
fn from_to<R: Send + 'static>(
    vm: &mut Vm,
    doing: &'static str,
    [first, second]: [Permitted; 2],
    args: Arguments,
    job: impl FnOnce(&Path, &Path) -> io::Result<R> + Send + 'static,
    value: impl FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>> + 'static,
) -> Result<Value, Box<Fault>> {
    let (from, to) = (path(args, 0), path(args, 1));
    let both = PathBuf::from(format!("{} to {}", from.display(), to.display()));
    let permissions = Arc::clone(&vm.system.permissions);
    let job = move || {
        let places = first(&permissions, &from).and_then(|from| Ok((from, second(&permissions, &to)?)));
        places.and_then(|(from, to)| job(&from, &to))
    };
    vm.offload(job, move |vm, result| match result {
        Ok(result) => value(vm, result),
        Err(error) => Err(failure(doing, &both, &error)),
    })
}

fn file_copy(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    from_to(vm, "copy", [Permissions::read, Permissions::write], args, replace::copy, number)
}

fn file_move(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    from_to(vm, "move", [Permissions::replace; 2], args, |from, to| replace::rename(from, to).map(|()| true), boolean)
}

fn file_size(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    off_loop(
        vm,
        "look at",
        Permissions::read,
        path(args, 0),
        |path| fs::metadata(path).map(|found| found.len()),
        number,
    )
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
    off_loop(vm, "list", Permissions::read, folder, job, names)
}

fn dir_create(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let job = |path: &Path| {
        if path.is_dir() {
            return Ok(false);
        }
        // Of no name at all `create_dir_all` says that the folder is made.
        let make = if path.as_os_str().is_empty() { fs::create_dir } else { fs::create_dir_all };
        make(path).map(|()| true)
    };
    off_loop(vm, "make the folder", Permissions::write, path(args, 0), job, boolean)
}

fn dir_delete(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let with_contents = args.value(1) == Value::TRUE;
    let job =
        move |path: &Path| if with_contents { fs::remove_dir_all(path) } else { fs::remove_dir(path) }.map(|()| true);
    off_loop(vm, "delete the folder", Permissions::replace, path(args, 0), job, boolean)
}

fn glob_paths(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let pattern = args.bytes(0).to_vec();
    let permissions = Arc::clone(&vm.system.permissions);
    let is_permitted = move |path: &Vec<u8>| permissions.read(&path_of(path)).is_ok();
    vm.offload(
        move || glob::find(&pattern).map(|found| found.into_iter().filter(is_permitted).collect()),
        |vm, found| match found {
            Some(found) => names(vm, found),
            None => Err(Fault::range("the pattern asks for too many folders")),
        },
    )
}
