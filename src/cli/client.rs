//! `deskgate client`: the OAuth clients of identity providers (I2).

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use super::credential::{Standing, framed, lifetime, network, overlap, show_list, state_shown, used};
use super::exit_codes;
use super::failure::{Exit, Failure};
use super::operator::login_name;
use super::output::{Sheet, note, or_dash, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::App;
use crate::app::clients::{ClientWithSecret, NewClient, TOKEN_LIFETIMES};
use crate::base::clock::{Clock, Ts};
use crate::base::ids::{ClientId, ClientKeyId};
use crate::base::jws::PublicKey;
use crate::base::secret::Token;
use crate::domain::credential::{ClientSummary, CredentialSummary};

/// Far more than two public keys need.
const MAX_KEY_FILE: u64 = 64 * 1024;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Create(Create),
    List(List),
    Rotate(Rotate),
    Revoke(Revoke),
}

/// Make a client that gets access tokens for its secret or its signature
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Make an OAuth 2 client (RFC 6749, client credentials) for a tenant's identity provider. It asks for \
                  access tokens that live an hour and open SCIM.\n\nWithout --public-key it gets a secret, shown this \
                  once, and authenticates with client_secret_basic. With it, it signs with its private key, which \
                  never leaves it, and authenticates with private_key_jwt; the file holds the public key as PEM, JWK \
                  or JWKS.",
    after_help = concat!(
        "Examples:\n  \
         deskgate client create --tenant Contoso --label \"Entra, spring\" --expires 365d\n  \
         deskgate client create --tenant Contoso --public-key idp.jwks.json --lifetime 2h\n  \
         SECRET=$(deskgate client create --tenant Contoso --json | jq -r .client_secret)\n\n",
        exit_codes!()
    )
)]
pub(super) struct Create {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The connection it opens; without this flag: default
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// What you call it, to know it again
    #[arg(long, default_value = "made at the shell")]
    label: String,
    /// The public key, or a JWKS with two, with which its signatures are checked; - reads standard input
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// How long each of its access tokens lives, 1h to 6h
    #[arg(long, value_name = "DURATION", value_parser = token_lifetime, default_value = "1h")]
    lifetime: Duration,
    /// How long the client itself lives, e.g. 365d; without this flag: until it is revoked
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    expires: Option<Duration>,
    /// From where it may be used, an address or network; may be repeated; without this flag: from anywhere
    #[arg(long, value_name = "NETWORK", value_parser = network, value_delimiter = ',')]
    allow_from: Vec<IpNet>,
    #[arg(
        long,
        help = r#"Print one JSON document: {"client_id", "client_secret", "token_endpoint", "label", "keys", …}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// List the clients of a tenant, the dead ones too
#[derive(Debug, clap::Args)]
#[command(
    long_about = "List the clients of a tenant with their secrets and keys, newest first, the dead ones too. The \
                  secrets themselves are not kept.",
    after_help = concat!("Example:\n  deskgate client list --tenant Contoso\n\n", exit_codes!())
)]
pub(super) struct List {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[arg(long, help = r#"Print one JSON document: {"clients": [{"client_id", "label", "state", "keys": […], …}]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Give a client another secret or public key; the old one ends a day later
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Give a client another secret and show it, this once, or another public key. What it has goes on for \
                  a day, so that there is no gap. Whoever is done sooner takes the old one back: deskgate client \
                  revoke --key.",
    after_help = concat!(
        "Examples:\n  \
         deskgate client rotate --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11\n  \
         deskgate client rotate --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11 --overlap 0s   # it leaked\n\n",
        exit_codes!()
    )
)]
pub(super) struct Rotate {
    /// The client's id
    #[arg(value_parser = client_id)]
    id: ClientId,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The new public key; without this flag a secret is made; - reads standard input
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// How long the old ones go on, at most 24h; 0s: not at all
    #[arg(long, value_name = "DURATION", value_parser = overlap, default_value = "24h")]
    overlap: Duration,
    #[arg(
        long,
        help = r#"Print one JSON document: {"client_id", "client_secret", "token_endpoint", "label", "keys", …}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Take a client back, at once, with all its access tokens
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Take a client back: it gets no more access tokens, and the next request with one it has is refused. \
                  With --key only that secret or key ends, and with it the access tokens that were asked for with it. \
                  Revoking what is revoked succeeds and changes nothing.",
    after_help = concat!(
        "Example:\n  deskgate client revoke --tenant Contoso 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11\n\n",
        exit_codes!()
    )
)]
pub(super) struct Revoke {
    /// The client's id
    #[arg(value_parser = client_id)]
    id: ClientId,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only this secret or key, by its id as `deskgate client list` shows it
    #[arg(long, value_name = "ID", value_parser = key_id)]
    key: Option<ClientKeyId>,
    /// Print one JSON document: the client's summary
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
    let new = NewClient {
        label: args.label,
        connection: args.connection,
        public_keys: args.public_key.as_deref().map(public_keys).transpose()?,
        token_lifetime: args.lifetime,
        lifetime: args.expires,
        allow_from: args.allow_from,
        created_by: login_name(),
    };
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let made = app.create_client(&args.tenant, new).await;
    app.close().await;
    show(&app, &made?, args.json)
}

async fn list(args: List) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let listed = app.clients(&args.tenant).await;
    app.close().await;
    let now = Clock::System.now();
    let (clients, shown) = (listed?, |client| Shown::listed(client, now));
    show_list("client", &clients, args.json, shown, |client| &client.credential, |all| sheet(all, now))
}

async fn rotate(args: Rotate) -> Result<(), Failure> {
    let keys = args.public_key.as_deref().map(public_keys).transpose()?;
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let made = app.rotate_client(&args.tenant, args.id, keys, args.overlap, &login_name()).await;
    app.close().await;
    show(&app, &made?, args.json)?;
    if !args.json {
        note(&match args.overlap {
            Duration::ZERO => "What it had before is revoked.".to_owned(),
            overlap => format!("What it had before ends in {} at the latest.", humantime::format_duration(overlap)),
        });
    }
    Ok(())
}

async fn revoke(args: Revoke) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let revoked = app.revoke_client(&args.tenant, args.id, args.key, &login_name()).await;
    app.close().await;
    let client = revoked?;
    if args.json {
        return print_json(&Shown::listed(&client, Clock::System.now()));
    }
    let CredentialSummary { id, label, .. } = client.credential;
    print(&match args.key {
        None => format!("The client {id} ({label}) is revoked, and its access tokens with it."),
        Some(key) => format!("The secret or key {key} of the client {id} ({label}) is revoked."),
    })
}

fn show(app: &App, made: &ClientWithSecret, json: bool) -> Result<(), Failure> {
    let ClientWithSecret { summary, secret } = made;
    let endpoint = app.token_endpoint();
    if json {
        return print_json(&Shown {
            client_secret: secret.as_ref().map(Token::reveal),
            token_endpoint: Some(&endpoint),
            ..Shown::listed(summary, summary.credential.created_at)
        });
    }
    if let Some(secret) = secret {
        print(&framed(secret.reveal()))?;
        note("Keep the secret now: it is not shown again. Enter at the identity provider");
    } else {
        note("Enter at the identity provider");
    }
    print(&format!(
        "Client id       {}\nToken endpoint  {endpoint}\nScope           scim\nTenant URL      {}\n",
        summary.credential.id,
        app.scim_base()
    ))
}

/// A client as JSON: its summary, and what is known only now.
#[derive(Serialize)]
struct Shown<'a> {
    client_id: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint: Option<&'a str>,
    #[serde(flatten)]
    standing: Standing,
    #[serde(flatten)]
    summary: &'a ClientSummary,
}

impl<'a> Shown<'a> {
    fn listed(summary: &'a ClientSummary, now: Ts) -> Self {
        let standing = Standing::of(&summary.credential, now);
        Self { client_id: summary.credential.id, client_secret: None, token_endpoint: None, standing, summary }
    }
}

fn sheet(clients: &[ClientSummary], now: Ts) -> Sheet {
    let mut sheet = Sheet::identified(["Client or key", "Label", "State", "Last used"], &[0, 2]);
    for ClientSummary { credential, keys, .. } in clients {
        let last_used = used(credential.last_used_at, credential.last_used_from.as_deref());
        sheet.row([
            credential.id.to_string(),
            credential.label.clone(),
            state_shown(credential.state(now), credential.expires_at, now),
            or_dash(last_used.as_deref()),
        ]);
        for key in keys {
            sheet.row([
                key.id.to_string(),
                format!("  {}", key.kind.replace('_', " ")),
                state_shown(key.state(now), key.expires_at, now),
                or_dash(used(key.last_used_at, None).as_deref()),
            ]);
        }
    }
    sheet
}

/// Reads public keys. What is in the file is never repeated: somebody will name his private key here.
fn public_keys(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::new(Exit::Usage, format!("{} cannot be read: {error}", path.display()));
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_KEY_FILE).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(MAX_KEY_FILE).read_to_string(&mut text).map_err(unreadable)?;
    }
    PublicKey::parse_all(&text).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", path.display())).advise(
            "Make a pair with: openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout",
        )
    })
}

fn token_lifetime(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(lifetime) if TOKEN_LIFETIMES.contains(&lifetime) => Ok(lifetime),
        _ => Err("write a duration from 1h to 6h".to_owned()),
    }
}

fn client_id(text: &str) -> Result<ClientId, String> {
    ClientId::parse(text).ok_or_else(|| "this is no client id; see: deskgate client list --tenant NAME".to_owned())
}

fn key_id(text: &str) -> Result<ClientKeyId, String> {
    // Whoever pastes the secret here has put it into the shell's history; at least we do not repeat it.
    ClientKeyId::parse(text)
        .ok_or_else(|| "this is no id of a secret or key; see: deskgate client list --tenant NAME".to_owned())
}
