//! `portolan doctor`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use indicatif::ProgressBar;
use portolan::ports::objects::Progress;
use portolan::{DamagedPart, Finding};
use serde_json::json;

use super::aside;
use crate::failure::{Exit, Failure};
use crate::output::{self, Output};
use crate::progress;
use crate::text::counted;
use crate::transport::{compose, existing};

#[derive(Debug, Args)]
#[command(after_help = "\
Reads everything: the ledger, every object of every wiki, the audit's hashes, and compares heads, references and indexes. \
Nothing is changed but what every start sets right. No server may have the folder meanwhile.

Example:
  portolan doctor --data ./data")]
pub(crate) struct Doctor {}

#[derive(Debug)]
pub(super) struct Watch(pub(super) ProgressBar);

impl Progress for Watch {
    fn step(&self, stage: &'static str, done: u64, total: u64) {
        self.0.set_message(match total {
            0 => format!("{stage}: {done}"),
            total => format!("{stage}: {done} of {total}"),
        });
    }
}

impl Doctor {
    pub(crate) async fn run(self, folder: &Path, output: Output) -> Result<(), Failure> {
        let opened = existing(folder)?;
        let bar = progress::status(output);
        bar.set_message("the ledger");
        let (checked, opened) = aside(move || (portolan_compose::check_ledger(&opened), opened)).await?;
        let mut findings: Vec<Finding> = checked
            .map_err(|error| Failure::other(format_args!("the ledger cannot be read: {}", error.public)))?
            .into_iter()
            .map(|problem| Finding {
                part: DamagedPart::Ledger,
                tenant: None,
                wiki: None,
                place: "ledger.db".into(),
                problem,
            })
            .collect();
        match compose(opened, &portolan_compose::read_environment(), output).await {
            Ok(composed) => {
                findings.extend(composed.portolan.doctor(Arc::new(Watch(bar.clone()))).await);
                composed.portolan.close().await;
            }
            Err(failure) if failure.exit() == Exit::Usage => return Err(failure),
            Err(failure) => findings.push(Finding {
                part: DamagedPart::Unread,
                tenant: None,
                wiki: None,
                place: folder.display().to_string(),
                problem: failure.to_string(),
            }),
        }
        bar.finish_and_clear();
        show(output, &findings)?;
        if findings.is_empty() {
            Ok(())
        } else {
            Err(Failure::other(format_args!("{} found", counted(findings.len() as u64, "damage", "damages"))))
        }
    }
}

pub(super) fn show(output: Output, findings: &[Finding]) -> Result<(), Failure> {
    if output.json {
        let findings: Vec<_> = findings
            .iter()
            .map(|Finding { part, tenant, wiki, place, problem }| {
                json!({
                    "tenant": tenant, "wiki": wiki, "place": place, "problem": problem, "remedy": part.remedy(),
                })
            })
            .collect();
        return output::line(&json!({ "ok": findings.is_empty(), "findings": findings }).to_string());
    }
    for Finding { part: _, tenant, wiki, place, problem } in findings {
        let whose: Vec<&str> = [tenant, wiki].into_iter().flatten().map(String::as_str).collect();
        output::line(format!("{}  {place}: {problem}", whose.join("/")).trim_start())?;
    }
    if findings.is_empty() {
        return output::line("Everything is sound.");
    }
    output::line("\nWhat to do:")?;
    let parts: BTreeSet<DamagedPart> = findings.iter().map(|finding| finding.part).collect();
    parts.into_iter().try_for_each(|part| output::line(&format!("- {}", part.remedy())))
}
