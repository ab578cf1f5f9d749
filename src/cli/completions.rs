//! `provost completions` and `provost man`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use rustix::fs::Mode;

use super::Cli;
use crate::admin::fault::{Fault, Stop, exit};

const NAME: &str = "provost";

#[derive(Debug, Args)]
pub(super) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write the pages of all commands into this folder, instead of printing the first one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn completions(command: &Completions) -> Result<(), Stop> {
    // Into memory first: the generator knows no way to say that a write failed.
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), NAME, &mut text);
    Ok(io::stdout().lock().write_all(&text)?)
}

pub(super) fn man(command: &Man) -> Result<(), Stop> {
    let Some(folder) = &command.out else {
        let mut text = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut text)?;
        return Ok(io::stdout().lock().write_all(&text)?);
    };
    // These are for everybody to read, unlike all else that this program writes.
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    pages(folder).map_err(|error| {
        Fault::new(
            exit::FAILED,
            format!("cannot write manual pages into {}", folder.display()),
            error.to_string(),
            "name a folder that can be written to",
        )
        .into()
    })
}

fn pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
