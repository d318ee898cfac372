//! Damaged files: found, named, and never answered as absent.

use std::path::Path;

use portolan_ports::objects::Unwatched;
use portolan_ports::{Kind, Objects};

use crate::flat::{Flat, blob};
use crate::support::{Folder, object_of};

fn change(path: &Path, at: usize, change: impl Fn(u8) -> u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] = change(bytes[at]);
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_flipped_byte_anywhere_in_a_pack_is_found_and_named() {
    let folder = Folder::new();
    let (mut flat, mut objects) = Flat::new(5, 120);
    objects.extend((0..3).flat_map(|page| flat.edit(page)));
    folder.put(objects.clone()).await;
    let pack = folder.files("pack").pop().unwrap();
    let name = pack.file_name().unwrap().to_str().unwrap().to_owned();
    let size = std::fs::read(&pack).unwrap().len();
    for at in 0..size {
        change(&pack, at, |byte| byte ^ 0x10);
        let objects_now = folder.reopened();
        let damages = objects_now.check(&folder.repo, &Unwatched).await.unwrap();
        assert!(
            damages.iter().any(|damage| damage.place.ends_with(&name)),
            "byte {at} of {size}: {damages:?}"
        );
        let mut named = 0;
        for object in &objects {
            match objects_now.get_many(&folder.repo, &[object.id]).await {
                Ok(found) => assert_eq!(found, vec![Some(object_of(object).clone())], "byte {at}"),
                Err(error) => {
                    assert_eq!(error.kind, Kind::Corrupt);
                    assert!(error.public.contains(&object.id.to_string()), "byte {at}: {}", error.public);
                    named += 1;
                }
            }
        }
        if (12..size - 20).contains(&at) {
            assert!(named > 0, "byte {at}");
            assert!(damages.iter().any(|damage| damage.id.is_some()), "byte {at}: {damages:?}");
        }
        change(&pack, at, |byte| byte ^ 0x10);
    }
    assert!(folder.objects.check(&folder.repo, &Unwatched).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_truncated_pack_is_found_and_what_is_left_of_it_is_read() {
    let folder = Folder::new();
    let objects: Vec<_> = (0..20).map(|seed| blob(&crate::flat::prose(seed, 200))).collect();
    folder.put(objects.clone()).await;
    let pack = folder.files("pack").pop().unwrap();
    let whole = std::fs::read(&pack).unwrap();
    for keep in [0, 5, 31, 40, 900, whole.len() - 25, whole.len() - 1] {
        std::fs::remove_file(&pack).unwrap();
        std::fs::write(&pack, &whole[..keep]).unwrap();
        let again = folder.reopened();
        assert!(!again.check(&folder.repo, &Unwatched).await.unwrap().is_empty(), "{keep}");
        for object in &objects {
            match again.get_many(&folder.repo, &[object.id]).await {
                Ok(found) => assert_eq!(found, vec![Some(object_of(object).clone())], "{keep}"),
                Err(error) => assert_eq!(error.kind, Kind::Corrupt, "{keep}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_damaged_index_is_made_again_from_its_pack() {
    let folder = Folder::new();
    folder.put(vec![blob("a"), blob("b")]).await;
    let index = folder.files("idx").pop().unwrap();
    let good = std::fs::read(&index).unwrap();
    for at in (0..good.len()).step_by(9).chain([1033, 1040, good.len() - 1]) {
        change(&index, at, |byte| !byte);
        let again = folder.reopened();
        let found = again.get_many(&folder.repo, &[blob("a").id, blob("b").id]).await.unwrap();
        assert!(found.iter().all(Option::is_some), "byte {at}");
        assert_eq!(std::fs::read(&index).unwrap(), good);
    }
}

#[tokio::test]
async fn an_object_damaged_in_one_pack_is_read_from_another() {
    let folder = Folder::new();
    folder.put(vec![blob("a")]).await;
    folder.put(vec![blob("a"), blob("b")]).await;
    let packs = folder.objects.packs(&folder.repo).await.unwrap();
    let newest = folder.path().join(format!("objects/pack/pack-{}.pack", packs[1].name));
    change(&newest, 16, |byte| !byte);
    let again = folder.reopened();
    assert!(again.get_many(&folder.repo, &[blob("a").id]).await.unwrap()[0].is_some());
    assert_eq!(again.check(&folder.repo, &Unwatched).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_damaged_loose_object_is_named() {
    let folder = Folder::new();
    folder.put(vec![blob("a")]).await;
    let id = blob("loose").id.to_string();
    let place = folder.path().join("objects").join(&id[..2]);
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join(&id[2..]), b"no zlib stream").unwrap();
    let error = folder.objects.get_many(&folder.repo, &[blob("loose").id]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Corrupt);
    assert!(error.public.contains(&id));
    let damages = folder.objects.check(&folder.repo, &Unwatched).await.unwrap();
    assert_eq!(damages.len(), 1);
    assert_eq!(damages[0].id, Some(blob("loose").id));
}
