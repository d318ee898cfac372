//! `portolan completions` and `portolan man`: what a packager or a shell asks for.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output;

/// Print a script that completes commands in a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portolan completions bash > /etc/bash_completion.d/portolan
  portolan completions fish > ~/.config/fish/completions/portolan.fish")]
pub(crate) struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "portolan", &mut script);
        output::raw(&script)
    }
}

/// Write the manual's pages: one for each command.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write them to; without it, the first page goes to standard output
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut command = Cli::command();
        command.build();
        match self.folder {
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                output::raw(&page)
            }
            Some(folder) => {
                std::fs::create_dir_all(&folder)?;
                Ok(clap_mangen::generate_to(command, folder)?)
            }
        }
    }
}
