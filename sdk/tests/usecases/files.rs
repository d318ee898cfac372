//! Files that are no pages.

use bytes::Bytes;
use portolan::core::access::Operation;
use portolan::core::wiki::path::{PathPrefix, Requested};
use portolan::ports::ledger::FileEffect;
use portolan::{
    AuditFilter, Condition, Deleted, Error, FileItem, FileRead, FileView, Listed, Paging, PathKindName,
    PutFile, Result, What, Written,
};

use crate::support::git::{Git, fsck};
use crate::support::{Client, Set, World};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand more";

pub(crate) async fn put(
    client: &Client,
    path: &str,
    content: impl Into<Bytes>,
    condition: Condition,
) -> Result<Written<FileEffect>> {
    let admitted = client.admit(Operation::FileWrite).await?;
    let put = PutFile { path: Requested::parse(path)?, content: content.into(), message: None, condition };
    client.portolan.put_file(&admitted, put).await
}

pub(crate) async fn create(client: &Client, path: &str, content: impl Into<Bytes>) -> FileEffect {
    let effect = put(client, path, content, Condition::Absent).await.unwrap().value;
    assert!(effect.created && effect.changed);
    effect
}

pub(crate) async fn delete(client: &Client, path: &str, condition: Condition) -> Result<Written<Deleted>> {
    let admitted = client.admit(Operation::FileDelete).await?;
    client.portolan.delete_file(&admitted, &Requested::parse(path)?, None, condition).await
}

async fn read(client: &Client, path: &str, revision: Option<&str>) -> Result<FileView> {
    let admitted = client.admit(Operation::FileRead).await?;
    let read = FileRead { path: Requested::parse(path)?, revision: revision.map(Into::into) };
    client.portolan.read_file(&admitted, &read).await
}

async fn list(client: &Client, prefix: &str) -> Vec<FileItem> {
    let mut paging = Paging { limit: 2, after: None };
    let mut all = Vec::new();
    loop {
        let admitted = client.admit(Operation::FileList).await.unwrap();
        let prefix = PathPrefix::parse(prefix).unwrap();
        let Listed { items, next } =
            client.portolan.list_files(&admitted, &prefix, &paging).await.unwrap().files;
        all.extend(items);
        match next {
            Some(next) => paging.after = Some(next),
            None => return all,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn files_are_written_read_listed_and_deleted_in_git() {
    let world = World::on(Set::Embedded).await;
    let owner = &world.owner;
    let first = create(owner, "img/logo.png", PNG).await;
    assert_eq!(first.bytes, PNG.len() as u64);
    let data: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    create(owner, "data.bin", data.clone()).await;
    create(owner, "img/empty.txt", "").await;
    owner.create("img/logo", "a page beside it").await;
    let file = read(owner, "img/logo.png", None).await.unwrap();
    assert_eq!((&file.content[..], file.content_type.essence), (PNG, "image/png"));
    assert_eq!((file.version, file.revision), (first.version, first.revision));
    assert_eq!(read(owner, "data.bin", None).await.unwrap().content, data);
    let names = |files: &[FileItem]| files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&list(owner, "").await), ["data.bin", "img/empty.txt", "img/logo.png"]);
    let below = list(owner, "img/l").await;
    assert_eq!((names(&below), below[0].bytes), (vec!["img/logo.png".to_owned()], PNG.len() as u64));

    // Overwritten on its base, and only on it.
    let other = [PNG, b"changed"].concat();
    let stale = put(owner, "img/logo.png", other.clone(), Condition::Match(vec![first.head])).await.unwrap();
    let second = stale.value;
    assert!(second.changed && !second.created);
    for (condition, reason) in [
        (Condition::None, "base-required"),
        (Condition::Absent, "page-exists"),
        (Condition::Match(vec![first.version]), "stale-base"),
        (Condition::Match(Vec::new()), "stale-base"),
    ] {
        let refused = put(owner, "img/logo.png", PNG, condition.clone()).await.unwrap_err();
        assert_eq!(refused.reason(), Some(reason), "{condition:?}");
        if let Error::StaleBase(current) | Error::BaseRequired(current) = refused {
            assert_eq!((current.version, current.revision), (Some(second.version), Some(second.revision)));
            assert!(current.author.is_some());
        }
    }
    let same = put(owner, "img/logo.png", other, Condition::Match(vec![second.version])).await.unwrap().value;
    assert_eq!((same.changed, same.revision), (false, second.revision));
    // As it was: by version, and by any commit since.
    for known in [first.version, first.revision] {
        let then = read(owner, "img/logo.png", Some(&known.to_string())).await.unwrap();
        assert_eq!((&then.content[..], then.revision), (PNG, first.revision));
    }
    let gone = delete(owner, "img/logo.png", Condition::Match(vec![second.version])).await.unwrap().value;
    match read(owner, "img/logo.png", None).await {
        Err(Error::NotFound { deleted_in, .. }) => assert_eq!(deleted_in, Some(gone.revision)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        delete(owner, "img/logo.png", Condition::None).await,
        Err(Error::NotFound { deleted_in: Some(_), .. })
    ));
    let history = owner.history("img/logo.png").await.unwrap();
    let told: Vec<_> = history.iter().map(|commit| (commit.paths[0].what, commit.paths[0].kind)).collect();
    let file = PathKindName::File;
    assert_eq!(told, [(What::Deleted, file), (What::Modified, file), (What::Added, file)]);
    assert_eq!(history[0].revision, gone.revision);

    let repository = world.stores.objects.local_path(&world.stores.repo("notes").await).unwrap();
    fsck(&repository);
    let output = std::process::Command::new("git")
        .args(["-c", "safe.directory=*", "show", "main:data.bin"])
        .current_dir(&repository)
        .output()
        .unwrap();
    assert_eq!(output.stdout, data);
    let done = owner.audit(&AuditFilter::default()).await.unwrap();
    let operations: Vec<_> = done
        .iter()
        .map(|entry| &entry.event.what)
        .filter(|what| what.revision.is_some())
        .map(|what| what.operation.clone())
        .collect();
    assert_eq!(operations.iter().filter(|name| *name == "file.write").count(), 4, "{operations:?}");
    assert_eq!(operations.iter().filter(|name| *name == "file.delete").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_what_its_name_says() {
    let world = World::new().await;
    let owner = &world.owner;
    for (path, content) in [
        ("a.png", &b"<script>alert(1)</script>"[..]),
        ("a.jpg", PNG),
        ("a.pdf", b"MZ"),
        ("a.txt", b"\xff\xfe"),
        ("a.gif", b""),
    ] {
        let refused = put(owner, path, content, Condition::Absent).await.unwrap_err();
        assert_eq!(refused.reason(), Some("unsupported-media-type"), "{path}");
    }
    assert_eq!(owner.head().await.unwrap(), None);
    for path in ["a.html", "a.svg", "a.unknown", "noextension", "X.MD"] {
        create(owner, path, &b"<svg onload=alert(1)>"[..]).await;
        assert!(!read(owner, path, None).await.unwrap().content_type.is_shown, "{path}");
    }
    let limit = owner.portolan.options().file_bytes;
    let most = vec![0; usize::try_from(limit).unwrap()];
    create(owner, "most.bin", most.clone()).await;
    let more = [most, vec![0]].concat();
    assert!(matches!(put(owner, "more.bin", more, Condition::Absent).await, Err(Error::TooLarge { .. })));
}

#[tokio::test(start_paused = true)]
async fn files_and_pages_do_not_collide() {
    let world = World::new().await;
    let owner = &world.owner;
    create(owner, "a/b.txt", "x").await;
    owner.create("Page", "x").await;
    for path in ["a", "A/c.txt", "a/B.TXT", "a/b.txt/c", "PAGE.MD", "Page.md/x.txt"] {
        let refused = put(owner, path, "x", Condition::Absent).await.unwrap_err();
        assert_eq!(refused.reason(), Some("path-collision"), "{path}");
    }
    for path in ["a/b.txt/page", "A/page"] {
        let refused = owner.put(path, "x", Condition::Absent).await.unwrap_err();
        assert_eq!(refused.reason(), Some("path-collision"), "{path}");
    }
    assert!(Requested::<portolan::core::wiki::path::FileKind>::parse("a.md").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_repeated_write_is_done_once() {
    let world = World::on(Set::Embedded).await;
    let owner = world.owner.key("one");
    let first = put(&owner, "a.txt", "one", Condition::Absent).await.unwrap();
    let head = owner.head().await.unwrap();
    let again = put(&owner, "a.txt", "one", Condition::Absent).await.unwrap();
    assert_eq!((again.replayed, &again.value), (true, &first.value));
    let other = put(&owner, "a.txt", "two", Condition::Absent).await.unwrap_err();
    assert_eq!(other.reason(), Some("key-reused"));
    let gone = delete(&owner.key("two"), "a.txt", Condition::Match(vec![first.value.version])).await.unwrap();
    let again =
        delete(&owner.key("two"), "a.txt", Condition::Match(vec![first.value.version])).await.unwrap();
    assert_eq!((again.replayed, again.value), (true, gone.value));
    assert_ne!(owner.head().await.unwrap(), head);
    // Twins at once.
    let twins = owner.key("three");
    let (one, two) = tokio::join!(
        put(&twins, "b.txt", "b", Condition::Absent),
        put(&twins, "b.txt", "b", Condition::Absent)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.value, two.value);
    assert!(one.replayed != two.replayed);
}

#[tokio::test(start_paused = true)]
async fn imported_files_are_served_for_what_they_are() {
    let git = Git::new();
    git.write("fake.png", "<html><script>alert(1)</script>");
    git.write("latin.txt", b"caf\xe9");
    git.write("real.png", PNG);
    std::os::unix::fs::symlink("/etc/passwd", git.path().join("link.txt")).unwrap();
    git.write(".hidden.png", PNG);
    git.commit("files");
    let world = World::new().await;
    let owner = &world.owner;
    let id = owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    owner.import_end(id).await.unwrap();
    for (path, essence) in [
        ("fake.png", "application/octet-stream"),
        ("latin.txt", "application/octet-stream"),
        ("real.png", "image/png"),
    ] {
        assert_eq!(read(owner, path, None).await.unwrap().content_type.essence, essence, "{path}");
    }
    assert!(matches!(read(owner, "link.txt", None).await, Err(Error::NotFound { .. })));
    let head = owner.head().await.unwrap().unwrap().to_string();
    assert!(matches!(read(owner, "link.txt", Some(&head)).await, Err(Error::NotFound { .. })));
    let written = put(owner, "link.txt", "x", Condition::Absent).await;
    assert!(written.is_err(), "nothing is written through a link");
    assert_eq!(list(owner, "").await.len(), 3);
}

/// A page's path has no ending: `A` is the page `A.md`, and the file `A` only where there never was such a page.
#[tokio::test(start_paused = true)]
async fn a_file_beside_a_page_is_not_taken_for_it() {
    use PathKindName::{File, Page};

    let world = World::new().await;
    let owner = &world.owner;
    let file = create(owner, "A", "file\n").await;
    let told = async |what: &str| {
        let history = owner.history("A").await.unwrap();
        let newest = &history[0].paths[0];
        let difference = owner.diff(Some("A"), None, None).await.map(|found| found.files[0].kind);
        let blamed = owner.blame("A", None).await.map(|blame| blame.kind);
        let blamed = blamed.map_err(|error| assert!(matches!(error, Error::NotFound { .. }), "{what}"));
        (newest.kind, difference.unwrap(), blamed.ok())
    };
    assert_eq!(told("the file alone").await, (File, File, Some(File)));
    let (_, revision) = owner.create("A", "page\n").await;
    assert_eq!(told("both").await, (Page, Page, Some(Page)));
    // As the page was not there yet, it is not found there, though the file was.
    let before = file.revision.to_string();
    for refused in [
        owner.read_at("A", Some(&before)).await.err(),
        owner.blame("A", Some(&before)).await.err(),
        owner.diff(Some("A"), Some(&file.version.to_string()), None).await.err(),
        owner.revert(file.revision, Some("A")).await.err(),
    ] {
        let is_unknown = matches!(refused, Some(Error::NotFound { .. } | Error::Invalid(_)));
        assert!(is_unknown, "{refused:?}");
    }
    owner.revert(revision, Some("A")).await.unwrap();
    assert!(matches!(owner.read("A").await, Err(Error::NotFound { .. })), "the page is gone");
    assert_eq!(read(owner, "A", None).await.unwrap().content, "file\n");
    assert_eq!(told("a page that was").await, (File, File, Some(File)), "what is there comes first");
    // A file that never was a page's neighbour is undone by its path.
    let other = create(owner, "dir/B.txt", "one\n").await;
    owner.revert(other.revision, Some("dir/B.txt")).await.unwrap();
    assert!(matches!(read(owner, "dir/B.txt", None).await, Err(Error::NotFound { .. })));
}
