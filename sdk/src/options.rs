//! Limits and intervals, with their defaults: data, in one place.

use std::time::Duration;

use portolan_ports::objects::ImportLimits;

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Options {
    /// Largest page, bytes.
    pub page_bytes: u64,
    /// Largest file that is no page, bytes.
    pub file_bytes: u64,
    /// Largest bundle that can be imported, bytes.
    pub import_bytes: u64,
    /// What an imported pack may hold.
    pub import: ImportLimits,
    /// Most paths that one commit of an import may change, and half of what 512 in a row may: what bounds its memory.
    pub import_changes: u64,
    /// Most imports at work at once, in one process; more wait for their turn.
    pub imports: usize,
    /// Most imports that are being received or wait for their turn; more are answered 503.
    pub imports_waiting: usize,
    /// Most exports at work at once, in one process. More wait a little; then they are answered 503.
    pub exports: usize,
    /// Most differences and blames computed at once, in one process. More wait a little; then they are answered 503.
    pub comparisons: usize,
    /// Most writes that wait for one wiki; more are answered 503.
    pub queue: usize,
    /// Most page writes in one batch.
    pub batch: usize,
    /// After a batch of several writes: how long the next one waits for as many to gather.
    pub gather: Duration,
    /// Memory for git objects, bytes.
    pub object_cache: u64,
    /// Memory for rendered pages, bytes.
    pub html_cache: u64,
    /// How often grouped reads and refusals are written to the audit.
    pub read_audit: Duration,
    /// How often the audit is sealed.
    pub checkpoint: Duration,
    /// How many batches of a wiki are written between two compactions.
    pub compact_after: u32,
    /// Name of Portolan as the committer.
    pub committer_name: String,
    /// Address of Portolan as the committer.
    pub committer_email: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_bytes: 1 << 20,
            file_bytes: 10 << 20,
            import_bytes: 2 << 30,
            import: ImportLimits { object_bytes: 256 << 20, total_bytes: 16 << 30, objects: 10_000_000 },
            import_changes: 1_000_000,
            imports: 2,
            imports_waiting: 16,
            exports: 4,
            comparisons: 4,
            queue: 1024,
            batch: 64,
            gather: Duration::from_millis(4),
            object_cache: 16 << 20,
            html_cache: 16 << 20,
            read_audit: Duration::from_secs(1),
            checkpoint: Duration::from_mins(1),
            compact_after: 48,
            committer_name: "Portolan".into(),
            committer_email: "noreply@portolan.invalid".into(),
        }
    }
}
