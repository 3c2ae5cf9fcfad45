//! Small files, read up to a limit.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use crate::exit::Stop;
use crate::specs::shown;

/// A token has some kilobytes, a bundle of all the world's certificates a quarter of this.
const LIMIT: u64 = 1 << 20;

/// The text of a file that has no reason to be large. A wrong path may be one without an end.
pub(crate) fn read(file: &Path) -> Result<String, Stop> {
    let text = File::open(file).and_then(limited);
    text.map_err(|error| Stop::usage(format!("cannot read {}: {error}", shown(file))))
}

fn limited(source: impl Read) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        let why = "it is larger than 1 MiB, so it cannot be what is wanted here";
        return Err(Error::new(ErrorKind::FileTooLarge, why));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "it is not a text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_a_limit() {
        let most = vec![b'a'; LIMIT as usize];
        assert_eq!(limited(most.as_slice()).unwrap().len(), most.len());
        let error = limited(std::io::repeat(b'a')).unwrap_err();
        assert!(error.to_string().contains("larger than 1 MiB"), "{error}");
        assert!(limited([0xff].as_slice()).is_err());
    }
}
