//! `portolan whoami` and `portolan health`.

use clap::Args;

use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::request::{Request, Who};
use crate::transport::Transport;

pub(super) async fn whoami(context: &Context) -> Result<(), Failure> {
    // On a data folder without a token: the owner that commands about the tenant would act as.
    let who = match &context.client.transport {
        Transport::Local(_) => context.tenant().await.map_or(Who::Operator, Who::Owner),
        Transport::Remote(_) => Who::Operator,
    };
    let members = [
        ("name", "/principal/name"),
        ("kind", "/principal/kind"),
        ("id", "/principal/id"),
        ("tenant", "/tenant"),
        ("role", "/role"),
        ("scopes", "/scopes"),
        ("token", "/token/id"),
        ("expires", "/token/expires_at"),
    ];
    context.show_record(&Request::get(who, "/v1/whoami".into()), &members).await
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Ask whether it can do its work: whether its storage answers
    #[arg(long)]
    ready: bool,
}

impl Health {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let path = if self.ready { "/v1/ready" } else { "/v1/health" };
        let body = context.client.send(&Request::get(Who::Nobody, path.into())).await?.bytes().await?;
        if context.output.json {
            output::raw(&body)?;
            return output::raw(b"\n");
        }
        output::line(if self.ready { "ready" } else { "alive" })
    }
}
