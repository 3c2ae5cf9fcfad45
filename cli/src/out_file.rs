//! Where a result is written: all of it, or nothing.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result as IoResult, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::deadline::Limit;
use crate::exit::Stop;
use crate::specs::shown;

/// More links than this are a circle.
const MOST_LINKS: usize = 40;

/// A place that has been tried.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path as it was given.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Stdout,
    /// A file that is replaced as a whole, or a new one. Links are followed.
    File(PathBuf),
    /// A pipe, a device or a descriptor: it can't be replaced, only written.
    Stream(File),
}

impl Target {
    /// Tries a path, before there is a result. `-` is stdout, as is no path at all.
    ///
    /// A named pipe waits for its reader here, as a shell's `>` does, but not longer than the run may
    /// take.
    pub(crate) fn open(path: Option<&Path>, limit: Option<Limit>) -> Result<Self, Stop> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            let (name, place) = ("stdout".to_owned(), Place::Stdout);
            return Ok(Self { name, place });
        };
        let name = shown(path);
        match try_out(path, limit) {
            Ok(place) => Ok(Self { name, place }),
            Err(error) => Err(Stop::usage(format!("cannot write {name}: {error}"))),
        }
    }

    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Writes a result; stdout is the caller's.
    pub(crate) fn write(self, text: &str) -> Result<(), Stop> {
        let written = match self.place {
            Place::Stdout => Ok(()),
            Place::File(path) => replace(&path, text.as_bytes()),
            Place::Stream(mut file) => file.write_all(text.as_bytes()),
        };
        written.map_err(|error| Stop::not_written(format!("cannot write {}: {error}", self.name)))
    }
}

fn try_out(path: &Path, limit: Option<Limit>) -> IoResult<Place> {
    if path.as_os_str().is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "an empty path"));
    }
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        let why = "a file's name does not end with a /";
        return Err(Error::new(ErrorKind::IsADirectory, why));
    }
    let path = followed(path)?;
    if let Some(descriptor) = descriptor(&path) {
        // What others wrote there stays.
        return match descriptor {
            "1" => Ok(Place::Stdout),
            _ => Ok(Place::Stream(OpenOptions::new().append(true).open(path)?)),
        };
    }
    let open = || OpenOptions::new().write(true).open(&path);
    match path.metadata() {
        Ok(there) if there.is_dir() => Err(Error::new(ErrorKind::IsADirectory, "it is a folder")),
        Ok(there) if !there.is_file() => within(limit, path).map(Place::Stream),
        Ok(_) => {
            // Whoever may not write a file does not replace it either.
            open()?;
            beside(&path)?;
            Ok(Place::File(path))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            beside(&path)?;
            Ok(Place::File(path))
        }
        Err(error) => Err(error),
    }
}

/// Opens what may wait for another program. No call opens it with a time limit.
fn within(limit: Option<Limit>, path: PathBuf) -> IoResult<File> {
    let open = move || OpenOptions::new().write(true).open(path);
    let Some(limit) = limit else {
        return open();
    };
    limit.wait(open).unwrap_or_else(|| {
        let why = format!("nobody has opened it for reading within the {limit}");
        Err(Error::new(ErrorKind::TimedOut, why))
    })
}

/// Where a path leads: also a link to a file that is yet to be, which cannot be canonicalized.
fn followed(path: &Path) -> IoResult<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let is_link = match path.symlink_metadata() {
            Ok(there) => there.is_symlink(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !is_link || descriptor(&path).is_some() {
            return Ok(path);
        }
        let to = path.read_link()?;
        path = path
            .parent()
            .map_or_else(|| to.clone(), |folder| folder.join(&to));
    }
    Err(Error::other("its links lead in a circle"))
}

/// The number of an open descriptor, where a path names one: `/dev/stdout`, `/dev/fd/3`,
/// `/proc/self/fd/3`; of another process' its name, `17/fd/3`. What it leads to was opened by another,
/// who may not be done with it.
fn descriptor(path: &Path) -> Option<&str> {
    match path.to_str()? {
        "/dev/stdin" => Some("0"),
        "/dev/stdout" => Some("1"),
        "/dev/stderr" => Some("2"),
        path => {
            let own = ["/dev/fd/", "/proc/self/fd/"];
            let own = own.iter().find_map(|folder| path.strip_prefix(folder));
            own.or_else(|| {
                path.strip_prefix("/proc/")
                    .filter(|name| name.contains("/fd/"))
            })
        }
    }
}

/// A temporary file in the folder of another. It is gone where it is not kept.
fn beside(path: &Path) -> IoResult<NamedTempFile> {
    let folder = folder(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".meshobs-").suffix(".tmp");
    // As other new files: the user's mask decides.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| {
        // Its own words name a file that nobody asked for.
        let (kind, folder) = (error.kind(), shown(folder));
        let why = match kind {
            ErrorKind::NotFound => format!("there is no folder {folder}"),
            _ => format!("no file can be made in the folder {folder}: {kind}"),
        };
        Error::new(kind, why)
    })
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Replaces a file, or makes it. At no time is there half of it, also where the power goes.
fn replace(path: &Path, bytes: &[u8]) -> IoResult<()> {
    let mut new = beside(path)?;
    new.as_file_mut().write_all(bytes)?;
    if let Ok(old) = path.metadata() {
        same_owner(new.as_file(), &old);
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    match new.persist(path) {
        Ok(_) => {
            // The new name is on the disk only when its folder is. Not every system can do that.
            if let Ok(folder) = File::open(folder(path)) {
                let _ = folder.sync_all();
            }
            Ok(())
        }
        // A file that is mounted by itself, as containers do, has no other way.
        Err(error) if error.error.kind() == ErrorKind::ResourceBusy => {
            let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
            file.write_all(bytes)?;
            file.sync_all()
        }
        Err(error) => Err(error.error),
    }
}

/// As far as one may: root may give files away, others their groups.
#[cfg(unix)]
fn same_owner(new: &File, old: &std::fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    if fchown(new, Some(old.uid()), Some(old.gid())).is_err() {
        let _ = fchown(new, None, Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn same_owner(_: &File, _: &std::fs::Metadata) {}

#[cfg(test)]
mod tests;
