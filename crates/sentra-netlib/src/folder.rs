//! Files beneath a folder, opened so that no path and no link leads out of it, and read without
//! waiting for a disk.
//!
//! The system itself keeps the open within the folder (`RESOLVE_BENEATH`), so nobody can swap a
//! link in between a check and the open. Links within the folder are followed; absolute ones
//! lead out. Systems without that follow no link at all.

use std::fs::File;
use std::io::{self, ErrorKind, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

/// Opens that met a change of the folders on their way, in a row, before they fail.
const ATTEMPTS: usize = 32;
/// Neither a device nor a pipe holds the open up.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
const STEP: OFlags = OFlags::PATH.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

/// A folder whose files may be read.
#[derive(Debug)]
pub struct Folder {
    root: OwnedFd,
}

impl Folder {
    /// The folder at a path.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::DIRECTORY;
        Ok(Self { root: rustix::fs::open(path, flags, Mode::empty())? })
    }

    /// The same if it can be found at once, without waiting for a disk; else `WouldBlock`.
    pub fn open_at_hand(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::DIRECTORY;
        match openat2(rustix::fs::CWD, path, flags, Mode::empty(), ResolveFlags::CACHED) {
            Ok(root) => Ok(Self { root }),
            Err(Errno::AGAIN | Errno::NOSYS | Errno::INVAL) => Err(ErrorKind::WouldBlock.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file or folder by its name, which has no leading slash and no empty, `.` or `..`
    /// step; the empty name is the folder itself. What lies outside is not found.
    pub fn file(&self, name: &[u8]) -> io::Result<File> {
        for _ in 0..ATTEMPTS {
            match self.resolve(name, ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS) => return self.walk(name),
                opened => return opened.map(File::from).map_err(plain),
            }
        }
        Err(plain(Errno::NOENT))
    }

    /// The same if it can be done at once, without waiting for a disk; else `WouldBlock`.
    pub fn file_at_hand(&self, name: &[u8]) -> io::Result<File> {
        let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::CACHED;
        match self.resolve(name, how) {
            // A system that cannot tell is asked again where waiting does no harm.
            Err(Errno::AGAIN | Errno::INTR | Errno::NOSYS | Errno::INVAL) => Err(ErrorKind::WouldBlock.into()),
            opened => opened.map(File::from).map_err(plain),
        }
    }

    fn resolve(&self, name: &[u8], how: ResolveFlags) -> Result<OwnedFd, Errno> {
        let name = if name.is_empty() { b"." } else { name };
        openat2(&self.root, name, FILE, Mode::empty(), how)
    }

    /// Opens step by step, following no link.
    fn walk(&self, name: &[u8]) -> io::Result<File> {
        let mut at = self.root.as_fd().try_clone_to_owned()?;
        let (steps, last) = name.iter().rposition(|&byte| byte == b'/').map_or((&b""[..], name), |slash| {
            let (steps, last) = name.split_at(slash);
            (steps, &last[1..])
        });
        for step in steps.split(|&byte| byte == b'/').filter(|step| !step.is_empty()) {
            at = openat(&at, step, STEP, Mode::empty()).map_err(plain)?;
        }
        let last = if last.is_empty() { b"." } else { last };
        openat(&at, last, FILE | OFlags::NOFOLLOW, Mode::empty()).map(File::from).map_err(plain)
    }
}

/// The error as it concerns a client: whatever leads nowhere is not found.
fn plain(error: Errno) -> io::Error {
    match error {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::NAMETOOLONG | Errno::INVAL | Errno::NXIO => {
            ErrorKind::NotFound.into()
        }
        error => error.into(),
    }
}

/// Reads what is in memory already; `WouldBlock` if a disk would have to be waited for.
pub fn read_at_hand(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    match preadv2(file, &mut [IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT) {
        // Some file systems cannot tell.
        Err(Errno::AGAIN | Errno::INTR | Errno::OPNOTSUPP | Errno::NOSYS) => Err(ErrorKind::WouldBlock.into()),
        read => Ok(read?),
    }
}

/// Files are read ahead in pieces like this, so what lies between two such places is in memory if both are.
const AHEAD: usize = 128 << 10;

/// Whether so many bytes from there on seem to be in memory: their last one is, and of many the first.
pub fn is_at_hand(file: &File, offset: u64, len: usize) -> bool {
    let mut byte = [0];
    let mut has = |at: u64| read_at_hand(file, &mut byte, at).is_ok_and(|read| read == 1);
    len > 0 && has(offset + len as u64 - 1) && (len <= AHEAD || has(offset))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    use super::*;

    /// `root/{a.txt, sub/b.txt, inside -> sub/b.txt, …}` beside `secret`.
    struct Site(std::path::PathBuf);

    impl Site {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("sentra-folder-{name}-{}", std::process::id()));
            let root = path.join("root");
            fs::create_dir_all(root.join("sub")).unwrap();
            fs::write(path.join("secret"), "secret").unwrap();
            fs::write(root.join("a.txt"), "public").unwrap();
            fs::write(root.join("sub/b.txt"), "public").unwrap();
            for (link, to) in [
                ("inside", "sub/b.txt"),
                ("sub/up", "../a.txt"),
                ("out", "../secret"),
                ("absolute", path.join("secret").to_str().unwrap()),
                ("folder", ".."),
                ("turn", "sub/../../secret"),
                ("loop", "loop"),
            ] {
                symlink(to, root.join(link)).unwrap();
            }
            Self(path)
        }

        fn folder(&self) -> Folder {
            Folder::open(&self.0.join("root")).unwrap()
        }
    }

    impl Drop for Site {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn content(mut file: File) -> String {
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn nothing_leads_out() {
        let site = Site::new("out");
        let folder = site.folder();
        for name in ["a.txt", "sub/b.txt"] {
            assert_eq!(content(folder.file(name.as_bytes()).unwrap()), "public");
            assert_eq!(content(folder.walk(name.as_bytes()).unwrap()), "public");
            assert_eq!(content(folder.file_at_hand(name.as_bytes()).unwrap()), "public");
        }
        for name in ["inside", "sub/up"] {
            assert_eq!(content(folder.file(name.as_bytes()).unwrap()), "public");
            assert!(folder.walk(name.as_bytes()).is_err());
        }
        for name in
            ["out", "absolute", "folder/secret", "turn", "loop", "nosuch", "a.txt/x", "../secret", "/etc/passwd"]
        {
            assert_eq!(folder.file(name.as_bytes()).unwrap_err().kind(), ErrorKind::NotFound, "{name}");
            assert!(folder.file_at_hand(name.as_bytes()).is_err(), "{name}");
        }
        for name in ["out", "absolute", "folder/secret", "turn", "loop"] {
            assert_eq!(folder.walk(name.as_bytes()).unwrap_err().kind(), ErrorKind::NotFound, "{name}");
        }
        assert!(folder.file(b"").unwrap().metadata().unwrap().is_dir());
        assert!(folder.walk(b"").unwrap().metadata().unwrap().is_dir());
    }

    /// Somebody swaps a folder with a link out of the root as fast as possible.
    #[test]
    fn no_race_leads_out() {
        let site = Site::new("race");
        let folder = site.folder();
        let (root, outside) = (site.0.join("root"), site.0.join("outside"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("b.txt"), "secret").unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    fs::rename(root.join("sub"), root.join("kept")).unwrap();
                    symlink(&outside, root.join("sub")).unwrap();
                    fs::remove_file(root.join("sub")).unwrap();
                    symlink("../outside", root.join("sub")).unwrap();
                    fs::remove_file(root.join("sub")).unwrap();
                    fs::rename(root.join("kept"), root.join("sub")).unwrap();
                }
            });
            let mut opened = 0;
            for _ in 0..20_000 {
                for file in [folder.file(b"sub/b.txt"), folder.file_at_hand(b"sub/b.txt"), folder.walk(b"sub/b.txt")] {
                    let Ok(file) = file else { continue };
                    assert_eq!(content(file), "public");
                    opened += 1;
                }
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(opened > 0);
        });
    }

    #[test]
    fn what_was_just_written_is_at_hand() {
        let site = Site::new("hand");
        let path = site.0.join("root/large");
        fs::write(&path, vec![7; 100_000]).unwrap();
        let file = site.folder().file(b"large").unwrap();
        let mut buffer = vec![0; 200_000];
        // A file system that cannot tell is not asked further.
        let Ok(read) = read_at_hand(&file, &mut buffer, 50_000) else { return };
        assert_eq!((read, buffer[49_999], buffer[50_000]), (50_000, 7, 0));
        assert!(is_at_hand(&file, 0, 100_000) && !is_at_hand(&file, 0, 100_001));
    }
}
