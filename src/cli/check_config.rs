//! `deskgate check-config`: what is in force, and why.

use serde_json::json;

use super::exit_codes;
use super::failure::Failure;
use super::output::{Sheet, note, print, print_json};
use super::settings::DaemonSettings;
use crate::config::Loaded;

/// Print every setting in force and where it comes from
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Print every setting in force and where it comes from, without opening the database.\n\nMistakes are \
                  reported all at once, each with its file and line, variable or flag; then the exit code is 2. \
                  Passwords are shown as ***.",
    after_help = concat!(
        "Example:\n  DESKGATE_LISTEN=127.0.0.1:9000 deskgate check-config --config ./deskgate.toml\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    #[arg(
        long,
        help = r#"Print one JSON document: {"file": …, "settings": [{"key", "value", "source", "place"}], "warnings": […]}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DaemonSettings,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let loaded = args.settings.load()?;
    if args.json { print_json(&document(&loaded)) } else { tell(&loaded) }
}

fn document(loaded: &Loaded) -> serde_json::Value {
    let settings: Vec<_> = loaded
        .settings
        .iter()
        .map(|setting| {
            json!({
                "key": setting.key.name,
                "value": setting.value,
                "source": setting.origin.kind(),
                "place": setting.origin.to_string(),
            })
        })
        .collect();
    json!({
        "file": loaded.file.as_ref().map(|path| path.display().to_string()),
        "settings": settings,
        "warnings": loaded.warnings,
    })
}

fn tell(loaded: &Loaded) -> Result<(), Failure> {
    let mut sheet = Sheet::new(["Setting", "Value", "From"], &[0]);
    for setting in &loaded.settings {
        let value = if setting.value.is_empty() { "–" } else { &setting.value };
        sheet.row([setting.key.name.to_owned(), value.to_owned(), setting.origin.to_string()]);
    }
    print(&sheet.text())?;
    for warning in &loaded.warnings {
        note(&format!("! {warning}"));
    }
    Ok(())
}
