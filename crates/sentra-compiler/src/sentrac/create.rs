//! `sentrac new`: a folder with a program to begin from, and its tests.

use std::io;
use std::path::Path;

use sentra_compiler::command_line::Parsed;
use sentra_compiler::load::reason;
use sentra_compiler::package::FILE;
use sentra_compiler::package::name::as_package;

use super::{Failure, print};

/// What a folder may be made from.
struct Template {
    name: &'static str,
    /// What the program does, and how it is run.
    about: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($folder:literal: $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../templates/", $folder, "/", $name)))),+]
    };
}

/// The names of all templates, of which the first is the usual one.
pub(super) const NAMES: &[&str] = &["test", "scanner", "service"];

const TEMPLATES: [Template; 3] = [
    Template {
        name: NAMES[0],
        about: "a program, a module and the module's tests",
        files: files!("test": "main.sn", "greeting.sn", "greeting_test.sn"),
    },
    Template {
        name: NAMES[1],
        about: "a scanner of ports that says what has changed since its last run",
        files: files!("scanner": "main.sn", "scan.sn", "scan_test.sn"),
    },
    Template {
        name: NAMES[2],
        about: "a web service in JSON that keeps its data in SQLite",
        files: files!("service": "main.sn", "notes.sn", "notes_test.sn"),
    },
];

/// Makes the folder. One that is there already has to be empty.
pub(super) fn create(parsed: &Parsed) -> Result<(), Failure> {
    let folder = Path::new(&parsed.operands[0]);
    let wanted = parsed.value("template").and_then(|name| name.to_str()).unwrap_or(NAMES[0]);
    let Some(template) = TEMPLATES.iter().find(|template| template.name == wanted) else {
        let message = format!("error: there is no template `{wanted}`; there are {}", NAMES.join(", "));
        return Err(Failure::Other(message));
    };
    let shown = folder.display();
    write(folder, template, &package(folder, template))
        .map_err(|error| Failure::Other(format!("error: {shown} cannot be made: {}", reason(&error))))?;
    let about = template.about;
    print(format!("{shown}: {about}\n\n  sentra-vm run {shown}/main.sn\n  sentra-vm test {shown}\n").as_bytes())
}

/// The `sentra.toml` of the new package, whose name is the folder's.
fn package(folder: &Path, template: &Template) -> String {
    // `.` has a name, too.
    let whole = std::path::absolute(folder).unwrap_or_default();
    let name = as_package(&whole.file_name().unwrap_or_default().to_string_lossy());
    let about = template.about;
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nmain = \"main.sn\"\ndescription = \"{about}\"\n\n[dependencies]\n"
    )
}

fn write(folder: &Path, template: &Template, package: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::other("it is there already, and not empty"));
    }
    template.files.iter().chain([&(FILE, package)]).try_for_each(|(name, text)| {
        let mut file = std::fs::File::create_new(folder.join(name))?;
        io::Write::write_all(&mut file, text.as_bytes())
    })
}
