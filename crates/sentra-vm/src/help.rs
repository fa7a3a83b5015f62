//! What `help` and `:help` say about builtins, taken from their declarations. It prints nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::builtin::{Builtin, Capability};
use crate::builtins::objects::{self, Method, Object};
use crate::builtins::{self, member_of};

/// Columns of the list of all builtins.
const WIDTH: usize = 96;
/// The heading of builtins that belong to no module.
const NO_MODULE: &str = "no module";

/// Builtins that scripts can name.
pub(crate) fn public() -> impl Iterator<Item = &'static Builtin> {
    builtins::registry().iter().copied().filter(|builtin| !builtin.name.starts_with("__"))
}

/// The modules of builtins with their members: the member's name, and the builtin.
pub(crate) fn modules() -> BTreeMap<&'static str, Vec<(&'static str, &'static Builtin)>> {
    let mut modules: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for builtin in public() {
        for module in builtin.modules {
            let (module, member) = member_of(module, builtin.name);
            modules.entry(module).or_default().push((member, builtin));
        }
    }
    modules
}

/// All builtins by module.
pub fn index(colour: bool) -> String {
    let mut text = String::new();
    let alone = public().filter(|builtin| builtin.modules.is_empty()).map(|builtin| builtin.name.to_string());
    section(&mut text, NO_MODULE, alone.collect(), colour);
    for (module, members) in modules() {
        let names = members.into_iter().map(|(member, builtin)| match builtin.name {
            name if name == member || name.contains("::") => member.to_string(),
            name => format!("{name} ({member})"),
        });
        section(&mut text, &format!("module {module}"), names.collect(), colour);
    }
    text.push_str("\nEvery builtin can be called by its own name, as in `sqrt(2)`, and as a member of its module,\n");
    text.push_str("as in `math.sqrt(2)`; a name in parentheses is the member's. `help NAME` tells more.\n");
    text
}

fn section(text: &mut String, title: &str, mut names: Vec<String>, colour: bool) {
    names.sort_unstable();
    names.dedup();
    let _ = writeln!(text, "{}{}", if text.is_empty() { "" } else { "\n" }, strong(title, colour));
    let mut line = String::new();
    for name in names {
        if line.len() + name.len() + 2 > WIDTH {
            let _ = writeln!(text, " {line}");
            line.clear();
        }
        let _ = write!(line, " {name}");
    }
    let _ = writeln!(text, " {line}");
}

/// All about one builtin, or about a module.
///
/// # Errors
/// That there is none of that name, and the nearest names.
pub fn entry(name: &str, colour: bool) -> Result<String, String> {
    let modules = modules();
    if let Some(builtin) = public().find(|builtin| builtin.name == name) {
        return Ok(describe(builtin, colour));
    }
    let path = name.strip_prefix("std::").unwrap_or(name).replace('.', "::");
    if let Some(builtin) = public().find(|builtin| builtin.name == path) {
        return Ok(describe(builtin, colour));
    }
    if let Some(object) = objects::shown().find(|object| object.name == path) {
        return Ok(describe_object(object, modules.get(path.as_str()).map_or(&[], Vec::as_slice), colour));
    }
    if let Some(method) = method(&path) {
        return Ok(format!("{}\n\n{}\n", strong(method.signature, colour), method.doc));
    }
    let whole = modules.contains_key(path.as_str());
    let (module, member) = if whole { (&*path, "") } else { path.rsplit_once("::").unwrap_or((&path, "")) };
    let members = modules.get(module);
    match members {
        Some(members) if member.is_empty() => Ok(list(module, members, colour)),
        Some(members) => {
            let found = members.iter().find(|(known, _)| *known == member);
            found.map(|(_, builtin)| describe(builtin, colour)).ok_or_else(|| unknown(name, member))
        }
        None => Err(unknown(name, name)),
    }
}

/// `http::Server.get`, written with either sign.
fn method(path: &str) -> Option<&'static Method> {
    let (object, name) = path.rsplit_once("::")?;
    let object = objects::shown().find(|known| known.name == object)?;
    object.methods.iter().find(|method| method.name() == name)
}

/// An object's makers and methods.
fn describe_object(object: &Object, makers: &[(&str, &Builtin)], colour: bool) -> String {
    let mut text = format!("{}\n\n{}\n\n", strong(object.name, colour), object.doc);
    for (_, builtin) in makers {
        let _ = writeln!(text, "  {}\n      {}", builtin.signature(), first_sentence(builtin.doc));
    }
    for method in object.methods {
        let _ = writeln!(text, "  .{}\n      {}", method.signature, first_sentence(method.doc));
    }
    text
}

fn list(module: &str, members: &[(&str, &Builtin)], colour: bool) -> String {
    let mut text = format!("{}\n\n", strong(&format!("module {module}"), colour));
    for (member, builtin) in members {
        let _ = writeln!(text, "  {}\n      {}", renamed(builtin, member), first_sentence(builtin.doc));
    }
    let inner =
        builtins::MODULES.iter().filter(|name| name.strip_prefix(module).is_some_and(|rest| rest.starts_with("::")));
    for name in inner {
        let _ = writeln!(text, "  {name}\n      A module: `help {name}` tells more.");
    }
    text
}

/// The signature, under the name that the module gives it.
fn renamed(builtin: &Builtin, member: &str) -> String {
    let signature = builtin.signature();
    signature.strip_prefix(builtin.name).map(|rest| format!("{member}{rest}")).unwrap_or(signature)
}

fn first_sentence(doc: &str) -> &str {
    doc.find(". ").map_or(doc, |end| &doc[..=end])
}

fn describe(builtin: &Builtin, colour: bool) -> String {
    let mut text = format!("{}\n\n{}\n", strong(&builtin.signature(), colour), builtin.doc);
    if !builtin.modules.is_empty() {
        let names = builtin.modules.iter().map(|module| member_of(module, builtin.name));
        let names = names.map(|(module, member)| (format!("{module}::{member}"), format!("{module}.{member}")));
        let others: Vec<String> = names.filter(|(path, _)| path != builtin.name).map(|(_, dotted)| dotted).collect();
        if !others.is_empty() {
            let _ = writeln!(text, "\nAlso as: {}", others.join(", "));
        }
    }
    if !builtin.faults.is_empty() {
        let _ = writeln!(text, "\nThrows: {}", builtin.faults.join(", "));
    }
    if let Some(needs) = capability(builtin.capability) {
        let _ = writeln!(text, "\nUses: {needs}");
    }
    if !builtin.example.is_empty() {
        let _ = writeln!(text, "\nExample:");
        text.extend(builtin.example.lines().map(|line| format!("    {}\n", shown(line))));
    }
    text
}

/// An example's line; what it prints is a remark for people here.
fn shown(line: &str) -> String {
    line.replace("// expect: ", "// ")
}

fn capability(capability: Capability) -> Option<&'static str> {
    match capability {
        Capability::Nothing => None,
        Capability::Files => Some("files"),
        Capability::Process => Some("processes and the environment"),
        Capability::Net => Some("the network"),
        Capability::RawNet => Some("raw sockets"),
    }
}

fn unknown(name: &str, member: &str) -> String {
    let near = sentra_compiler::nearest(member, public().map(|builtin| builtin.name));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no builtin `{name}`{hint}")
}

fn strong(text: &str, colour: bool) -> String {
    if colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_string() }
}
