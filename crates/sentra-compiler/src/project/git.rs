//! What the `git` command is asked: always about a bare repository of our own, without hooks, templates, prompts or
//! submodules, and never to check anything out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::{Bounds, run};
use crate::package::source::{Reference, is_whole};
use crate::package::tree::short;

/// What a repository that is fetched may take on the disk.
const MOST_FETCHED: u64 = 1 << 30;
const LONGEST_FETCH: Duration = Duration::from_secs(900);
const LONGEST_LOOK: Duration = Duration::from_secs(60);
/// What it may print of a commit's files, and of their list, which can be far longer than what it is made from.
const MOST_OUTPUT: usize = 96 << 20;
const MOST_LISTED: usize = 8 << 20;

/// Variables that users set to have Git reach their hosts; all others would change what it does here.
const KEPT: &[&str] = &[
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_NO_VERIFY",
    "GIT_PROXY_COMMAND",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
];

/// Settings that hold whatever the user's are.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "core.bigFileThreshold=16m",
];

/// A repository of our own that holds what was fetched from another.
pub(super) struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Opens it, and makes it if it is not there yet.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let repository = Self { folder: folder.to_owned() };
        if !folder.join("HEAD").is_file() {
            let mut command = git();
            command.args(["init", "--quiet", "--bare", "--template=", "--"]).arg(folder);
            repository.look(&mut command, Vec::new())?;
        }
        Ok(repository)
    }

    fn command(&self) -> Command {
        let mut command = git();
        command.arg("--git-dir").arg(&self.folder);
        command
    }

    /// Asks for something that is here.
    fn look(&self, command: &mut Command, input: Vec<u8>) -> Result<Vec<u8>, String> {
        run(command, input, &Bounds { output: MOST_OUTPUT, time: LONGEST_LOOK, folder: None })
    }

    /// Runs one of Git's commands on what is here.
    pub fn ask(&self, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, String> {
        self.look(self.command().args(arguments), input)
    }

    /// The files of a commit, each as `MODE TYPE OBJECT SIZE\tPATH\0`.
    pub fn list(&self, commit: &str) -> Result<Vec<u8>, String> {
        let mut command = self.command();
        command.args(["ls-tree", "-r", "-l", "-z", "--full-tree", commit]);
        let bounds = Bounds { output: MOST_LISTED, time: LONGEST_LOOK, folder: None };
        run(&mut command, Vec::new(), &bounds).map_err(|reason| format!("its files cannot be listed: {reason}"))
    }

    /// Whether a commit is here.
    pub fn has(&self, commit: &str) -> bool {
        self.commit(commit).is_ok()
    }

    /// The commit behind a name.
    fn commit(&self, name: &str) -> Result<String, String> {
        let name = format!("{name}^{{commit}}");
        let found = self.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name], Vec::new())?;
        let found = String::from_utf8_lossy(&found).trim().to_owned();
        if is_whole(&found) { Ok(found) } else { Err("no commit".to_owned()) }
    }

    /// The commit that a reference stood for when it was fetched last.
    pub fn known(&self, reference: &Reference) -> Option<String> {
        self.commit(&kept(reference)).ok()
    }

    /// Fetches what a reference stands for now; the commit.
    pub fn fetch(&self, url: &str, reference: &Reference) -> Result<String, String> {
        let theirs = match reference {
            Reference::Head => "HEAD".to_owned(),
            Reference::Branch(name) => format!("refs/heads/{name}"),
            Reference::Tag(name) => format!("refs/tags/{name}"),
            Reference::Rev(name) => name.clone(),
        };
        let is_part = matches!(reference, Reference::Rev(name) if !is_whole(name));
        let short = match is_part {
            true => Err(String::new()),
            false => self.fetch_from(url, &["--depth=1"], &[&format!("+{theirs}:{}", kept(reference))]),
        };
        // Not every server gives less than everything, or a commit by its name.
        let fetched = short.or_else(|_| self.fetch_all(url));
        let name = if matches!(reference, Reference::Rev(_)) { theirs } else { kept(reference) };
        fetched.and_then(|()| self.commit(&name).or_else(|_| self.of_all(reference)))
    }

    fn fetch_all(&self, url: &str) -> Result<(), String> {
        let whole: &[&str] = if self.folder.join("shallow").is_file() { &["--unshallow"] } else { &[] };
        let flags = [&["--prune"], whole].concat();
        let wanted = ["+refs/heads/*:refs/sentra/heads/*", "+refs/tags/*:refs/sentra/tags/*", "+HEAD:refs/sentra/HEAD"];
        self.fetch_from(url, &flags, &wanted)
    }

    /// What a reference stands for after everything was fetched.
    fn of_all(&self, reference: &Reference) -> Result<String, String> {
        let (theirs, shown) = match reference {
            Reference::Head => ("refs/sentra/HEAD".to_owned(), reference.to_string()),
            Reference::Branch(name) => (format!("refs/sentra/heads/{name}"), reference.to_string()),
            Reference::Tag(name) => (format!("refs/sentra/tags/{name}"), reference.to_string()),
            Reference::Rev(name) => (name.clone(), format!("commit `{name}`")),
        };
        let commit = self.commit(&theirs).map_err(|_| format!("the repository has no {shown}"))?;
        self.ask(&["update-ref", "--", &kept(reference), &commit], Vec::new()).map(|_| commit)
    }

    fn fetch_from(&self, url: &str, flags: &[&str], wanted: &[&str]) -> Result<(), String> {
        let mut command = self.command();
        command.args(["fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]);
        command.args(flags).args(["--", url]).args(wanted);
        let bounds = Bounds { output: MOST_OUTPUT, time: LONGEST_FETCH, folder: Some((&self.folder, MOST_FETCHED)) };
        run(&mut command, Vec::new(), &bounds).map(|_| ())
    }
}

/// The name under which the commit of a reference is kept here.
fn kept(reference: &Reference) -> String {
    format!("refs/sentra/kept/{}", short(&reference.to_string()))
}

/// The command, shielded from where it is started and from whoever could be asked for a password.
fn git() -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("GIT_") && !KEPT.contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    if ["GIT_SSH", "GIT_SSH_COMMAND"].iter().all(|name| std::env::var_os(name).is_none()) {
        command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh");
    command.env_remove("SSH_ASKPASS").env("LC_ALL", "C");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}
