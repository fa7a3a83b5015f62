//! Source files as the client names them.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::Session;
use crate::vm::Vm;

/// The file of the client's path, by index in the VM's sources.
pub(super) fn find(vm: &Vm, source: &Json) -> Result<u32, String> {
    if let Some(reference) = source["sourceReference"].as_u64().filter(|&reference| reference > 0) {
        return number(vm, reference);
    }
    let Some(path) = source["path"].as_str().or(source["name"].as_str()) else {
        return Err("`source` has no path".into());
    };
    let wanted = whole(Path::new(path));
    let same = |known: &str| known == path || whole(Path::new(known)) == wanted;
    let found = own(vm).find(|(_, known)| same(known));
    found.map(|(index, _)| index).ok_or_else(|| format!("{path} is no file of this program"))
}

fn number(vm: &Vm, reference: u64) -> Result<u32, String> {
    let known = own(vm).map(|(index, _)| index).find(|index| u64::from(*index) + 1 == reference);
    known.ok_or_else(|| format!("there is no source {reference}"))
}

/// The program's own files, with their paths.
pub(super) fn own(vm: &Vm) -> impl Iterator<Item = (u32, &str)> {
    let sources = vm.sources.iter().enumerate();
    let own = sources.filter(|(_, source)| !vm.is_of_library(source.main) && &*source.path != "<expression>");
    own.map(|(index, source)| (index as u32, &*source.path))
}

/// The one path of a file: absolute and without links, if it is there.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// A file as the client is told of it. Of one that is not on disk it asks for the text.
pub(super) fn described(vm: &Vm, index: u32) -> Json {
    let Some(source) = vm.sources.get(index as usize) else { return Json::Null };
    let path = whole(Path::new(&*source.path));
    let name = Path::new(&*source.path)
        .file_name()
        .map_or_else(|| source.path.to_string(), |name| name.to_string_lossy().into_owned());
    match path.is_file() {
        true => json!({ "name": name, "path": path.to_string_lossy() }),
        false => json!({ "name": name, "sourceReference": index + 1 }),
    }
}

impl Session {
    pub(super) fn loaded_sources(&self, vm: &Vm) -> Json {
        let sources: Vec<Json> = own(vm).map(|(index, _)| described(vm, index)).collect();
        json!({ "sources": sources })
    }

    pub(super) fn source_text(&self, vm: &Vm, arguments: &Json) -> Result<Json, String> {
        let reference = arguments["source"]["sourceReference"].as_u64().or(arguments["sourceReference"].as_u64());
        let index = match reference.filter(|&reference| reference > 0) {
            Some(reference) => number(vm, reference)?,
            None => find(vm, &arguments["source"])?,
        };
        let source = &vm.sources[index as usize];
        let text = source.text.as_deref().map(<[u8]>::to_vec).or_else(|| std::fs::read(&*source.path).ok());
        let text = text.ok_or_else(|| format!("the text of {} is not at hand", source.path))?;
        Ok(json!({ "content": String::from_utf8_lossy(&text) }))
    }
}
