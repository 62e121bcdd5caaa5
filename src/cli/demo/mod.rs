//! `deskgate demo`: the daemon at work, without any settings.
//!
//! It starts the daemon as `serve` does, on an empty SQLite file, makes a tenant and a token, and replays what Entra
//! and Okta would send over real HTTP. The replay is public: the tests use it, and so can a tester of any other
//! daemon.

pub mod check;
mod client;
pub mod conversation;
pub mod groups;
pub mod replay;
mod report;
pub mod story;
mod telephony;
pub mod variables;

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::conversation::Conversation;
use self::replay::Replay;
use self::report::{Access, Replayed};
use super::failure::{Exit, Failure, with_causes};
use super::output::{note, print, print_json, screen_width};
use super::wiring;
use super::{exit_codes, signals};
use crate::app::App;
use crate::app::tokens::NewToken;
use crate::config::{self, Config, Flag, Sources, database};
use crate::domain::credential::TokenScope;
use crate::storage::Store;
use crate::telemetry;

const TENANT: &str = "demo";
const CUSTOMER_NUMBER: &str = "10001";
const OPERATOR: &str = "deskgate demo";
const FILE: &str = "deskgate.db";

/// Show what the daemon does: replay an Entra and an Okta conversation against an empty database
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show what the daemon does: start it on an empty database, replay what Microsoft Entra ID and Okta \
                  send in the life of a tenant (joiners, movers, leavers), give numbers, extensions and desks by \
                  rules, and tell what became of whom.\n\nNo \
                  settings are read and nothing is kept, unless --directory says where. The daemon stays up to be \
                  tried out; Ctrl-C ends it.",
    after_help = concat!(
        "Examples:\n  \
         deskgate demo\n  \
         deskgate demo --exit --clean-up --json | jq .conversations\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    /// Where to listen; when another program has the port, a free one is taken
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the database in this directory, which must not hold one yet; without this flag it is removed at the end
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    /// End after the replay; the exit code is 1 if any answer was other than recorded
    #[arg(long)]
    exit: bool,
    /// Replay the last steps of each conversation too, which delete everybody
    #[arg(long)]
    clean_up: bool,
    /// Print the report as one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let _log = telemetry::start(telemetry::Format::Human, "error")?;
    let place = Place::make(args.directory.clone())?;
    let shutdown = CancellationToken::new();
    signals::cancel_on_signal(shutdown.clone())?;

    let listener = bind(args.listen).await?;
    let bound = listener.local_addr().map_err(|error| cannot_listen(args.listen, &error))?;
    let config = settings(&place, bound)?;
    Store::migrate(&wiring::database_url(&config)?).await?;
    let app = wiring::open(&config, wiring::Access::Daemon, config.server.public_url(bound)).await?;
    let server = tokio::spawn({
        let (app, config, shutdown) = (app.clone(), config.clone(), shutdown.clone());
        async move { wiring::serve_http(listener, app, &config, shutdown).await }
    });

    let result = tokio::select! {
        result = perform(&args, &app, &config.database.shown) => result,
        () = shutdown.cancelled() => Err(Failure::new(Exit::Failed, "the demo was interrupted")),
    };
    if result.is_ok() {
        if args.exit {
            note("\nThe daemon ends here; without --exit it stays up.");
        } else {
            note("\nThe daemon stays up; Ctrl-C ends it.");
            shutdown.cancelled().await;
        }
    }
    shutdown.cancel();
    if server.await.is_err() {
        tracing::error!("the server ended by a panic");
    }
    app.close().await;
    place.leave();
    // While it stayed up, the report has been on the screen; a script asks with --exit.
    if args.exit { result.and_then(Verdict::into_result) } else { result.map(|_| ()) }
}

/// Whether every answer was as recorded.
struct Verdict {
    all_right: bool,
}

impl Verdict {
    fn into_result(self) -> Result<(), Failure> {
        if self.all_right { Ok(()) } else { Err(Failure::told(Exit::Failed)) }
    }
}

async fn perform(args: &Args, app: &App, database: &str) -> Result<Verdict, Failure> {
    app.create_tenant(TENANT, CUSTOMER_NUMBER, OPERATOR).await?;
    let token = NewToken {
        scope: TokenScope::Scim,
        label: "demo".to_owned(),
        lifetime: None,
        allow_from: Vec::new(),
        created_by: OPERATOR.to_owned(),
    };
    let token = app.create_token(TENANT, token).await?.token;
    let base = app.scim_base();

    telephony::furnish(app).await?;
    let replays = replay_all(&base, token.reveal(), args.clean_up).await?;
    let telephony = telephony::told(app, report::user_names(&replays)).await?;
    let access = Access { base: &base, token: token.reveal(), tenant: TENANT, database, alive: !args.exit };
    if args.json {
        print_json(&report::document(&replays, &telephony, &access))?;
    } else {
        let stays = !args.exit || args.directory.is_some();
        print(&report::text(&replays, &telephony, stays.then_some(&access), screen_width()))?;
    }
    Ok(Verdict { all_right: report::all_right(&replays) })
}

async fn replay_all(base: &str, token: &str, clean_up: bool) -> Result<Vec<Replayed>, Failure> {
    let conversations = [Conversation::entra(), Conversation::okta(), Conversation::joiners()];
    let bar = progress_bar(conversations.iter().map(|conversation| conversation.steps.len()).sum());
    let mut replays = Vec::new();
    for conversation in conversations {
        let mut replay = Replay::new(base, token);
        if !clean_up {
            replay = replay.without_clean_up();
        }
        let name = conversation.name.clone();
        let results = replay
            .run(&conversation, |result| {
                if !result.note.is_empty() {
                    bar.set_message(format!("{name}: {}", result.note));
                }
                bar.inc(1);
            })
            .await
            .map_err(|error| Failure::new(Exit::Failed, format!("{name}, {}", with_causes(&error))))?;
        replays.push(Replayed { provider: conversation.name, results });
    }
    bar.finish_and_clear();
    Ok(replays)
}

/// On standard error, and only where somebody looks.
fn progress_bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}").expect("a literal");
    let bar = ProgressBar::new(steps as u64).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

async fn bind(wanted: SocketAddr) -> Result<TcpListener, Failure> {
    match TcpListener::bind(wanted).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let free = SocketAddr::new(wanted.ip(), 0);
            let listener = TcpListener::bind(free).await.map_err(|error| cannot_listen(free, &error))?;
            let bound = listener.local_addr().map_err(|error| cannot_listen(free, &error))?;
            note(&format!("Another program listens on {wanted}; the demo takes {bound}."));
            Ok(listener)
        }
        result => result.map_err(|error| cannot_listen(wanted, &error)),
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot listen on {address}: {error}"))
        .advise("Choose an address of this machine with --listen.")
}

/// The settings of a daemon with nothing but defaults: neither file nor environment can disturb the demo.
fn settings(place: &Place, bound: SocketAddr) -> Result<Config, Failure> {
    let flags = vec![
        Flag { key: &database::URL, value: format!("sqlite:{}", place.database().display()) },
        Flag { key: &config::server::LISTEN, value: bound.to_string() },
    ];
    let sources = Sources { file: None, default_file: PathBuf::new(), environment: Vec::new(), flags };
    Ok(config::load(&sources)?.config)
}

/// Where the database lies.
enum Place {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Place {
    fn make(directory: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(directory) = directory else {
            // A TempDir is for its owner only (0700).
            return tempfile::Builder::new().prefix("deskgate-demo-").tempdir().map(Self::Temporary).map_err(|error| {
                Failure::new(Exit::Failed, format!("no temporary directory can be made: {error}"))
                    .advise("Name another place with --directory.")
            });
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(|error| {
            Failure::new(Exit::Failed, format!("the directory {} cannot be made: {error}", directory.display()))
        })?;
        let place = Self::Kept(std::path::absolute(&directory).unwrap_or(directory));
        if place.database().exists() {
            let what = format!("there is a database already: {}", place.database().display());
            return Err(Failure::new(Exit::Conflict, what).advise(
                "The demo begins with an empty one: name another directory, or look at this one with `deskgate serve`.",
            ));
        }
        Ok(place)
    }

    fn database(&self) -> PathBuf {
        match self {
            Self::Kept(directory) => directory.join(FILE),
            Self::Temporary(directory) => directory.path().join(FILE),
        }
    }

    fn leave(self) {
        if let Self::Temporary(directory) = self {
            let path = directory.path().to_owned();
            if directory.close().is_err() {
                note(&format!("{} could not be removed.", path.display()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, bind};
    use crate::cli::Exit;

    #[tokio::test]
    async fn a_port_that_is_taken_is_replaced_by_a_free_one() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap().local_addr().unwrap();
        let taken = tokio::net::TcpListener::bind(first).await.unwrap();
        let second = bind(first).await.unwrap().local_addr().unwrap();
        assert_eq!(second.ip(), first.ip());
        assert_ne!(second.port(), first.port());
        drop(taken);
    }

    #[test]
    fn the_demo_begins_with_an_empty_database() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::make(Some(directory.path().join("new"))).ok().unwrap();
        std::fs::write(place.database(), "").unwrap();
        let failure = Place::make(Some(directory.path().join("new"))).err().unwrap();
        assert_eq!(failure.exit(), Exit::Conflict);

        let place = Place::make(None).ok().unwrap();
        let database = place.database();
        assert!(database.parent().unwrap().is_dir());
        place.leave();
        assert!(!database.parent().unwrap().exists());
    }
}
