//! nginx serving the same bytes as files.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::corpus::Corpus;
use crate::failure::{Context, Failure, Result};
use crate::process;

/// A running nginx; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    child: Child,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
}

/// Whether it is installed.
pub(crate) fn version() -> Option<String> {
    let output = command().arg("-v").output().ok()?;
    Some(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("nginx version: ").to_owned())
}

/// Debian puts it where a user's search path does not look.
fn command() -> Command {
    let sbin = Path::new("/usr/sbin/nginx");
    Command::new(if sbin.exists() { sbin } else { Path::new("nginx") })
}

impl Nginx {
    /// Writes what the pages of `corpus` are as files below `folder`, and serves them.
    pub(crate) fn start(folder: &Path, corpus: Corpus, bodies: &[Vec<u8>]) -> Result<Self> {
        let pages = folder.join("pages");
        for (page, body) in bodies.iter().enumerate() {
            let path = pages.join(format!("{}.md", corpus.path(page)));
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).when(parent.display())?;
            }
            std::fs::write(&path, body).when(path.display())?;
        }
        open(folder)?;
        let address = free_address()?;
        let configuration = folder.join("nginx.conf");
        std::fs::write(&configuration, configured(folder, address)).when(configuration.display())?;
        let mut start = Self::command(folder);
        let child =
            start.stdin(Stdio::null()).stdout(Stdio::null()).spawn().when("nginx cannot be started")?;
        let mut nginx = Self { child, folder: folder.into(), address };
        nginx.wait()?;
        Ok(nginx)
    }

    fn command(folder: &Path) -> Command {
        let mut command = command();
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
        command.arg("-e").arg(folder.join("error.log"));
        command
    }

    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait().when("nginx")? {
                let log = std::fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
                return Err(Failure::new(format!("nginx ended with {status}: {log}")));
            }
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(Failure::new("nginx does not answer"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Its processes.
    pub(crate) fn pids(&self) -> Result<Vec<u32>> {
        let mut pids = process::children(self.child.id())?;
        pids.push(self.child.id());
        Ok(pids)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // By its own command, so that the workers end too.
        let asked = Self::command(&self.folder).args(["-s", "stop"]).stderr(Stdio::null()).status();
        if asked.is_ok_and(|status| status.success()) {
            let _status = self.child.wait();
        } else {
            let _killed = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

fn configured(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nworker_processes 2;\npid {folder}/nginx.pid;\nevents {{ worker_connections 256; }}\n\
         http {{\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 1000000000;\n\
         open_file_cache max=20000 inactive=600s;\n  open_file_cache_valid 600s;\n  default_type text/markdown;\n\
         client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/proxy;\n  fastcgi_temp_path {folder}/fastcgi;\n\
         uwsgi_temp_path {folder}/uwsgi;\n  scgi_temp_path {folder}/scgi;\n\
         server {{ listen {address}; root {folder}/pages; }}\n}}\n"
    )
}

/// Started by the superuser, its workers are another user, who must reach the files.
fn open(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for folder in folder.ancestors().take(2) {
        let mut permissions = std::fs::metadata(folder).when(folder.display())?.permissions();
        permissions.set_mode(permissions.mode() | 0o055);
        std::fs::set_permissions(folder, permissions).when(folder.display())?;
    }
    Ok(())
}

/// An address that nobody serves.
fn free_address() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).when("no free port")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use super::*;
    use crate::load::{Request, load};
    use crate::plan::Shape;
    use crate::{client::Client, http};

    #[test]
    fn it_serves_every_page_as_it_is() {
        if version().is_none() {
            writeln!(std::io::stderr(), "SKIPPED: nginx is not installed").unwrap();
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let corpus = Corpus { shape: Shape::Folders, pages: 50 };
        let texts: Vec<_> = (0..50).map(|page| Corpus::text(page, 0).into_bytes()).collect();
        let nginx = Nginx::start(&folder.path().join("nginx"), corpus, &texts).unwrap();
        let mut client = Client::connect(nginx.address, "t").unwrap();
        let targets: Vec<_> = (0..50).map(|page| format!("/{}.md", corpus.path(page))).collect();
        for (target, text) in targets.iter().zip(&texts) {
            assert_eq!(client.get(target, "*/*").unwrap().expect(200).unwrap().body, *text);
        }
        let request = |(target, text): (&String, &Vec<u8>)| Request {
            bytes: http::get("h", target, "*/*", "t"),
            body: text.len(),
        };
        let requests = Arc::new(targets.iter().zip(&texts).map(request).collect());
        let before = process::cpu(&nginx.pids().unwrap()).unwrap();
        let reached = load(nginx.address, &requests, 4, Duration::from_millis(300)).unwrap();
        assert!(reached.requests > 100, "{reached:?}");
        assert!(process::cpu(&nginx.pids().unwrap()).unwrap() > before);
    }
}
