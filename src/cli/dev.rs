//! `provost dev`: for whoever works on Provost itself. Debug builds alone have it.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::session::Session;
use crate::admin::fault::Stop;
use crate::dev::{self, Wish};

#[derive(Debug, Subcommand)]
pub(super) enum Dev {
    /// Fill an empty data folder with accounts in which much has happened
    Seed(SeedCommand),
}

#[derive(Debug, Args)]
pub(super) struct SeedCommand {
    /// Another number gives other people and another day
    #[arg(long = "seed", value_name = "N", default_value_t = 1)]
    number: u64,
    /// Only an operator, and an account in which nothing has happened
    #[arg(long)]
    empty: bool,
    /// Print account ids, logins and tokens as shell commands: eval "$(provost dev seed --print-env)"
    #[arg(long)]
    print_env: bool,
}

pub(super) fn run(session: &Session, command: &Dev) -> Result<(), Stop> {
    let Dev::Seed(seed) = command;
    let wish = Wish {
        seed: seed.number,
        empty: seed.empty,
    };
    let seeded = dev::fill(&session.config, wish)?;
    let mut out = io::stdout().lock();
    for (name, value) in seeded.pairs() {
        if seed.print_env {
            writeln!(out, "export PROVOST_DEV_{name}='{value}'")?;
        } else {
            writeln!(out, "{name:<18} {value}")?;
        }
    }
    session.say("Start it with `provost serve`, and sign in as SUPER with PASSWORD.")?;
    Ok(())
}
