//! What depends on the ledger's calls: races that are lost at the commit, and lists that do not read everything.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::Timestamp;
use portolan::Options;
use portolan::core::access::{Scope, Version};
use portolan::core::audit::{Lane, Segment};
use portolan::core::id::{MemberId, TokenKind, Uuid};
use portolan::core::tenancy::{DisplayName, TenantSlug};
use portolan::core::token::{CredentialKey, SecretHash, Token};
use portolan::core::wiki::WikiSlug;
use portolan::ports::ledger::{
    Admitted, Batch, Caps, Change, CommitError, Effect, Expect, Key, Record, RecordKind, Stored, Walk,
};
use portolan::ports::{Ledger, Result};
use portolan_memory::MemoryLedger;
use serde_json::{Value, json};

use crate::support::{Server, each, text};

type Meanwhile = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A ledger in memory that counts the records it lists, and lets something happen before a redemption is committed.
#[derive(Default)]
struct Watched {
    inner: MemoryLedger,
    listed: AtomicUsize,
    meanwhile: Mutex<Option<Meanwhile>>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

#[async_trait]
impl Ledger for Watched {
    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        self.inner.admit(credential, target, wiki).await
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.inner.get_many(scope, keys).await
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        let found = self.inner.list(scope, kind, after, limit).await?;
        self.listed.fetch_add(found.len(), Ordering::Relaxed);
        Ok(found)
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        self.inner.segments(scope, lane, walk, limit).await
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        let redeems = |change: &Change| matches!(change, Change::Put(Record::Receipt(receipt)) if matches!(receipt.effect, Effect::Redeemed { .. }));
        if batch.edits.iter().any(|edit| redeems(&edit.change)) {
            let meanwhile = self.meanwhile.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile().await;
            }
        }
        self.inner.commit(scope, batch).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.inner.sweep(now, limit).await
    }
}

async fn watched() -> (Server, Arc<Watched>) {
    let ledger = Arc::new(Watched::default());
    (Server::on(Arc::clone(&ledger) as _, Options::default(), |options| options).await, ledger)
}

#[tokio::test]
async fn a_code_redeemed_while_the_tenant_is_suspended_makes_no_member() {
    let (server, ledger) = watched().await;
    let server = Arc::new(server);
    for (change, back, status, slug) in
        [("suspend", Some("reinstate"), 403, "tenant-suspended"), ("", None, 404, "invite-invalid")]
    {
        let body = json!({"email": "late@demo.test", "role": "viewer"});
        let invite = server.ask("POST", "/v1/tenants/demo/invites").json(&body).send().await.is(201).json();
        let (other, method) = (Arc::clone(&server), if change.is_empty() { "DELETE" } else { "POST" });
        let path = format!("/v1/tenants/demo/{change}");
        *ledger.meanwhile.lock().unwrap() = Some(Box::new(move || {
            Box::pin(async move {
                let reply = other.ask(method, path.trim_end_matches('/')).token(&other.operator).send().await;
                assert!(reply.status.is_success(), "{reply:?}");
            })
        }));
        let redeem = json!({"code": invite["code"], "name": "Late"});
        let ask = || server.ask("POST", "/v1/invites/redeem").no_token().json(&redeem).send();
        ask().await.problem(status, slug);
        assert!(ledger.meanwhile.lock().unwrap().is_none(), "it was not reached");
        let members =
            server.ask("GET", "/v1/tenants/demo/members").token(&server.operator).send().await.json();
        assert!(!each(&members, "email").contains(&"late@demo.test".to_owned()), "{members}");
        if let Some(back) = back {
            let path = format!("/v1/tenants/demo/{back}");
            server.ask("POST", &path).token(&server.operator).send().await.is(200);
            let late = ask().await.is(201).json();
            let path = format!("/v1/tenants/demo/members/{}", text(&late["member"]["id"]));
            server.ask("DELETE", &path).send().await.is(204);
        }
    }
}

#[tokio::test]
async fn a_viewer_s_tokens_are_found_without_reading_all_at_once() {
    const OTHERS: u128 = 5_000;
    let (server, ledger) = watched().await;
    let viewer = server.member("viewer").await;
    let tenant = server.portolan.clone();
    let me = server.get("/v1/whoami").await.json();
    let id: MemberId = text(&me["principal"]["id"]).parse().unwrap();
    let bearer = portolan::core::token::BearerToken::parse(&server.owner).unwrap();
    let scope = Scope::system("test", bearer.key().tenant);
    // Older than all others, so that they come first.
    let numbers: Vec<u128> = (1..=OTHERS).collect();
    for part in numbers.chunks(90) {
        let mut batch = Batch::new(Timestamp::UNIX_EPOCH);
        for number in part {
            let token = Token {
                id: portolan::core::id::TokenId::new(Uuid::from_u128(*number)),
                member: id,
                name: DisplayName::parse("old").unwrap(),
                hash: SecretHash::of(bearer.secret()),
                created_at: Timestamp::UNIX_EPOCH,
                expires_at: None,
            };
            batch.put(Key::Token(token.id), Expect::Absent, Record::Token(token));
        }
        ledger.commit(&scope, batch).await.unwrap();
    }
    drop(tenant);
    let (mut found, mut after, mut parts) = (Vec::new(), String::new(), 0);
    loop {
        ledger.listed.store(0, Ordering::Relaxed);
        let ask = server.ask("GET", &format!("/v1/tenants/demo/tokens?limit=200{after}")).token(&viewer);
        let list = ask.send().await.is(200).json();
        assert!(ledger.listed.load(Ordering::Relaxed) <= 2_000);
        found.extend(each(&list, "name"));
        parts += 1;
        match &list["next"] {
            Value::Null => break,
            next => after = format!("&after={}", text(next)),
        }
    }
    assert_eq!((found, parts), (vec!["first token".to_owned()], 3));
    // Who manages all sees all, a full part at a time.
    let list = server.get("/v1/tenants/demo/tokens?limit=200").await.is(200).json();
    assert_eq!(each(&list, "name").len(), 200);
}
