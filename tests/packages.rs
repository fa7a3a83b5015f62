//! Packages: `sentra.toml`, `sentra.lock`, folders and Git repositories that a test made itself, some of which mean harm.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(60);

/// A folder of one test's own, with a cache in it.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("it can be made");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A package with one module.
    fn package(&self, folder: &str, dependencies: &str, main: &str) {
        let name = folder.rsplit('/').next().expect("there is a last name");
        let text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n\n[dependencies]\n{dependencies}");
        self.write(&format!("{folder}/sentra.toml"), &text);
        self.write(&format!("{folder}/main.sn"), main);
    }

    /// The same as a repository; its commit.
    fn repository(&self, folder: &str, dependencies: &str, main: &str) -> String {
        self.package(folder, dependencies, main);
        self.git(folder, &["init", "--quiet", "--initial-branch=main", "."]);
        self.commit(folder)
    }

    fn commit(&self, folder: &str) -> String {
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        self.git_with(folder, arguments, b"")
    }

    fn git_with(&self, folder: &str, arguments: &[&str], input: &[u8]) -> String {
        let mut command = Command::new("git");
        command.current_dir(self.path(folder)).args(["-c", "user.name=Test", "-c", "user.email=test@localhost"]);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        let outcome = program::run(&mut command, input, LIMIT);
        assert_eq!(outcome.status, Some(0), "git {arguments:?}: {}", outcome.errors());
        outcome.output().trim().to_owned()
    }

    fn sentrac(&self, folder: &str, arguments: &[&str]) -> Outcome {
        self.run(program::sentrac(), folder, arguments)
    }

    fn run(&self, mut command: Command, folder: &str, arguments: &[&str]) -> Outcome {
        command.current_dir(self.path(folder)).args(arguments).env("SENTRA_CACHE", self.path("cache"));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        program::run(&mut command, b"", LIMIT)
    }

    /// Does what has to succeed; what it printed, to standard output and error.
    fn well(&self, folder: &str, arguments: &[&str]) -> String {
        let outcome = self.sentrac(folder, arguments);
        assert_eq!(outcome.status, Some(0), "{arguments:?}: {}", outcome.errors());
        outcome.output() + &outcome.errors()
    }

    /// Does what has to be refused; why it was.
    fn refused(&self, folder: &str, arguments: &[&str], words: &[&str]) -> String {
        let outcome = self.sentrac(folder, arguments);
        let errors = outcome.errors();
        assert_eq!(outcome.status, Some(2), "{arguments:?}: {}{errors}", outcome.output());
        for word in words {
            assert!(errors.contains(word), "{arguments:?} does not say {word:?}: {errors}");
        }
        errors
    }

    /// What the program of a package prints.
    fn runs(&self, folder: &str, output: &str) {
        let outcome = self.run(program::sentra_vm(), folder, &["run", "main.sn"]);
        assert_eq!((outcome.status, outcome.output().as_str()), (Some(0), output), "{}", outcome.errors());
    }

    /// The file of a package in the cache, made writable.
    fn cached(&self, ending: &str) -> PathBuf {
        let mut waiting = vec![self.path("cache/trees")];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).expect("it can be read") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    waiting.push(path);
                } else if path.ends_with(ending) {
                    let mut permissions = path.metadata().expect("it is there").permissions();
                    #[allow(clippy::permissions_set_readonly_false, reason = "the folder is the test's own")]
                    permissions.set_readonly(false);
                    fs::set_permissions(&path, permissions).expect("it is ours");
                    return path;
                }
            }
        }
        panic!("{ending} is not in the cache");
    }
}

const TWICE: &str = "export fn twice(n) { return n * 2 }\n";

#[test]
fn folders_are_imported_by_name() {
    let place = Place::new("folders");
    place.package("tools", "", TWICE);
    place.write("tools/more/deep.sn", "import { twice } from \"../main\"\nexport fn four(n) => twice(twice(n))\n");
    place.package(
        "app",
        "tools = { path = \"../tools\" }\n",
        "import tools\nimport \"tools/more/deep\" as d\nimport { twice as t } from \"tools\"\nimport { four } from \"./own\"\nlog(tools.twice(1), d.four(1), t(3), four)\n",
    );
    place.write("app/own.sn", "export const four = 4\n");
    place.runs("app", "2 4 6 4\n");
    assert!(!place.path("app/sentra.lock").exists(), "running writes nothing");
    place.well("app", &["build"]);
    assert!(place.path("app/main.sbc").exists() && place.read("app/sentra.lock").contains("path = \"../tools\""));
    place.well("app", &["build", "--locked"]);
    // The same from elsewhere: packages are found from the program's file upwards.
    place.well("", &["check", "--locked", "app/main.sn"]);
    place.write("app/inner/x.sn", "import tools as t\nlog(t.twice(2))\n");
    place.well("app/inner", &["check", "x.sn"]);
    assert_eq!(place.well("app/inner", &["tree"]), "app 1.0.0\n  tools 1.0.0  ../tools\n");
}

#[test]
fn a_folder_that_changes_is_noticed_when_locked() {
    let place = Place::new("changes");
    place.package("tools", "", TWICE);
    place.package("app", "tools = { path = \"../tools\" }\n", "import tools\nlog(tools.twice(1))\n");
    place.refused("app", &["check", "--locked", "main.sn"], &["E0506", "sentrac fetch"]);
    place.well("app", &["fetch"]);
    let lock = place.read("app/sentra.lock");
    place.write("tools/main.sn", &format!("{TWICE}// changed\n"));
    place.well("app", &["check", "main.sn"]);
    assert_eq!(place.read("app/sentra.lock"), lock, "building does not freeze what is being worked on");
    place.refused("app", &["check", "--locked", "main.sn"], &["E0507", "sha256:", "sentrac fetch"]);
    place.well("app", &["fetch"]);
    place.well("app", &["check", "--locked", "main.sn"]);
    place.package("app", "", "log(1)\n");
    place.refused("app", &["check", "--locked", "main.sn"], &["E0506", "which is not used"]);
    place.write("app/sentra.lock", "version = 9\n");
    place.refused("app", &["check", "main.sn"], &["E0506", "newer sentrac"]);
}

#[test]
fn the_hash_is_what_the_documentation_says() {
    let place = Place::new("hash");
    place.package("tools", "", TWICE);
    place.write("tools/ä/x.sn", "log(\"é\")\n");
    place.write("tools/notes.txt", "not part of it\n");
    place.write("tools/.hidden/y.sn", "nor this\n");
    place.package("app", "tools = { path = \"../tools\" }\n", "import tools\nlog(tools.twice(1))\n");
    place.well("app", &["fetch"]);
    let code = "import hashlib\nh = hashlib.sha256()\nfor p in ['main.sn', 'sentra.toml', 'ä/x.sn']:\n    for part in (p.encode(), open(p, 'rb').read()):\n        h.update(len(part).to_bytes(8, 'big') + part)\nprint('sha256:' + h.hexdigest())\n";
    let outcome = program::run(Command::new("python3").args(["-c", code]).current_dir(place.path("tools")), b"", LIMIT);
    let hash = outcome.output().trim().to_owned();
    assert!(hash.len() == 71 && place.read("app/sentra.lock").contains(&hash), "{hash}{}", outcome.errors());
}

#[test]
fn repositories_are_fetched_once_and_kept_to_their_commit() {
    let place = Place::new("repositories");
    let first = place.repository("tools", "", TWICE);
    place.git("tools", &["tag", "v1"]);
    place.package("app", "", "import tools\nlog(tools.twice(4))\n");
    let url = format!("file://{}", place.path("tools").display());
    assert!(place.well("app", &["add", "tools", "--git", &url, "--tag", "v1"]).contains(&first));
    assert!(place.read("app/sentra.toml").contains("tag = \"v1\""));
    place.runs("app", "8\n");
    let lock = place.read("app/sentra.lock");
    assert!(lock.contains(&first) && lock.contains("sha256:"), "{lock}");
    // The tag moves: who has the lock stays with the commit, and is told when the repository is asked.
    place.write("tools/main.sn", "export fn twice(n) { return n * 3 }\n");
    let second = place.commit("tools");
    place.git("tools", &["tag", "--force", "v1"]);
    place.well("app", &["check", "--locked", "main.sn"]);
    fs::remove_dir_all(place.path("cache")).expect("it can be removed");
    place.refused("app", &["check", "--offline", "main.sn"], &["E0504", "not been fetched", "sentrac fetch"]);
    let outcome = place.run(program::sentra_vm(), "app", &["run", "main.sn"]);
    assert!(outcome.status == Some(2) && outcome.errors().contains("`sentrac fetch` fetches it"), "{outcome:?}");
    let told = place.well("app", &["check", "main.sn"]);
    assert!(told.contains("has moved") && told.contains(&second), "{told}");
    place.runs("app", "8\n");
    let told = place.well("app", &["update", "tools"]);
    assert!(told.contains("a tag has moved") && told.contains(&first) && told.contains(&second), "{told}");
    place.runs("app", "12\n");
    place.refused("app", &["update", "tolls"], &["did you mean `tools`?"]);
    place.well("app", &["remove", "tools"]);
    assert!(!place.read("app/sentra.lock").contains("tools"));
    place.refused("app", &["remove", "tools"], &["there is no dependency `tools`"]);
    place.refused("app", &["check", "main.sn"], &["E0207"]);
}

#[test]
fn commits_are_named_in_several_ways() {
    let place = Place::new("references");
    let first = place.repository("tools", "", TWICE);
    place.write("tools/main.sn", "export fn twice(n) { return n * 3 }\n");
    place.git("tools", &["checkout", "--quiet", "-b", "next/one"]);
    let second = place.commit("tools");
    place.git("tools", &["checkout", "--quiet", "main"]);
    place.package("app", "", "import tools\nlog(tools.twice(1))\n");
    let ways: [(&[&str], &str); 4] = [
        (&["--rev", &first[..10]], &first),
        (&["--rev", &second], &second),
        (&["--branch", "next/one"], &second),
        (&[], &first),
    ];
    for (way, commit) in ways {
        place.well("app", &[&["add", "tools", "--git", "../tools"], way].concat());
        let lock = place.read("app/sentra.lock");
        assert!(lock.contains(&format!("commit = \"{commit}\"")), "{way:?}: {lock}");
    }
    // A relative path means the same repository wherever the command is called.
    place.well("", &["check", "--offline", "--locked", "app/main.sn"]);
    let before = place.read("app/sentra.toml");
    place.refused("app", &["add", "tools", "--git", "../tools", "--tag", "none"], &["has no tag `none`"]);
    assert_eq!(place.read("app/sentra.toml"), before, "what cannot be had is not written");
    for (arguments, word) in [
        (&["--git", "ext::sh -c id"][..], "no URL"),
        (&["--git", "--upload-pack=x"], "no URL"),
        (&["--git", "fd::17"], "a repository is a URL"),
        (&["--git", "https://user:secret@localhost/x"], "password"),
        (&["--git", "ssh://-oProxyCommand=id/x"], "no URL"),
        (&["--git", "../tools", "--rev", "--help"], "digits"),
        (&["--git", "../tools", "--tag", "-x"], "no name of a branch or tag"),
        (&["--git", "../tools", "--tag", "a..b"], "no name of a branch or tag"),
        (&["--git", "../tools", "--subdir", "../.."], "stays within"),
        (&["--git", "../tools", "--tag", "v1", "--rev", "1234567"], "one of"),
        (&["--path", "../nowhere"], "no folder"),
        (&["--path", "../tools", "--tag", "v1"], "belong to --git"),
        (&[], "either --path or --git"),
    ] {
        place.refused("app", &[&["add", "tools"], arguments].concat(), &[word]);
    }
    assert_eq!(place.read("app/sentra.toml"), before);
    for (name, word) in [("math", "builtin module"), ("if", "word of the language"), ("my-tools", "my_tools")] {
        place.refused("app", &["add", name, "--path", "../tools"], &[word]);
    }
}

#[test]
fn changed_files_in_the_cache_are_refused() {
    let place = Place::new("cache");
    place.repository("tools", "", TWICE);
    place.package("app", "tools = { git = \"../tools\" }\n", "import tools\nlog(tools.twice(1))\n");
    place.well("app", &["build"]);
    let file = place.cached("main.sn");
    let hash = |lock: &str| lock.split('"').find(|word| word.starts_with("sha256:")).expect("a hash").to_owned();
    for change in ["export fn twice(n) { return 666 }\n", ""] {
        fs::write(&file, change).expect("it is writable");
        let lock = place.read("app/sentra.lock");
        place.refused("app", &["build"], &["E0507", &hash(&lock), "`sentrac fetch` gets them again"]);
        let outcome = place.run(program::sentra_vm(), "app", &["run", "main.sn"]);
        assert!(outcome.status == Some(2) && outcome.output().is_empty(), "{outcome:?}");
    }
    place.write("x.sn", "");
    fs::remove_file(&file).expect("it is ours");
    symlink(place.path("x.sn"), &file).expect("a link can be made");
    place.refused("app", &["build"], &["a link or a device"]);
    place.well("app", &["fetch"]);
    place.runs("app", "2\n");
    // A lock that somebody has changed is no better.
    let lock = place.read("app/sentra.lock");
    let other = format!("sha256:{}", "0".repeat(64));
    place.write("app/sentra.lock", &lock.replace(&hash(&lock), &other));
    place.refused("app", &["fetch"], &["E0507", &other, "sentrac update"]);
}

#[test]
fn packages_have_dependencies_of_their_own() {
    let place = Place::new("transitive");
    let old = place.repository("shared", "", "export const version = 1\nlog(\"shared 1\")\n");
    place.write("shared/main.sn", "export const version = 2\nlog(\"shared 2\")\n");
    place.commit("shared");
    let shared = place.path("shared").display().to_string();
    let one = format!("shared = {{ git = \"{shared}\", rev = \"{old}\" }}\n");
    place.repository("one", &one, "import shared\nexport const saw = shared.version\n");
    let two = format!("common = {{ git = \"{shared}\", branch = \"main\" }}\n");
    place.package("two", &two, "import { version as saw } from common\nexport const seen = saw\n");
    let own = format!(
        "one = {{ git = \"../one\" }}\ntwo = {{ path = \"../two\" }}\nshared = {{ git = \"{shared}\", branch = \"main\" }}\n"
    );
    let main = "import one\nimport two\nimport shared\nlog(one.saw, two.seen, shared.version)\n";
    place.package("app", &own, main);
    place.well("app", &["fetch"]);
    // Two versions live side by side; a module that is reached in two ways runs once.
    place.runs("app", "shared 1\nshared 2\n1 2 2\n");
    let tree = place.well("app", &["tree"]);
    assert_eq!(tree.matches("shared 1.0.0").count(), 3, "{tree}");
    assert!(tree.contains("(as common)"), "{tree}");
    // What a package imports is its own affair.
    place.write("app/main.sn", "import common\n");
    place.refused("app", &["check", "main.sn"], &["E0207", "builtin module or dependency `common`"]);
    place.write("two/main.sn", "import one\n");
    place.write("app/main.sn", "import two\n");
    place.refused("app", &["check", "main.sn"], &["E0207", "`one`"]);
}

#[test]
fn packages_of_one_repository_belong_together() {
    let place = Place::new("subdir");
    place.package("all/base", "", "export const base = 7\n");
    place.package("all/tools", "base = { path = \"../base\" }\n", "import base\nexport const more = base.base + 1\n");
    place.package("all/evil", "out = { path = \"../../out\" }\n", "import out\n");
    place.git("all", &["init", "--quiet", "--initial-branch=main", "."]);
    place.commit("all");
    place.package("out", "", "");
    place.package(
        "app",
        "tools = { git = \"../all\", subdir = \"tools\" }\nbase = { git = \"../all\", subdir = \"base\" }\n",
        "import base\nimport tools\nlog(base.base, tools.more)\n",
    );
    place.well("app", &["fetch"]);
    place.runs("app", "7 8\n");
    place.refused("app", &["add", "evil", "--git", "../all", "--subdir", "evil"], &["outside of the repository"]);
    place.refused("app", &["add", "none", "--git", "../all", "--subdir", "none"], &["has no folder `none`"]);
    place.refused("app", &["add", "none", "--git", "../all"], &["has no sentra.toml"]);
}

#[test]
fn cycles_are_shown() {
    let place = Place::new("cycles");
    place.package("a", "b = { path = \"../b\" }\n", "import b\n");
    place.package("b", "c = { path = \"../c\" }\n", "import c\n");
    place.package("c", "a = { path = \"../a\" }\n", "import a\n");
    place.refused("a", &["check", "main.sn"], &["E0505", "a → b → c → a", "c/sentra.toml:6:1"]);
    place.package("own", "own = { path = \".\" }\n", "");
    place.refused("own", &["check", "main.sn"], &["E0505", "own → own"]);
}

#[test]
fn packages_keep_to_their_own_files() {
    let place = Place::new("bounds");
    place.write("secret.sn", "export const secret = 42\n");
    place.package("app", "tools = { path = \"../tools\" }\n", "import tools\n");
    symlink(place.path("secret.sn"), {
        place.package("tools", "", "");
        place.path("tools/linked.sn")
    })
    .expect("a link can be made");
    let outside = place.path("secret.sn").display().to_string();
    for path in ["../secret", "./x/../../secret", &outside, "./linked"] {
        place.write("tools/main.sn", &format!("import {{ secret }} from \"{path}\"\nlog(secret)\n"));
        place.refused("app", &["check", "--offline", "main.sn"], &["E0"]);
    }
    fs::remove_file(place.path("tools/linked.sn")).expect("it is ours");
    place.write("tools/main.sn", "");
    for path in ["tools/../../secret", "tools//secret", "tools/./main"] {
        place.write("app/main.sn", &format!("import \"{path}\" as s\nlog(s)\n"));
        place.refused("app", &["check", "main.sn"], &["E0209", "stays within the package"]);
    }
    // A name that is a dependency's means that; `./` means the file.
    place.write("app/tools.sn", "export const which = \"file\"\n");
    place.write("tools/main.sn", "export const which = \"package\"\n");
    place.write("app/main.sn", "import \"tools\" as a\nimport \"./tools\" as b\nlog(a.which, b.which)\n");
    place.runs("app", "package file\n");
}

/// A commit with files of any name and mode, as no checkout would make it.
fn crafted(place: &Place, folder: &str, files: &[(&str, &[u8], &[u8])]) {
    fs::create_dir_all(place.path(folder)).expect("it can be made");
    place.git(folder, &["init", "--quiet", "--initial-branch=main", "."]);
    let package = format!("[package]\nname = \"{folder}\"\nversion = \"1.0.0\"\n");
    let mut entries: Vec<(&str, Vec<u8>, String)> = Vec::new();
    let blob = |content: &[u8]| place.git_with(folder, &["hash-object", "-w", "--stdin"], content);
    entries.push(("100644", b"sentra.toml".to_vec(), blob(package.as_bytes())));
    for (mode, name, content) in files {
        entries.push((mode, name.to_vec(), blob(content)));
    }
    entries.sort_by(|one, other| one.1.cmp(&other.1));
    let mut tree = Vec::new();
    for (mode, name, object) in entries {
        tree.extend([mode.as_bytes(), b" ", name.as_slice(), b"\0"].concat());
        tree.extend((0..20).map(|at| u8::from_str_radix(&object[at * 2..at * 2 + 2], 16).expect("hexadecimal")));
    }
    let tree = place.git_with(folder, &["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], &tree);
    let commit = place.git(folder, &["commit-tree", "-m", "x", &tree]);
    place.git(folder, &["update-ref", "refs/heads/main", &commit]);
}

#[test]
fn repositories_that_mean_harm_are_refused() {
    let place = Place::new("evil");
    let long = vec![b'x'; 600];
    let long = [long.as_slice(), b".sn"].concat();
    let files: [(&str, &str, &[u8], &str); 8] = [
        ("link", "120000", b"main.sn", "a link or a submodule"),
        ("up", "100644", b"../up.sn", "stays within"),
        ("up2", "100644", b"a/../../up.sn", "stays within"),
        ("whole", "100644", b"/tmp/up.sn", "stays within"),
        ("control", "100644", b"a\x1b[31m.sn", "\\u{1b}"),
        ("latin", "100644", b"\xe4.sn", "not UTF-8"),
        ("back", "100644", b"..\\up.sn", "stays within"),
        ("long", "100644", &long, "stays within"),
    ];
    place.package("app", "", "log(1)\n");
    for (name, mode, path, word) in files {
        crafted(&place, name, &[(mode, path, b"/etc/passwd")]);
        let errors = place.refused("app", &["add", "evil", "--git", &format!("../{name}")], &[word]);
        assert!(!errors.contains('\x1b'), "{errors:?}");
    }
    crafted(&place, "cases", &[("100644", b"A.sn", b""), ("100644", b"a.sn", b"")]);
    place.refused("app", &["add", "evil", "--git", "../cases"], &["differ only in the case"]);
    let large = vec![b' '; (64 << 20) + 1];
    crafted(&place, "large", &[("100644", b"a.sn", &large)]);
    place.refused("app", &["add", "evil", "--git", "../large"], &["larger than 64 MiB"]);
    // What is not part of a package does no harm: links elsewhere, hooks, filters, a folder that looks like Git's.
    crafted(
        &place,
        "odd",
        &[
            ("120000", b"data", b"/etc/passwd"),
            ("100644", b".gitattributes", b"* text eol=crlf filter=evil\n"),
            ("100644", b"main.sn", b"export const x = \"a\\n\"\n"),
            ("100644", b".git/hooks/x.sn", b"#!/bin/sh\n"),
        ],
    );
    place.well("app", &["add", "odd", "--git", "../odd"]);
    let trees = place.path("cache/trees");
    let listed = program::run(Command::new("find").arg(trees).args(["-type", "f"]), b"", LIMIT).output();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(!place.path("up.sn").exists() && !place.path("cache/up.sn").exists());
    // A package from elsewhere cannot make this machine's repositories its own.
    place.repository("inner", "deep = { git = \"../odd\" }\n", "");
    place.refused("app", &["add", "inner", "--git", "../inner"], &["cannot ask for ../odd of this machine"]);
}

#[test]
fn a_tree_that_never_ends_is_given_up() {
    let place = Place::new("bomb");
    crafted(&place, "bomb", &[("100644", b"a.sn", b"")]);
    // Each level has the one below it sixteen times.
    let blob = place.git_with("bomb", &["hash-object", "-w", "--stdin"], b"");
    let mut listing: String = (0..16).map(|name| format!("100644 blob {blob}\t{name:02}.sn\n")).collect();
    for _ in 0..9 {
        let tree = place.git_with("bomb", &["mktree"], listing.as_bytes());
        listing = (0..16).map(|name| format!("040000 tree {tree}\t{name:02}\n")).collect();
    }
    let tree = place.git_with("bomb", &["mktree"], listing.as_bytes());
    let commit = place.git("bomb", &["commit-tree", "-m", "x", &tree]);
    place.git("bomb", &["update-ref", "refs/heads/main", &commit]);
    place.package("app", "", "");
    place.refused("app", &["add", "bomb", "--git", "../bomb"], &["E0504", "cannot be listed"]);
}

#[test]
fn packages_of_others_are_left_alone() {
    let place = Place::new("alone");
    place.package(
        "app/deps/tools",
        "",
        "let unused=1\nfn f(a) { return a }\nif false { f(1,2) }\nexport const x = 1\n",
    );
    place.package("app", "tools = { path = \"deps/tools\" }\n", "import tools\n\nlog(tools.x)\n");
    assert_eq!(place.well("app", &["fmt", "--check", "."]), "");
    assert!(!place.well("app", &["check", "main.sn"]).contains("W0301"));
    assert!(!place.well("app", &["lint", "."]).contains("W0"));
    place.write("app/deps/tools/a_test.sn", "assert(false)\n");
    place.write("app/b_test.sn", "import tools\nassert(tools.x == 1)\n");
    let outcome = place.run(program::sentra_vm(), "app", &["test", "."]);
    assert_eq!(outcome.status, Some(0), "{}{}", outcome.output(), outcome.errors());
    let outcome = place.run(program::sentra_vm(), "app", &["eval", "import tools; tools.x"]);
    assert_eq!((outcome.status, outcome.output().as_str()), (Some(0), "1\n"), "{}", outcome.errors());
}

#[test]
fn new_packages_are_sound() {
    let place = Place::new("new");
    for template in ["test", "scanner", "service"] {
        let folder = format!("My {template}!");
        place.well("", &["new", &folder, "--template", template]);
        place.well(&folder, &["build", "--locked"]);
        assert!(place.read(&format!("{folder}/sentra.toml")).contains(&format!("name = \"My-{template}\"")));
    }
}

#[test]
fn repositories_over_http() {
    let place = Place::new("http");
    place.repository("tools", "", TWICE);
    place.git("tools", &["tag", "v1"]);
    place.git("", &["clone", "--quiet", "--bare", "tools", "served/tools.git"]);
    // The "dumb" protocol: files, from a server that knows nothing of Git.
    place.git("served/tools.git", &["update-server-info"]);
    let server = sentra::running::Running::start(
        Command::new("python3")
            .args(["-u", "-c", "import http.server as h\ns = h.ThreadingHTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler)\nprint(s.server_port, flush=True)\ns.serve_forever()"])
            .current_dir(place.path("served")),
    );
    let port = server.line();
    place.package("app", "", "import tools\nlog(tools.twice(4))\n");
    let url = format!("http://127.0.0.1:{}/tools.git", port.trim());
    place.well("app", &["add", "tools", "--git", &url, "--tag", "v1"]);
    place.runs("app", "8\n");
    place.refused("app", &["add", "none", "--git", &url.replace("tools", "none")], &["E0504", "not found"]);
}
