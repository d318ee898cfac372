//! Loose objects: never written here, but plain git may have written some.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use portolan_core::git::{Kind, Object, Oid};

/// What is wrong with a loose object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file could not be read.
    #[error("the file of a loose object could not be read: {0}")]
    Io(#[from] io::Error),
    /// The file is not the object its name says.
    #[error("loose object {0} is damaged: {1}")]
    Damaged(Oid, &'static str),
}

impl Error {
    /// The same among errors of packs.
    pub(crate) fn into_pack(self) -> portolan_objects_pack::Error {
        match self {
            Self::Io(error) => portolan_objects_pack::Error::Io(error),
            Self::Damaged(id, reason) => {
                portolan_objects_pack::Error::Damaged { offset: 0, reason: reason.into() }.of_object(id)
            }
        }
    }
}

fn path(repo: &Path, id: &Oid) -> PathBuf {
    let name = id.to_string();
    repo.join("objects").join(&name[..2]).join(&name[2..])
}

/// The loose object `id`, compared with its id; `None` where there is none.
pub(crate) fn read(repo: &Path, id: &Oid) -> Result<Option<Object>, Error> {
    let file = match fs::File::open(path(repo, id)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let damaged = |reason| Error::Damaged(*id, reason);
    let mut bytes = Vec::new();
    flate2::bufread::ZlibDecoder::new(io::BufReader::new(file))
        .read_to_end(&mut bytes)
        .map_err(|_| damaged("its zlib stream is malformed or cut short"))?;
    let end = bytes.iter().position(|&byte| byte == 0).ok_or_else(|| damaged("it has no header"))?;
    let header = std::str::from_utf8(&bytes[..end]).ok().and_then(|header| header.split_once(' '));
    let (kind, size) = header.ok_or_else(|| damaged("it has no header"))?;
    let kind =
        [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag].into_iter().find(|known| known.as_str() == kind);
    let kind = kind.ok_or_else(|| damaged("its kind is unknown"))?;
    if size.parse() != Ok(bytes.len() - end - 1) {
        return Err(damaged("its size is not the one it claims"));
    }
    let object = Object::new(kind, bytes.split_off(end + 1));
    if object.id() == *id { Ok(Some(object)) } else { Err(damaged("its bytes have another id")) }
}

/// The ids of all loose objects, by file name.
pub(crate) fn list(repo: &Path) -> io::Result<Vec<Oid>> {
    let mut ids = Vec::new();
    let folders = match fs::read_dir(repo.join("objects")) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ids),
        Err(error) => return Err(error),
    };
    for folder in folders {
        let folder = folder?;
        let Some(first) = folder.file_name().to_str().filter(|name| name.len() == 2).map(str::to_owned)
        else {
            continue;
        };
        for file in fs::read_dir(folder.path())? {
            let name = file?.file_name();
            ids.extend(name.to_str().and_then(|rest| format!("{first}{rest}").parse::<Oid>().ok()));
        }
    }
    ids.sort_unstable();
    Ok(ids)
}
