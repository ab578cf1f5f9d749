//! `provost token`.

use std::io::{self, Write};
use std::net::IpAddr;

use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;

use super::consent::Consent;
use super::output::Shape;
use super::session::{Session, unexpected};
use super::when::{Ends, When, parse_ends, parse_span, parse_when};
use crate::admin::command::{Command, NewToken};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::{IssuedView, Reply, TokenView};
use crate::domain::instant::print_ms;
use crate::domain::token::{AddressCondition, TokenState, TokenTemplate};

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token; prints it, this once
    Create(Create),
    /// The tokens of the account
    List,
    /// One token
    Show {
        /// Id or name
        token: String,
    },
    /// Give it a new secret; prints it, this once
    Roll {
        /// Id or name
        token: String,
        /// How long the old secret stays good: 0 to 168h
        #[arg(long, default_value = "24h", value_name = "SPAN", value_parser = parse_span)]
        overlap: i64,
        #[command(flatten)]
        consent: Consent,
    },
    /// End it at once
    Revoke {
        /// Id or name
        token: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What it may do
    #[arg(long, value_enum)]
    template: Template,
    /// Says what uses it, such as "Backup script"
    #[arg(long)]
    name: String,
    /// The connection it belongs to, by id or name; else the account
    #[arg(long)]
    connection: Option<String>,
    /// The member it belongs to, by id or userName; it ends with their membership
    #[arg(long, conflicts_with = "connection")]
    member: Option<String>,
    /// A span, an instant, or never
    #[arg(long, default_value = "365d", value_parser = parse_ends)]
    expires: Ends,
    /// A span from now, or an instant
    #[arg(long, value_name = "WHEN", value_parser = parse_when)]
    not_before: Option<When>,
    /// Only from these addresses; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = parse_network)]
    ip: Vec<IpNet>,
    /// Not from these addresses; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = parse_network)]
    ip_not: Vec<IpNet>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Template {
    /// What an identity provider needs
    Scim,
    /// Reads, changes nothing
    Read,
    /// Everything that a token can do
    Admin,
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| address());
    network.map_err(|_| format!("{text:?} is no network such as 10.0.0.0/8, nor an address"))
}

pub(super) fn run(session: &Session, command: Token) -> Result<(), Stop> {
    match command {
        Token::Create(create) => {
            let now_ms = session.clock.now_ms();
            let new = NewToken {
                name: create.name,
                template: match create.template {
                    Template::Scim => TokenTemplate::Scim,
                    Template::Read => TokenTemplate::Read,
                    Template::Admin => TokenTemplate::Admin,
                },
                connection: create.connection,
                member: create.member,
                expires: create.expires.expires(now_ms),
                not_before_ms: create.not_before.map(|when| when.in_the_future(now_ms)),
                addresses: AddressCondition {
                    allow: create.ip,
                    deny: create.ip_not,
                },
            };
            issued(session, Command::TokenCreate(new), "")
        }
        Token::List => session.list(Command::TokenList, Shape::List),
        Token::Show { token } => session.show(Command::TokenShow { token }),
        Token::Roll {
            token,
            overlap,
            consent,
        } => roll(session, token, overlap, consent),
        Token::Revoke { token, consent } => revoke(session, token, consent),
    }
}

/// When the old secret stops working once the token is rolled.
fn old_ends(view: &TokenView, overlap_ms: i64, now_ms: i64) -> String {
    let now = print_ms(now_ms);
    let over = view.expires.as_ref().is_some_and(|end| *end <= now);
    if view.disabled || over {
        return "at once".to_owned();
    }
    // Both are written alike, so their order is that of the times.
    let ends = print_ms(now_ms.saturating_add(overlap_ms));
    let begins = view.not_before.as_ref().filter(|begins| **begins > now);
    match (begins, &view.expires) {
        (Some(begins), _) if *begins >= ends => {
            format!("at once, and the new one works from {begins} on")
        }
        (Some(begins), _) => format!("in {}, and neither works before {begins}", span(overlap_ms)),
        (None, _) if overlap_ms == 0 => "at once".to_owned(),
        (None, Some(end)) => format!("in {}, or on {end} if that is sooner", span(overlap_ms)),
        (None, None) => format!("in {}", span(overlap_ms)),
    }
}

fn roll(session: &Session, token: String, overlap_ms: i64, consent: Consent) -> Result<(), Stop> {
    let view = token_of(session, &token)?;
    let until = old_ends(&view, overlap_ms, session.clock.now_ms());
    let effect = format!(
        "token {} (ends in {}): gets a new secret; the old one stops working {until} ({})",
        view.name,
        view.hint,
        used(&view)
    );
    if !consent.given(session, &effect)? {
        return Ok(());
    }
    let note = format!("the old secret stops working {until}: put the new one into the provider");
    issued(session, Command::TokenRoll { token, overlap_ms }, &note)
}

fn revoke(session: &Session, token: String, consent: Consent) -> Result<(), Stop> {
    let view = token_of(session, &token)?;
    let owner = view.connection.as_deref().unwrap_or("the account");
    let effect = format!(
        "token {} of {owner} (ends in {}): stops working at once, for good ({})",
        view.name,
        view.hint,
        used(&view)
    );
    if !consent.given(session, &effect)? {
        return Ok(());
    }
    session.show(Command::TokenRevoke { token })
}

fn used(view: &TokenView) -> String {
    match (&view.last_used, &view.last_used_address) {
        (Some(at), Some(address)) => format!("last used {at} from {address}"),
        (Some(at), None) => format!("last used {at}"),
        (None, _) => "never used".to_owned(),
    }
}

fn span(ms: i64) -> String {
    let minutes = ms / 60_000;
    if minutes % 60 == 0 {
        format!("{} h", minutes / 60)
    } else {
        format!("{minutes} min")
    }
}

fn token_of(session: &Session, token: &str) -> Result<TokenView, Stop> {
    let command = Command::TokenShow {
        token: token.to_owned(),
    };
    let Reply::Token(view) = session.one(command)? else {
        return Err(unexpected("token show").into());
    };
    Ok(view)
}

fn issued(session: &Session, command: Command, note: &str) -> Result<(), Stop> {
    let name = command.name();
    let Reply::Issued(issued) = session.one(command)? else {
        return Err(unexpected(name).into());
    };
    print_secret(&issued)?;
    let token = &issued.token;
    let expires = token.expires.as_deref().unwrap_or("never");
    let begins = match &token.not_before {
        Some(begins) if token.state == TokenState::NotYetValid.name() => {
            format!(", not valid before {begins}")
        }
        _ => String::new(),
    };
    session.say(&format!(
        "token {} (ends in {}), may {}{begins}, expires: {expires}; it is shown this once",
        token.name,
        token.hint,
        token.permission_groups.join(", ")
    ))?;
    Ok(session.say(note)?)
}

/// The secret alone on standard output, whatever form was asked for.
///
/// A reader that went away is an error here, unlike elsewhere: nobody has the secret now.
pub(super) fn print_secret(issued: &IssuedView) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", issued.secret.reveal()).and_then(|()| stdout.flush());
    written.map_err(|error| {
        Fault::new(
            exit::FAILED,
            format!(
                "the token {} was made, but nobody could read it",
                issued.token.name
            ),
            error.to_string(),
            format!("provost token roll {} --overlap 0", issued.token.id),
        )
    })
}
