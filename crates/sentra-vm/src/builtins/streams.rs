//! Files that are read piece by piece: `for` over what these builtins give.

use std::fs::File;
use std::io::{ErrorKind, Read};

use super::files::{failure, off_loop, path};
use super::json::Memory;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::permission::Permissions;
use crate::stream::{self, Format};
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "read_lines" in ["fs", "io"] (path: Types::STRING => "standard input") -> "stream",
        faults ["not_found", "permission", "is_a_directory", "io", "memory", "range"], Files,
        "A file's lines without their ends, read as `for` asks for them: a large file needs little memory. `for number, line in …` counts from 1.",
        "file_write(\"a\", \"one\\ntwo\\n\")\nfor line in read_lines(\"a\") { log(line) }\n// expect: one\n// expect: two" => Native(read_lines);
    "json_lines" in ["json:lines", "json"] (path: Types::STRING => "standard input") -> "stream",
        faults ["not_found", "permission", "is_a_directory", "io", "json", "memory", "range"], Files,
        "The values of a file with JSON on each line, read as `for` asks for them; blank lines are passed over. A line that is no JSON is an error that names file, line and column.",
        "file_write(\"log\", \"{\\\"port\\\": 80}\\n{\\\"port\\\": 443}\\n\")\nfor record in json_lines(\"log\") { log(record.port) }\n// expect: 80\n// expect: 443" => Native(json_lines);
}

fn read_lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    open(vm, args, Format::Text)
}

fn json_lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    open(vm, args, Format::Json(Memory::new()))
}

fn open(vm: &mut Vm, args: Arguments, format: Format) -> Result<Value, Box<Fault>> {
    if args.optional(0).is_none() {
        return Ok(stream::make(&mut vm.heap, "standard input".into(), Box::new(std::io::stdin()), format));
    }
    let name = args.string(0).into_owned();
    let job = |path: &std::path::Path| {
        let file = File::open(path)?;
        // A folder can be opened, but not read.
        if file.metadata()?.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(file) }
    };
    off_loop(vm, "read", Permissions::read, path(args, 0), job, move |vm, file| {
        let reader: Box<dyn Read + Send> = Box::new(file);
        Ok(stream::make(&mut vm.heap, name, reader, format))
    })
}

/// The fault for a failure in the middle of a stream.
pub(crate) fn reading_failed(name: &str, error: &std::io::Error) -> Box<Fault> {
    failure("read", name.as_ref(), error)
}
