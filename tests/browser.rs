//! A browser loads what examples serve: a site of many files, a stream of events, pages; and runs the playground.

#[path = "../xtask/src/playground.rs"]
mod playground;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::redis::Redis;
use sentra::running::Running;
use sentra::{program, python};

const ASSETS: usize = 200;

/// What the page has become once it has loaded; a picture of it stays in the target folder.
fn load(address: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    let browser = |mode: String| {
        let profile = format!("--user-data-dir={}", folder.display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--timeout=20000",
            &profile,
            &mode,
        ];
        let mut command = Command::new("timeout");
        command.arg("100").arg("chromium").args(flags).arg("--virtual-time-budget=15000").arg(address);
        command.env("HOME", &folder).output().unwrap()
    };
    let output = browser("--dump-dom".into());
    browser(format!("--screenshot={}", picture.display()));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn example(name: &str, arguments: &[&str]) -> (Running, String) {
    let running = Running::script(&format!("examples/{name}"), arguments);
    let line = running.line();
    (running, line.rsplit(' ').next().unwrap().trim_end_matches('/').to_owned())
}

/// A page with stylesheets, scripts and pictures that counts what has loaded.
fn make_site(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("assets")).unwrap();
    let picture =
        |number: usize| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"1\"/>", number + 1);
    let mut page = String::from(
        "<!DOCTYPE html><meta charset=utf-8><title>Assets</title><script>let count = 0, wrong = 0</script>\n",
    );
    for number in 0..ASSETS {
        let path = format!("assets/{number}");
        let events = "onload=\"count++\" onerror=\"wrong++\"";
        page += &match number % 3 {
            0 => {
                fs::write(folder.join(format!("{path}.js")), format!("window.loaded{number} = true;\n")).unwrap();
                format!("<script src=\"{path}.js\" {events}></script>\n")
            }
            1 => {
                fs::write(folder.join(format!("{path}.css")), format!(".c{number} {{ width: {number}px }}\n")).unwrap();
                format!("<link rel=stylesheet href=\"{path}.css\" {events}>\n")
            }
            _ => {
                fs::write(folder.join(format!("{path}.svg")), picture(number)).unwrap();
                format!("<img src=\"{path}.svg\" {events}>\n")
            }
        };
    }
    page += "<p id=result>loading</p><script>addEventListener('load', () => {
        const scripts = Object.keys(window).filter(name => /^loaded\\d+$/.test(name)).length;
        const pictures = [...document.images].filter(image => image.naturalWidth > 0).length;
        document.getElementById('result').textContent = `loaded ${count}, failed ${wrong}, scripts ${scripts}, pictures ${pictures}`;
    })</script>\n";
    fs::write(folder.join("index.html"), page).unwrap();
}

#[test]
fn a_browser_loads_all_of_a_site() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site-of-assets");
    make_site(&folder);
    let (_running, address) = example("static_site.sn", &[folder.to_str().unwrap()]);
    let page = load(&address, "assets");
    assert!(
        page.contains("loaded 200, failed 0, scripts 67, pictures 66"),
        "{:?}",
        page.get(page.len().saturating_sub(1000)..)
    );
}

#[test]
fn a_browser_follows_a_stream_of_events() {
    let (_running, address) = example("event_stream.sn", &[]);
    let page = load(&address, "events");
    for wanted in ["<li>1: more</li>", "<li>5: more more more more more</li>", "<p id=\"state\">done</p>"] {
        assert!(page.contains(wanted), "{page}");
    }
}

/// Has a browser use a page as people do: what it saw. A picture of it stays in the target folder.
fn see(what: &str, address: &str) -> String {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let picture = scratch.join(format!("{what}.png"));
    let _ = fs::remove_file(&picture);
    let mut peer = python::with("websockets", scratch, &["websockets"]);
    peer.arg(python::peer("browser_pages.py")).args([what, address]).arg(&picture);
    let outcome = program::run(&mut peer, b"", Duration::from_secs(240));
    assert!(outcome.status == Some(0), "{what}: {}{}", outcome.output(), outcome.errors());
    let size = fs::metadata(&picture).map_or(0, |file| file.len());
    assert!(size > 5000, "the picture of {what} has {size} bytes");
    outcome.output()
}

/// Two people chat on the pages of two workers; a dashboard follows its machine. The pictures stay in the target folder.
#[test]
fn a_browser_uses_the_pages() {
    let redis = Redis::start(&[]);
    let page = |name: &str| program::root().join("examples").join(name).join("page").display().to_string();
    let (_chat, address) = example("shared_chat/server.sn", &[&redis.url(), "0", &page("shared_chat")]);
    assert_eq!(see("chat", &address), "chatted\n");
    let (_dashboard, address) = example("dashboard/server.sn", &["0", &page("dashboard"), "50"]);
    assert_eq!(see("dashboard", &address), "changes\n");
}

/// A site of the playground alone.
fn build_site() -> PathBuf {
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site-of-playground");
    let _ = fs::remove_dir_all(&site);
    playground::write(program::root(), site.join("playground").to_str().unwrap(), "page").unwrap();
    site
}

/// Runs programs in a page that is not at the root of its server: in the site that `SENTRA_SITE` names, or in a page
/// that is built for it.
#[test]
#[ignore = "it builds compiler and virtual machine once more, for the target wasm32-unknown-unknown: `./site` runs it"]
fn a_browser_runs_programs() {
    let site = env::var_os("SENTRA_SITE").map_or_else(build_site, PathBuf::from);
    let (_running, address) = example("static_site.sn", &[site.to_str().unwrap()]);
    assert_eq!(see("playground", &format!("{address}/playground/index.html")), "played\n");
}
