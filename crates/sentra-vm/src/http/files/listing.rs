//! Pages about folders.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

use sentra_netlib::code::{html, percent};

/// The most names on a page.
const MOST: usize = 10_000;

/// How a page is written.
pub(super) struct Style {
    /// The path that was asked for, still encoded.
    pub path: Vec<u8>,
    /// Whether names that begin with a dot are shown.
    pub hidden: bool,
}

/// The page about an open folder: links to what is in it, folders first, by name.
pub(super) fn page(folder: &File, style: &Style) -> io::Result<Vec<u8>> {
    // The open folder itself, and not what its path may lead to by now.
    let mut names = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()))?.take(MOST) {
        let entry = entry?;
        let mut name = entry.file_name().as_bytes().to_vec();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            name.push(b'/');
        }
        if style.hidden || !name.starts_with(b".") {
            names.push((!is_folder, name));
        }
    }
    names.sort_unstable();
    let title = html::escape(&percent::decode_form(&style.path));
    let mut page = [
        b"<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>",
        &title[..],
        b"</title>\n<h1>",
        &title,
        b"</h1>\n<ul>\n",
    ]
    .concat();
    for (_, name) in &names {
        page.extend_from_slice(b"<li><a href=\"./");
        percent::encode(name, &percent::Set::and(b"-._~/"), false, &mut page);
        page.extend_from_slice(b"\">");
        page.extend_from_slice(&html::escape(name));
        page.extend_from_slice(b"</a></li>\n");
    }
    page.extend_from_slice(b"</ul>\n");
    Ok(page)
}
