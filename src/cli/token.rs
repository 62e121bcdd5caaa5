//! `deskgate token`: the credentials of identity providers (I1).

use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use super::credential::{Standing, framed, lifetime, network, overlap, show_list, state_shown, used};
use super::exit_codes;
use super::failure::Failure;
use super::operator::login_name;
use super::output::{Sheet, instant, note, or_dash, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::App;
use crate::app::tokens::{CreatedToken, NewToken};
use crate::base::clock::{Clock, Ts};
use crate::base::ids::TokenId;
use crate::domain::credential::{TokenScope, TokenSummary};
use crate::domain::tenant::Tenant;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Create(Create),
    List(List),
    Rotate(Rotate),
    Revoke(Revoke),
}

/// Make a token and show it, this once
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Make a token for a tenant's identity provider and show it, this once: only its keyed hash is \
                  kept.\n\nTwo tokens for SCIM may be active at a time, so that one can be replaced without a gap: see \
                  `deskgate token rotate`. A token for the admin API opens nothing of SCIM, and may be one of ten.",
    after_help = concat!(
        "Examples:\n  \
         deskgate token create --tenant Contoso --label \"Entra, spring\" --expires 365d\n  \
         deskgate token create --tenant Contoso --allow-from 192.0.2.0/24 --allow-from 2001:db8::/32\n  \
         deskgate token create --tenant Contoso --scope admin:write --label \"stock script\"\n  \
         TOKEN=$(deskgate token create --tenant Contoso --scope scim --json | jq -r .token)\n\n",
        exit_codes!()
    )
)]
pub(super) struct Create {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// What the token opens
    #[arg(long, value_enum, default_value = "scim")]
    scope: Scope,
    /// What you call it, to know it again
    #[arg(long, default_value = "made at the shell")]
    label: String,
    /// How long it lives, e.g. 90d; without this flag: until it is revoked
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    expires: Option<Duration>,
    /// From where it may be used, an address or network; may be repeated; without this flag: from anywhere
    #[arg(long, value_name = "NETWORK", value_parser = network, value_delimiter = ',')]
    allow_from: Vec<IpNet>,
    #[arg(long, help = r#"Print one JSON document: {"token", "id", "label", "scope", "expires_at", …}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// What a token opens (I4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scope {
    /// SCIM, and nothing else
    Scim,
    /// Looking at what the admin API shows
    #[value(name = "admin:read")]
    AdminRead,
    /// Looking and changing through the admin API
    #[value(name = "admin:write")]
    AdminWrite,
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Scim => Self::Scim,
            Scope::AdminRead => Self::AdminRead,
            Scope::AdminWrite => Self::AdminWrite,
        }
    }
}

/// List the tokens of a tenant, the dead ones too
#[derive(Debug, clap::Args)]
#[command(
    long_about = "List the tokens of a tenant, newest first, the dead ones too. The tokens themselves are not kept.",
    after_help = concat!("Example:\n  deskgate token list --tenant Contoso\n\n", exit_codes!())
)]
pub(super) struct List {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[arg(
        long,
        help = r#"Print one JSON document: {"tokens": [{"id", "label", "state", "created_at", "last_used_at", …}]}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Give a token a successor and show that, this once; the old one ends a day later
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Give a token a successor with the same label, addresses and lifetime, and show it, this once. The old \
                  one goes on for a day, so that there is no gap: enter the new one at the identity provider. Whoever \
                  is done sooner revokes the old one.",
    after_help = concat!(
        "Examples:\n  \
         deskgate token rotate --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11\n  \
         deskgate token rotate --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11 --overlap 0s   # it leaked\n\n",
        exit_codes!()
    )
)]
pub(super) struct Rotate {
    /// The old token's id, as `deskgate token list` shows it
    #[arg(value_parser = token_id)]
    id: TokenId,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// How long the new one lives; without this flag: as long as the old one was to
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    expires: Option<Duration>,
    /// How long the old one goes on, at most 24h; 0s: not at all
    #[arg(long, value_name = "DURATION", value_parser = overlap, default_value = "24h")]
    overlap: Duration,
    #[arg(long, help = r#"Print one JSON document: {"token", "id", "label", "scope", "expires_at", …}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Take a token back, at once
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Take a token back: the next request with it is refused. Revoking a revoked token succeeds and \
                  changes nothing.",
    after_help = concat!(
        "Example:\n  deskgate token revoke --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11\n\n",
        exit_codes!()
    )
)]
pub(super) struct Revoke {
    /// The token's id, as `deskgate token list` shows it
    #[arg(value_parser = token_id)]
    id: TokenId,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Print one JSON document: the token's summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(args).await,
        Command::List(args) => list(args).await,
        Command::Rotate(args) => rotate(args).await,
        Command::Revoke(args) => revoke(args).await,
    }
}

async fn create(args: Create) -> Result<(), Failure> {
    let new = NewToken {
        scope: args.scope.into(),
        label: args.label,
        lifetime: args.expires,
        allow_from: args.allow_from,
        created_by: login_name(),
    };
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let made = app.create_token(&args.tenant, new).await;
    let tenant = app.tenant(&args.tenant).await;
    app.close().await;
    show(&made?, &tenant?.tenant, &app, args.json)
}

async fn rotate(args: Rotate) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let made = app.rotate_token(&args.tenant, args.id, args.expires, args.overlap, &login_name()).await;
    let tenant = app.tenant(&args.tenant).await;
    app.close().await;
    show(&made?, &tenant?.tenant, &app, args.json)?;
    if !args.json {
        note(&match args.overlap {
            Duration::ZERO => format!("The old one, {}, is revoked.", args.id),
            overlap => {
                format!("The old one, {}, ends in {} at the latest.", args.id, humantime::format_duration(overlap))
            }
        });
    }
    Ok(())
}

fn show(made: &CreatedToken, tenant: &Tenant, app: &App, json: bool) -> Result<(), Failure> {
    let CreatedToken { summary, token } = made;
    if json {
        return print_json(&Shown { token: Some(token.reveal()), standing: None, summary });
    }
    note(&format!("A token for {} (customer number {}), {}:", tenant.name, tenant.customer_number, summary.label));
    print(&framed(token.reveal()))?;
    if summary.scope == TokenScope::Scim.name() {
        note("Keep it now: it is not shown again. Enter it at the identity provider as secret token,");
        note(&format!("with {} as tenant URL. Its id, to revoke it: {}", app.scim_base(), summary.id));
    } else {
        note("Keep it now: it is not shown again. Send it as Authorization: Bearer to the admin API,");
        note(&format!("{}. Its id, to revoke it: {}", app.admin_base(), summary.id));
    }
    if let Some(end) = summary.expires_at {
        note(&format!("It dies on {}.", instant(end)));
    }
    Ok(())
}

async fn list(args: List) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let listed = app.tokens(&args.tenant).await;
    app.close().await;
    let now = Clock::System.now();
    let (tokens, shown) = (listed?, |token| Shown::listed(token, now));
    show_list("token", &tokens, args.json, shown, |token| token, |all| sheet(all, now))
}

async fn revoke(args: Revoke) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let revoked = app.revoke_token(&args.tenant, args.id, &login_name()).await;
    app.close().await;
    let token = revoked?;
    if args.json {
        return print_json(&Shown::listed(&token, Clock::System.now()));
    }
    print(&format!("The token {} ({}) is revoked.", token.id, token.label))
}

/// A token as JSON: its summary, its state where it is listed, its clear text where it was just made.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(flatten)]
    standing: Option<Standing>,
    #[serde(flatten)]
    summary: &'a TokenSummary,
}

impl<'a> Shown<'a> {
    fn listed(summary: &'a TokenSummary, now: Ts) -> Self {
        Self { token: None, standing: Some(Standing::of(summary, now)), summary }
    }
}

fn sheet(tokens: &[TokenSummary], now: Ts) -> Sheet {
    let mut sheet = Sheet::identified(["Id", "Label", "Opens", "State", "Last used"], &[0, 2, 3]);
    for token in tokens {
        let state = state_shown(token.state(now), token.expires_at, now);
        let used = used(token.last_used_at, token.last_used_from.as_deref());
        sheet.row([token.id.to_string(), token.label.clone(), token.scope.clone(), state, or_dash(used.as_deref())]);
    }
    sheet
}

fn token_id(text: &str) -> Result<TokenId, String> {
    TokenId::parse(text).ok_or_else(|| {
        // Whoever pastes the token here has put it into the shell's history; at least we do not repeat it.
        "this is no token id; see: deskgate token list --tenant NAME".to_owned()
    })
}

#[cfg(test)]
pub(super) fn example() -> TokenSummary {
    TokenSummary {
        id: TokenId::generate(),
        label: "Entra, spring".into(),
        connection: Some("default".to_owned()),
        scope: "scim".into(),
        created_by: "ada".into(),
        created_at: Ts::parse("2026-11-01T00:00:00Z").unwrap(),
        expires_at: Ts::parse("2026-12-01T00:00:00Z"),
        revoked_at: None,
        last_used_at: Ts::parse("2026-11-02T10:00:00Z"),
        last_used_from: Some("192.0.2.7".into()),
        last_refused_at: Ts::parse("2026-11-03T10:00:00Z"),
        last_refused_for: Some("address".into()),
        allow_from: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, example, sheet, token_id};
    use crate::base::clock::Ts;

    #[test]
    fn i1_json_holds_the_token_once_when_it_is_made_and_never_when_it_is_listed() {
        let summary = example();
        let made = serde_json::to_value(Shown { token: Some("dgs_x"), standing: None, summary: &summary }).unwrap();
        assert_eq!(made["token"], "dgs_x");
        assert_eq!(made["id"], summary.id.to_string());
        assert_eq!(made["scope"], "scim");
        let listed = serde_json::to_value(Shown::listed(&summary, summary.created_at)).unwrap();
        assert_eq!(listed["state"], "active");
        assert_eq!(listed["expiry_announced"], 30);
        assert!(listed.get("token").is_none());
    }

    #[test]
    fn the_list_tells_state_and_last_use() {
        let (summary, later) = (example(), Ts::parse("2027-01-01T00:00:00Z").unwrap());
        let text = sheet(std::slice::from_ref(&summary), summary.created_at).wrapped(Some(120));
        assert!(text.contains("active until 2026-12-01") && text.contains("192.0.2.7"), "{text}");
        let text = sheet(&[summary], later).wrapped(Some(80));
        assert!(text.contains("expired") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn r1_a_token_given_as_an_id_is_not_repeated() {
        assert!(!token_id("dgs_secret").unwrap_err().contains("dgs_secret"));
    }
}
