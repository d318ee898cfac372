//! `portolan init`.

use std::path::Path;

use clap::Args;
use portolan::Error;
use portolan::core::tenancy::{DisplayName, Email};
use portolan_compose::DataFolder;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::{self, Output};
use crate::transport::compose;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portolan init --data ./data
  PORTOLAN_TOKEN=$(portolan init --data ./data --quiet)")]
pub(crate) struct Init {
    /// Name of the first operator
    #[arg(long, default_value = "Operator")]
    name: String,
    /// E-mail address of the first operator
    #[arg(long, default_value = "operator@portolan.invalid")]
    email: String,
}

impl Init {
    pub(crate) async fn run(self, folder: &Path, output: Output) -> Result<(), Failure> {
        let name =
            DisplayName::parse(&self.name).map_err(|bad| Failure::usage(format_args!("--name: {bad}")))?;
        let email =
            Email::parse(&self.email).map_err(|bad| Failure::usage(format_args!("--email: {bad}")))?;
        let opened = DataFolder::open(folder)?;
        let composed = compose(opened, &portolan_compose::read_environment(), output).await?;
        let made = composed.portolan.init(name, email).await;
        composed.portolan.close().await;
        let token = match made {
            Ok(token) => token,
            Err(Error::SlugTaken(_)) => {
                let shown = folder.display();
                let failure = Failure::new(
                    Exit::Conflict,
                    format_args!("the data folder {shown} is in use: its platform is there"),
                );
                return Err(failure.hint(format_args!(
                    "for another token of its operator: portolan --data {shown} --tenant platform token create NAME"
                )));
            }
            Err(error) => return Err(Failure::other(format_args!("the platform cannot be made: {error}"))),
        };
        let token = token.expose_secret();
        if output.json {
            return output::line(&json!({ "tenant": "platform", "token": token }).to_string());
        }
        output.remark("The platform is made. This is its operator's token, shown now and never again:");
        output::line(token)?;
        output.remark(&format!(
            "Next: portolan --data {} tenant create TENANT --name NAME --owner-email ADDRESS",
            folder.display()
        ));
        Ok(())
    }
}
