//! What every command works with.

use clap::ArgMatches;
use clap::parser::ValueSource;
use secrecy::SecretString;

use crate::cli::{Globals, Part};
use crate::client::{Client, Json};
use crate::failure::{Exit, Failure};
use crate::output::{self, Column, Output};
use crate::request::{Request, Who, path};
use crate::transport::{Local, Remote, Transport};

/// A way to send requests, and what the command line says for all commands.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) output: Output,
    tenant: Option<String>,
    wiki: Option<String>,
}

impl Context {
    pub(crate) async fn open(
        globals: Globals,
        matches: &ArgMatches,
        output: Output,
    ) -> Result<Self, Failure> {
        let environment = portolan_compose::read_environment();
        let token = environment.iter().find(|(name, value)| name == "TOKEN" && !value.trim().is_empty());
        let token = token.map(|(_, value)| SecretString::from(value.as_str()));
        let Globals { url, data, tenant, wiki, json: _, quiet: _ } = globals;
        let transport = match data {
            None => Transport::Remote(Remote::new(&url, token.as_ref(), output)?),
            Some(_) if matches.value_source("url") == Some(ValueSource::CommandLine) => {
                return Err(Failure::usage("--url and --data exclude each other: name a server or a folder"));
            }
            Some(folder) => {
                let folder = crate::transport::existing(&folder)?;
                Transport::Local(Box::new(Local::open(folder, &environment, token, output).await?))
            }
        };
        Ok(Self { client: Client { transport }, output, tenant, wiki })
    }

    /// The tenant: as named, else the one that the token belongs to.
    pub(crate) async fn tenant(&self) -> Result<String, Failure> {
        if let Some(tenant) = &self.tenant {
            return Ok(tenant.clone());
        }
        if let Transport::Local(local) = &self.client.transport
            && !local.has_token()
        {
            let failure = Failure::usage("which tenant? The folder may hold many, and no token says it");
            return Err(failure.hint(
                "name it with --tenant or PORTOLAN_TENANT; `portolan tenant list` shows which there are",
            ));
        }
        self.client.home().await
    }

    /// Whose authority and which path a request about the tenant has.
    pub(crate) async fn in_tenant(&self, rest: &[&str]) -> Result<(Who, String), Failure> {
        let tenant = self.tenant().await?;
        let segments: Vec<&str> = ["tenants", &tenant].into_iter().chain(rest.iter().copied()).collect();
        let path = path(&segments)?;
        Ok((Who::Owner(tenant), path))
    }

    /// The wiki named by `given`, else by `--wiki`.
    pub(crate) fn wiki(&self, given: Option<&str>) -> Result<String, Failure> {
        let wiki = given.or(self.wiki.as_deref()).map(str::to_owned);
        wiki.ok_or_else(|| {
            Failure::usage("which wiki?")
                .hint("name it with --wiki or PORTOLAN_WIKI; `portolan wiki list` shows which there are")
        })
    }

    /// Whose authority and which path a request about the wiki has.
    pub(crate) async fn in_wiki(&self, rest: &[&str]) -> Result<(Who, String), Failure> {
        let wiki = self.wiki(None)?;
        let segments: Vec<&str> = ["wikis", &wiki].into_iter().chain(rest.iter().copied()).collect();
        self.in_tenant(&segments).await
    }

    /// Shows an answer: the server's JSON, or what `show` makes of it.
    pub(crate) fn show(
        &self,
        json: &Json,
        show: impl FnOnce(Output) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.output.json {
            return show(self.output);
        }
        output::raw(&json.raw)?;
        output::raw(b"\n")
    }

    /// Sends a request and shows the members of the object answered.
    pub(crate) async fn show_record(&self, request: &Request, members: &[Column]) -> Result<(), Failure> {
        let json = self.client.json(request).await?;
        self.show(&json, |_| output::record(&json.value, members))
    }

    /// Fetches a list and shows it as a table.
    pub(crate) async fn show_list(
        &self,
        request: &Request,
        part: &Part,
        columns: &[Column],
        none: &str,
    ) -> Result<(), Failure> {
        let json = self.client.list(request, part.limit, part.after.as_deref()).await?;
        self.show(&json, |output| {
            output.table(json.value["items"].as_array().map_or(&[], Vec::as_slice), columns, none)?;
            if !json.value["next"].is_null() {
                output.remark("there are more: leave --limit away for all of them");
            }
            Ok(())
        })
    }

    /// Sends a request that is answered with nothing, and remarks that it was done.
    pub(crate) async fn done(&self, request: &Request, remark: &str) -> Result<(), Failure> {
        drop(self.client.send(request).await?.bytes().await?);
        self.output.remark(remark);
        Ok(())
    }

    /// Shows a secret that is shown once: alone on standard output, so that a script can take it.
    pub(crate) fn show_secret(&self, json: &Json, pointer: &str, remark: &str) -> Result<(), Failure> {
        match json.value.pointer(pointer).and_then(serde_json::Value::as_str) {
            Some(secret) => self.show(json, |output| {
                output.remark(remark);
                output::line(secret)
            }),
            None => Err(Failure::new(
                Exit::Unavailable,
                "it was made, but its secret was lost with the connection, and is shown only once",
            )
            .hint("revoke it (`portolan token list`, `portolan token revoke`) or withdraw the invite, and make another")),
        }
    }
}
