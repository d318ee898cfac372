//! A plain folder becomes a repository with one commit, by `git fast-import`: every byte of every file as it is, without the
//! filters, attributes and ignore rules that `git add` obeys.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use super::git;
use crate::failure::Failure;

/// Makes the bare repository `repository` with everything in `folder`; answers what was left out, and why.
pub(super) fn commit(folder: &Path, repository: &Path) -> Result<Vec<String>, Failure> {
    let above = repository.parent().unwrap_or(Path::new("."));
    let made = git::output(
        git::git(above)
            .args([
                "init",
                "--quiet",
                "--bare",
                "--object-format=sha1",
                "--initial-branch=main",
                "--template=",
            ])
            .arg(repository),
    )?;
    if !made.status.success() {
        return Err(git::refused(&made, "git cannot make a repository"));
    }
    let mut import = git::git(repository)
        .args(["fast-import", "--quiet", "--date-format=now"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| git::not_started(&error))?;
    let written = match import.stdin.take() {
        Some(input) => write(folder, BufWriter::new(input)),
        None => Err(Failure::other("git takes no input")),
    };
    let ended = import.wait_with_output()?;
    if !ended.status.success() {
        // Where git ended early, writing to it failed too; git's own words say why.
        return Err(git::refused(&ended, &format!("git cannot take the folder {}", folder.display())));
    }
    let (files, left_out) = written?;
    if files == 0 {
        return Err(Failure::usage(format_args!("the folder {} holds no file to import", folder.display())));
    }
    Ok(left_out)
}

struct Writer<W> {
    out: W,
    files: u64,
    left_out: Vec<String>,
}

fn write(folder: &Path, out: impl Write) -> Result<(u64, Vec<String>), Failure> {
    let mut writer = Writer { out, files: 0, left_out: Vec::new() };
    let message = b"Import a folder of files\n";
    write!(writer.out, "commit refs/heads/main\ncommitter Portolan <noreply@portolan.invalid> now\n")?;
    writeln!(writer.out, "data {}", message.len())?;
    writer.out.write_all(message)?;
    writer.folder(folder, &[])?;
    writer.out.write_all(b"\ndone\n")?;
    writer.out.flush()?;
    Ok((writer.files, writer.left_out))
}

impl<W: Write> Writer<W> {
    fn folder(&mut self, folder: &Path, name: &[u8]) -> Result<(), Failure> {
        let unreadable = |error| Failure::other(format_args!("{} cannot be read: {error}", folder.display()));
        let entries: io::Result<Vec<_>> = fs::read_dir(folder).map_err(unreadable)?.collect();
        let mut entries = entries.map_err(unreadable)?;
        // The order of names, so that one folder always gives the same objects in the same pack.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, file_name) = (entry.path(), entry.file_name());
            let mut name = name.to_vec();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(file_name.as_bytes());
            let about = entry.metadata().map_err(unreadable)?;
            if file_name.as_bytes().eq_ignore_ascii_case(b".git") {
                self.leave_out(&name, "git's own data");
            } else if about.is_dir() {
                self.folder(&path, &name)?;
            } else if about.is_symlink() {
                let target = fs::read_link(&path).map_err(unreadable)?;
                self.entry("120000", &name)?;
                self.data(target.as_os_str().as_bytes())?;
            } else if about.is_file() {
                self.file(&path, &name, &about)?;
            } else {
                self.leave_out(&name, "neither a file, a folder nor a symbolic link");
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &[u8], about: &Metadata) -> Result<(), Failure> {
        let unreadable = |error| Failure::other(format_args!("{} cannot be read: {error}", path.display()));
        let file = File::open(path).map_err(unreadable)?;
        self.entry(if about.permissions().mode() & 0o100 == 0 { "100644" } else { "100755" }, name)?;
        writeln!(self.out, "data {}", about.len())?;
        let copied = io::copy(&mut file.take(about.len()), &mut self.out)?;
        if copied != about.len() {
            return Err(Failure::other(format_args!(
                "{} changed while it was read; import again",
                path.display()
            )));
        }
        Ok(self.out.write_all(b"\n")?)
    }

    fn entry(&mut self, mode: &str, name: &[u8]) -> Result<(), Failure> {
        self.files += 1;
        write!(self.out, "M {mode} inline ")?;
        self.out.write_all(&quoted(name))?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn data(&mut self, data: &[u8]) -> Result<(), Failure> {
        writeln!(self.out, "data {}", data.len())?;
        self.out.write_all(data)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn leave_out(&mut self, name: &[u8], why: &str) {
        self.left_out.push(format!("{}  ({why})", OsStr::from_bytes(name).to_string_lossy()));
    }
}

/// A path as git-fast-import quotes it: C-style, so that any byte but NUL can be in it.
fn quoted(name: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in name {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', byte]),
            b'\n' => quoted.extend(b"\\n"),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn any_name_is_quoted() {
        assert_eq!(quoted(b"plain.md"), b"\"plain.md\"");
        assert_eq!(quoted(b"a\"b\\c\nd\xff"), b"\"a\\\"b\\\\c\\nd\xff\"");
    }
}
