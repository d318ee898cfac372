//! Exporting the audit, lane by lane, with its hashes.

use portolan_core::access::Operation;
use portolan_core::audit::{Checkpoint, Event, Lane};
use portolan_ports::ledger::Walk;
use tokio::sync::mpsc;

use crate::{Admitted, Portolan, Result};

/// One item of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditItem {
    /// An event.
    Event(Lane, Event),
    /// A checkpoint; they come after all events.
    Checkpoint(Checkpoint),
}

impl Portolan {
    /// The whole audit of a tenant: each lane's events, oldest first, then the checkpoints. The receiver gets an error
    /// as its last item when the ledger fails in between.
    pub async fn export_audit(&self, admitted: &Admitted) -> Result<mpsc::Receiver<Result<AuditItem>>> {
        admitted.must_be(Operation::AuditExport)?;
        self.flush_before_reading().await;
        let (sender, receiver) = mpsc::channel(256);
        let (portolan, scope) = (self.clone(), admitted.scope().clone());
        let lanes = self.noted(admitted, "audit", self.lanes(&scope).await)?;
        tokio::spawn(async move {
            let result = async {
                for (lane, end) in lanes {
                    let mut next = 1;
                    while next <= end.sequence {
                        let segments =
                            portolan.inner.ledger.segments(&scope, lane, Walk::Up(next), 16).await?;
                        let Some(last) = segments.last() else { break };
                        next = last.last() + 1;
                        for event in segments.into_iter().flat_map(|segment| segment.events) {
                            if event.sequence <= end.sequence
                                && sender.send(Ok(AuditItem::Event(lane, event))).await.is_err()
                            {
                                return Ok(());
                            }
                        }
                    }
                }
                let mut after = 0;
                loop {
                    let part = portolan.checkpoints(&scope, after).await?;
                    let Some(last) = part.last() else { return Ok(()) };
                    after = last.sequence;
                    for checkpoint in part {
                        if sender.send(Ok(AuditItem::Checkpoint(checkpoint))).await.is_err() {
                            return Ok(());
                        }
                    }
                }
            }
            .await;
            if let Err(error) = result {
                // Nobody is left to be told when the receiver is gone.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }
}
