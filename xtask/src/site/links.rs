//! Checks that every link within a folder of HTML pages leads to a page, and to a place on it, that is there. Links to other hosts are
//! not followed.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use sentra_compiler::load::plain;

/// What a page has.
#[derive(Default)]
struct Page {
    places: BTreeSet<String>,
    links: BTreeSet<String>,
}

/// Checks a folder; complains of every link that leads nowhere.
pub fn check(folder: &Path) -> Result<String, String> {
    let mut pages = HashMap::new();
    let mut files = BTreeSet::new();
    read(folder, &mut pages, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut wrong = BTreeSet::new();
    let mut count = 0;
    for (path, page) in &pages {
        for link in &page.links {
            count += 1;
            if !leads_somewhere(path, link, &pages, &files) {
                wrong.insert(format!("{}: {link}", path.strip_prefix(folder).unwrap_or(path).display()));
            }
        }
    }
    match wrong.is_empty() {
        true if count > 0 => Ok(format!("{count} links on {} pages", pages.len())),
        true => Err("there are no links".into()),
        false => Err(format!("links that lead nowhere:\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"))),
    }
}

fn read(folder: &Path, pages: &mut HashMap<PathBuf, Page>, files: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, pages, files)?;
            continue;
        }
        // A frame for browsers without scripts: its links are those of the page around it.
        if path.extension().is_some_and(|extension| extension == "html") && !path.ends_with("toc.html") {
            pages.insert(path.clone(), parse(&fs::read_to_string(&path)?));
        }
        files.insert(path);
    }
    Ok(())
}

/// Pages are mdBook's or our own: their attributes stand in double quotes.
fn parse(html: &str) -> Page {
    let values = |name: &str| -> BTreeSet<String> {
        let start = format!(" {name}=\"");
        let values = html.split(&start).skip(1);
        values.filter_map(|rest| Some(unescaped(rest.split_once('"')?.0))).collect()
    };
    let mut links = values("href");
    links.extend(values("src"));
    Page { places: values("id"), links }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn leads_somewhere(from: &Path, link: &str, pages: &HashMap<PathBuf, Page>, files: &BTreeSet<PathBuf>) -> bool {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| ["http", "https", "mailto", "data", "javascript"].contains(&scheme)) {
        return true;
    }
    let (path, place) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let target = if path.is_empty() { from.to_owned() } else { plain(&from.with_file_name(path)) };
    let target = if target.is_dir() { target.join("index.html") } else { target };
    files.contains(&target) && (place.is_empty() || pages.get(&target).is_some_and(|page| page.places.contains(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a heading is called in links.
    fn slug(heading: &str) -> String {
        let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    }

    /// The headings of a page, and what it links to.
    fn page(text: &str) -> Page {
        let mut page = Page::default();
        let mut code = false;
        for line in text.lines() {
            code ^= line.starts_with("```");
            if code {
                continue;
            }
            page.places.extend(line.strip_prefix('#').map(|heading| slug(heading.trim_start_matches('#').trim())));
            let links = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
            page.links.extend(links);
        }
        page
    }

    /// The same for the pages as they are written, which costs no site.
    #[test]
    fn pages_link_to_what_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there");
        let mut pages = HashMap::new();
        for folder in ["", "docs", "docs/builtins"] {
            for entry in fs::read_dir(root.join(folder)).expect("it is there").flatten() {
                if entry.path().extension().is_some_and(|extension| extension == "md") {
                    let text = fs::read_to_string(entry.path()).expect("it can be read");
                    pages.insert(entry.path(), page(&text));
                }
            }
        }
        let mut wrong = Vec::new();
        for (path, page) in &pages {
            for link in page.links.iter().filter(|link| !link.contains("://")) {
                let (file, place) = link.split_once('#').unwrap_or((link, ""));
                let target = if file.is_empty() { path.clone() } else { plain(&path.with_file_name(file)) };
                let has = pages.get(&target).is_some_and(|page| page.places.contains(place));
                if !target.exists() || !place.is_empty() && !has {
                    wrong.push(format!("{}: {link}", path.display()));
                }
            }
        }
        assert!(pages.len() > 40 && wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    }

    #[test]
    fn links_lead_somewhere_or_are_told() {
        let folder = std::env::temp_dir().join(format!("sentra-links-{}", std::process::id()));
        fs::create_dir_all(folder.join("deep")).expect("a folder can be made");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("the folder is ours");
        write(
            "a.html",
            "<a href=\"deep/b.html#place\">b</a> <a href=\"#here\" id=\"here\"> <a href=\"https://x.example/\">",
        );
        write("deep/b.html", "<h1 id=\"place\"><img src=\"../c.png\">");
        write("c.png", "");
        assert_eq!(check(&folder), Ok("4 links on 2 pages".into()));
        write("deep/b.html", "<h1 id=\"other\"><img src=\"c.png\">");
        let wrong = "links that lead nowhere:\na.html: deep/b.html#place\ndeep/b.html: c.png";
        assert_eq!(check(&folder), Err(wrong.into()));
        fs::remove_dir_all(folder).expect("the folder is ours");
    }
}
