//! `deskgate stock`: what a tenant has in stock, and CSV files of it.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::sync::watch;

use super::exit_codes;
use super::failure::{Exit, Failure};
use super::listing::{self, Words};
use super::operator::login_name;
use super::output::{Sheet, count, day, note, or_dash, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::administration::Once;
use crate::app::administration::stock::{AskedState, ImportOptions, PoolLine, StockList, StockQuery};
use crate::base::ids::ThingId;
use crate::domain::thing::Kind;
use crate::domain::thing::import::{CheckOptions, MAX_BYTES};
use crate::domain::thing::number::Overlaps;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Import(Import),
    Export(Export),
    List(List),
    Pools(Pools),
}

/// Take a CSV file into a tenant's stock
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Take a CSV file into a tenant's stock, as a whole or not at all: with one mistake in it, nothing is \
                  written, and each is told by line and column.\n\nThe first line names the columns, in any order: kind \
                  and key, and as needed pool, label, number, target, notify, description, model, disabled. The key of a \
                  line may be a block of numbers (+49 30 1234-100…199) or a range of extensions (200-299). Devices get \
                  their secrets afterwards, one by one.\n\nWhoever waits for something in the file has it at once.",
    after_help = concat!(
        "Examples:\n  \
         deskgate stock import stock.csv --tenant Contoso --check\n  \
         deskgate stock import stock.csv --tenant Contoso --make-pools\n  \
         deskgate stock export --tenant Old | deskgate stock import - --tenant New --make-pools\n\n",
        exit_codes!()
    )
)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(super) struct Import {
    /// The file; - for standard input
    file: PathBuf,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only look; write nothing
    #[arg(long)]
    check: bool,
    /// Make the pools that the file names and that are not there; without it, such a pool is a mistake
    #[arg(long)]
    make_pools: bool,
    /// Let a number be the beginning of another
    #[arg(long)]
    allow_overlaps: bool,
    #[arg(
        long,
        help = r#"Print one JSON document: {"lines", "things", "kinds", "new_pools", "mistakes", "more_mistakes", "notices", "written"}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Write a tenant's stock as a CSV file
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Write a tenant's whole stock as a CSV file, which `deskgate stock import` reads. Cells that a \
                  spreadsheet would take for a formula begin with an apostrophe.",
    after_help = concat!("Example:\n  deskgate stock export --tenant Contoso > stock.csv\n\n", exit_codes!())
)]
pub(super) struct Export {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Show what a tenant has in stock
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show what a tenant has in stock, by class and as people sort it: who has it, how many share it, or \
                  for whom it is on hold.",
    after_help = concat!(
        "Examples:\n  \
         deskgate stock list --tenant Contoso --kind extension --state free\n  \
         deskgate stock list --tenant Contoso --search 1234 --json\n\n",
        exit_codes!()
    )
)]
pub(super) struct List {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only things of this kind, such as `voice_number` or extension; in German, too
    #[arg(long, value_name = "KIND", value_parser = Kind::read)]
    kind: Option<Kind>,
    /// Only things in this state
    #[arg(long, value_name = "free|assigned|held|disabled", value_parser = state)]
    state: Option<AskedState>,
    /// Only those whose key, name or note contains this text, letter case aside
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// How many, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only those after this one: the next page
    #[arg(long, value_name = "ID", value_parser = thing_id)]
    after: Option<ThingId>,
    #[arg(long, help = r#"Print one JSON document: {"things": […], "next_after": ID or null}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Show a tenant's pools and how much is left of them
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show a tenant's pools, a line for each kind of thing in one, and how much is left.",
    after_help = concat!("Example:\n  deskgate stock pools --tenant Contoso\n\n", exit_codes!())
)]
pub(super) struct Pools {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[arg(long, help = r#"Print one JSON document: {"pools": […]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

fn state(text: &str) -> Result<AskedState, String> {
    match text {
        "free" => Ok(AskedState::Free),
        "assigned" => Ok(AskedState::Assigned),
        "held" => Ok(AskedState::Held),
        "disabled" => Ok(AskedState::Disabled),
        _ => Err("this is none of free, assigned, held, disabled".to_owned()),
    }
}

fn thing_id(text: &str) -> Result<ThingId, String> {
    ThingId::parse(text).ok_or_else(|| "this is no id of a thing, such as ends the page before".to_owned())
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Import(args) => import(args).await,
        Command::Export(args) => export(args).await,
        Command::List(args) => list(args).await,
        Command::Pools(args) => pools(args).await,
    }
}

async fn import(args: Import) -> Result<(), Failure> {
    let file = read(&args.file)?;
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let overlaps = if args.allow_overlaps { Overlaps::Allowed } else { Overlaps::Refused };
    let options = ImportOptions { check: args.check, allow: CheckOptions { overlaps, make_pools: args.make_pools } };
    let bar = progress_bar();
    let shown = bar.clone();
    let (progress, mut done) = watch::channel(0);
    tokio::spawn(async move {
        while done.changed().await.is_ok() {
            shown.set_position(*done.borrow_and_update() as u64);
        }
    });
    let imported = async {
        let author = app.operator(&args.tenant, &login_name()).await?;
        let once = Once::unkept();
        Ok::<_, Failure>(app.administration().import_stock(author, file, options, once, progress).await?.unkept())
    };
    let imported = imported.await;
    bar.finish_and_clear();
    app.close().await;
    let imported = imported?;
    if args.json {
        print_json(&imported)?;
    } else {
        print(&imported.text)?;
        note(if imported.written {
            "Written."
        } else if imported.mistakes.is_empty() {
            "Nothing is wrong with it; nothing was written."
        } else {
            "Nothing was written. Mend the file, and try again."
        });
    }
    // A script has to learn of mistakes, also where it only asked.
    if imported.mistakes.is_empty() { Ok(()) } else { Err(Failure::told(Exit::Usage)) }
}

/// The file, no longer than any that is taken.
fn read(path: &Path) -> Result<Bytes, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Exit::Usage, format!("{}: {error}", path.display())).advise("Name a file that can be read.")
    };
    let mut file: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(unreadable)?)
    };
    let mut bytes = Vec::new();
    // One byte more tells that there are too many.
    file.by_ref().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(
            Failure::new(Exit::Usage, format!("{} is larger than 10 MiB", path.display())).advise("Give it in parts.")
        );
    }
    Ok(bytes.into())
}

/// How many things are written, on a terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} things written").expect("the template is well-formed");
    ProgressBar::new_spinner().with_style(style)
}

async fn export(args: Export) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let written = write_out(&app, &args.tenant).await;
    app.close().await;
    written
}

async fn write_out(app: &crate::app::App, tenant: &str) -> Result<(), Failure> {
    let mut export = app.export_stock(tenant).await?;
    while let Some(piece) = export.next().await? {
        let mut out = std::io::stdout().lock();
        match out.write_all(&piece).and_then(|()| out.flush()) {
            // A reader that has seen enough is no failure.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => {
                return Err(Failure::new(Exit::Failed, format!("standard output takes nothing: {error}")));
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

async fn list(args: List) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let query = StockQuery { kind: args.kind, state: args.state, containing: args.search, ..StockQuery::default() };
    let class = args.kind.map(Kind::class);
    let found = app.stock_list(&args.tenant, class, &query, args.after, args.limit).await;
    app.close().await;
    let words = Words { things: "things", next: "next_after", flag: "--after" };
    listing::show(&found?, args.limit, args.json, &words, |thing| thing.id, sheet)
}

fn sheet(things: &[StockList]) -> Sheet {
    let mut sheet = Sheet::identified(["Id", "Kind", "Name", "Pool", "State", "Whose"], &[0]);
    for thing in things {
        let state = match (thing.state, thing.held_until) {
            ("held", Some(until)) => format!("held until {}", day(until)),
            ("assigned", _) if thing.whose.is_none() => format!("shared by {}", thing.holders),
            (state, _) => state.to_owned(),
        };
        sheet.row([
            thing.id.to_string(),
            thing.kind.to_owned(),
            thing.name.clone(),
            or_dash(thing.pool.as_deref()),
            state,
            or_dash(thing.whose.as_deref()),
        ]);
    }
    sheet
}

async fn pools(args: Pools) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let found = app.pool_lines(&args.tenant).await;
    app.close().await;
    let lines = found?;
    if args.json {
        return print_json(&json!({ "pools": lines }));
    }
    if lines.is_empty() {
        note("There are no pools yet. Make them with the first file: deskgate stock import FILE --make-pools");
        return Ok(());
    }
    print(&levels(&lines).text())?;
    let empty = lines.iter().filter(|line| line.free == 0).count();
    if empty > 0 {
        note(&format!("Of {} nothing is free.", count(empty, "kind in a pool", "kinds in pools")));
    }
    Ok(())
}

fn levels(lines: &[PoolLine]) -> Sheet {
    let mut sheet = Sheet::new(["Pool", "Kind", "Free", "Assigned", "Held", "Disabled", "Total"], &[1, 2, 3, 4, 5, 6]);
    for line in lines {
        sheet.row([
            line.pool.clone(),
            or_dash(line.kind.as_deref()),
            line.free.to_string(),
            line.assigned.to_string(),
            line.held.to_string(),
            line.disabled.to_string(),
            line.total.to_string(),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::{StockList, levels, sheet};
    use crate::app::administration::stock::PoolLine;
    use crate::base::ids::ThingId;

    #[test]
    fn stock_and_pools_fit_a_screen_of_80_columns() {
        let thing = StockList {
            id: ThingId::generate(),
            kind: "voice_number",
            name: "+493012345678".to_owned(),
            pool: Some("Berlin Zentrale".to_owned()),
            state: "assigned",
            whose: Some("augusta.ada.king-noel@contoso.example".to_owned()),
            held_until: None,
            holders: 1,
        };
        let text = sheet(std::slice::from_ref(&thing)).wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains(&thing.id.to_string()), "{text}");
        let line = PoolLine {
            pool: "Berlin Zentrale und Umgebung".to_owned(),
            kind: Some("voice_number".to_owned()),
            total: 10_000,
            free: 4_000,
            assigned: 5_000,
            held: 900,
            disabled: 100,
        };
        let text = levels(&[line]).wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
