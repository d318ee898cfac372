//! Reading everything and naming what is damaged.

use portolan_core::git::Oid;
use portolan_core::wiki::RepoId;
use portolan_objects_pack::{Error as PackError, Pack};
use portolan_ports::Result;
use portolan_ports::objects::{Damage, Progress};

use crate::error;
use crate::loose;
use crate::repo::Repo;
use crate::shared::Shared;

const OPERATION: &str = "check";

/// Compares every object of the repository with its id.
pub(crate) fn check(shared: &Shared, id: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>> {
    let Some(repo) = shared.repo(id, OPERATION)? else { return Ok(Vec::new()) };
    let snapshot = repo.refresh(shared).map_err(|error| error::pack(OPERATION, error))?;
    let mut damages = Vec::new();
    for (name, reason) in &snapshot.broken {
        damages.push(Damage { id: None, place: place(name, "pack"), reason: reason.clone() });
    }
    let total = snapshot.packs.iter().map(|stored| u64::from(stored.pack.index().count())).sum();
    let mut done = 0;
    for stored in &snapshot.packs {
        check_pack(shared, &stored.pack, &mut damages, &mut || {
            if done % 256 == 0 {
                progress.step("checking", done, total);
            }
            done += 1;
        })?;
    }
    progress.step("checking", done, total);
    check_loose(&repo, &mut damages)?;
    Ok(damages)
}

fn check_pack(shared: &Shared, pack: &Pack, damages: &mut Vec<Damage>, step: &mut dyn FnMut()) -> Result<()> {
    let name = pack.name();
    for (checked, end) in [(pack.index().verify(), "idx"), (pack.verify_checksum(), "pack")] {
        if let Err(error) = checked {
            damages.push(Damage { id: None, place: place(&name, end), reason: reason(error)? });
        }
    }
    // In the order of the file, so that a delta's base is likely to be at hand.
    let order = match pack.index().by_offset() {
        Ok(order) => order,
        Err(error) => {
            damages.push(Damage { id: None, place: place(&name, "idx"), reason: reason(error)? });
            return Ok(());
        }
    };
    for &position in order {
        step();
        if let Err(error) = pack.verify_object(position, &shared.cache) {
            let id = match &error {
                PackError::Object { id, .. } => Some(*id),
                _ => pack.index().id(position).ok(),
            };
            damages.push(Damage { id, place: place(&name, "pack"), reason: reason(error)? });
        }
    }
    Ok(())
}

fn check_loose(repo: &Repo, damages: &mut Vec<Damage>) -> Result<()> {
    let disk = |error| error::disk(OPERATION, error);
    for id in loose::list(&repo.layout.repo).map_err(disk)? {
        match loose::read(&repo.layout.repo, &id) {
            Ok(_) => {}
            Err(loose::Error::Io(error)) => return Err(disk(error)),
            Err(error) => {
                let name = id.to_string();
                let place = format!("objects/{}/{}", &name[..2], &name[2..]);
                damages.push(Damage { id: Some(id), place, reason: error.to_string() });
            }
        }
    }
    Ok(())
}

fn place(name: &Oid, end: &str) -> String {
    format!("objects/pack/pack-{name}.{end}")
}

/// What is wrong, unless the disk failed: then nothing is known.
fn reason(error: PackError) -> Result<String> {
    match error {
        PackError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Err(error::disk(OPERATION, error))
        }
        error => Ok(error.to_string()),
    }
}
