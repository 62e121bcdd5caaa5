//! `deskgate migrate`: the schema of this release.

use super::exit_codes;
use super::failure::Failure;
use super::output::{print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::storage::Store;

/// Bring the database up to this release, or make it
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Bring the database up to this release, or make it.\n\nA SQLite file that is missing is made. Running \
                  it again changes nothing, so it may stand before every `deskgate serve`. A database that a newer \
                  release has touched is left alone (exit code 5).\n\nStop the daemon and copy the database before an \
                  upgrade: there is no way back but the copy.",
    after_help = concat!(
        "Example:\n  deskgate migrate --database sqlite:/var/lib/deskgate/deskgate.db\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    #[arg(long, help = r#"Print one JSON document: {"applied": ["…"]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let loaded = args.settings.load()?;
    let _log = wiring::quiet_log(&loaded)?;
    let applied = Store::migrate(&wiring::database_url(&loaded.config)?).await?;
    if args.json {
        return print_json(&serde_json::json!({ "applied": applied }));
    }
    let database = &loaded.config.database.shown;
    if applied.is_empty() {
        return print(&format!("{database} is up to date."));
    }
    for step in &applied {
        print(&format!("applied {:04} {}", step.number, step.name))?;
    }
    print(&format!("{database} is up to date now."))
}
