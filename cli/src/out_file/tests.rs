use std::io::Read as _;

use super::*;
use crate::exit::Exit;

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    Target::open(Some(path), None)?.write(text)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    write(&path, "old").unwrap();
    let mut reader = File::open(&path).unwrap();
    write(&path, "new, and longer").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new, and longer");
    // Whoever reads the old one reads all of it.
    let mut old = String::new();
    reader.read_to_string(&mut old).unwrap();
    assert_eq!(old, "old");
    assert_eq!(names(folder.path()), ["report"]);
}

#[test]
fn what_is_only_tried_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    Target::open(Some(&path), None).unwrap();
    assert_eq!(names(folder.path()), [""; 0]);
    std::fs::write(&path, "old").unwrap();
    Target::open(Some(&path), None).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), ["report"]);
}

#[test]
fn where_nothing_can_be_written_is_known_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let inside = |name: &str| folder.path().join(name);
    for (path, why) in [
        (folder.path().to_owned(), "it is a folder"),
        (inside("new/"), "does not end with a /"),
        (inside("missing/report"), "there is no folder"),
        (inside("file/report"), ""),
        (PathBuf::new(), "an empty path"),
    ] {
        let stop = Target::open(Some(&path), None).unwrap_err();
        assert_eq!(stop.exit, Exit::Usage, "{path:?}");
        let message = stop.to_string();
        assert!(message.starts_with("cannot write "), "{message}");
        assert!(message.contains(why), "{why}: {message}");
        assert!(!message.contains(".meshobs-"), "{message}");
    }
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn stdout_has_several_names() {
    assert!(Target::open(None, None).unwrap().is_stdout());
    assert!(
        Target::open(Some(Path::new("-")), None)
            .unwrap()
            .is_stdout()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("-");
    assert!(!Target::open(Some(&file), None).unwrap().is_stdout());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn modes_are_as_they_were_or_as_the_mask_says() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("new"), folder.path().join("other"));
        std::fs::write(&other, "").unwrap();
        write(&path, "").unwrap();
        assert_eq!(mode(&path), mode(&other));
        for kept in [0o600, 0o640, 0o777] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(kept)).unwrap();
            let before = path.metadata().unwrap();
            write(&path, "text").unwrap();
            assert_eq!(mode(&path), kept);
            let after = path.metadata().unwrap();
            assert_ne!(before.ino(), after.ino());
            assert_eq!((before.uid(), before.gid()), (after.uid(), after.gid()));
        }
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        std::fs::create_dir(inside("reports")).unwrap();
        std::fs::write(inside("reports/there"), "old").unwrap();
        // To a file, to a link, and to a file that is yet to be.
        symlink("reports/there", inside("first")).unwrap();
        symlink(inside("first"), inside("second")).unwrap();
        symlink("reports/new", inside("dangling")).unwrap();
        for (link, file) in [
            ("first", "reports/there"),
            ("second", "reports/there"),
            ("dangling", "reports/new"),
        ] {
            write(&inside(link), link).unwrap();
            assert!(inside(link).is_symlink(), "{link}");
            assert!(!inside(file).is_symlink());
            assert_eq!(std::fs::read_to_string(inside(file)).unwrap(), link);
        }
        symlink("round", inside("a")).unwrap();
        symlink("a", inside("round")).unwrap();
        let stop = write(&inside("round"), "").unwrap_err();
        assert!(stop.to_string().contains("circle"), "{stop}");
    }

    #[test]
    fn a_pipe_is_written_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let reader = {
            let path = path.clone();
            std::thread::spawn(move || std::fs::read_to_string(path).unwrap())
        };
        write(&path, "text").unwrap();
        assert_eq!(reader.join().unwrap(), "text");
        assert!(!path.metadata().unwrap().is_file());
    }

    #[test]
    fn descriptors_belong_to_others() {
        for (path, number) in [
            ("/dev/stdout", Some("1")),
            ("/dev/fd/1", Some("1")),
            ("/proc/self/fd/7", Some("7")),
            ("/proc/12/fd/1", Some("12/fd/1")),
            ("/proc/12/task/3/fd/1", Some("12/task/3/fd/1")),
            ("/proc/12/status", None),
            ("/dev/null", None),
            ("report", None),
        ] {
            assert_eq!(descriptor(Path::new(path)), number, "{path}");
        }
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/stdout", &link).unwrap();
        assert!(Target::open(Some(&link), None).unwrap().is_stdout());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_are_written() {
        write(Path::new("/dev/null"), "text").unwrap();
        let stop = write(Path::new("/dev/full"), "text").unwrap_err();
        assert_eq!(stop.exit, Exit::NotWritten);
        let message = stop.to_string();
        assert!(
            message.starts_with("cannot write /dev/full: No space"),
            "{message}"
        );
        // Nobody makes files there, not even root.
        let stop = write(Path::new("/sys/report"), "text").unwrap_err();
        assert_eq!(stop.exit, Exit::Usage);
    }
}
