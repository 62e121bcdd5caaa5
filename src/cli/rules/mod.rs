//! `deskgate rules`: what membership of a group gives, as a file that people keep and review.

mod shown;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use self::shown::{difference_text, plan_text, summary_json};
use super::exit_codes;
use super::failure::{Exit, Failure};
use super::operator::login_name;
use super::output::{Sheet, instant, note, print, print_coloured, print_document, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::App;
use crate::app::administration::rules::{Applied, Apply, RulesPlan, RulesText};
use crate::app::administration::{AdministrationError, Author, Once};
use crate::domain::grant::document::Warning;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Show(Show),
    Check(Check),
    Plan(Plan),
    Apply(ApplyArgs),
    Versions(Versions),
    Rollback(Rollback),
}

/// Show the rules in force, as TOML
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show the rules in force, or those of an earlier version, as their author wrote them.",
    after_help = concat!("Example:\n  deskgate rules show --tenant Contoso > rules.toml\n\n", exit_codes!())
)]
pub(super) struct Show {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Those of this version
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    version: Option<i64>,
    #[arg(long, help = r#"Print one JSON document: {"version", "author", "created_at", "rules", "toml"}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Look for mistakes in a file of rules, and for what it names in vain
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Look for mistakes in a file of rules: all of them at once, each with its line. Then for what the rules \
                  name and what is not there yet: that is no mistake, but whoever shall have something of it waits. \
                  Nothing is written.",
    after_help = concat!("Example:\n  deskgate rules check --tenant Contoso rules.toml\n\n", exit_codes!())
)]
pub(super) struct Check {
    /// The file; - for standard input
    file: PathBuf,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[arg(long, help = r#"Print one JSON document: {"valid", "errors": […], "more_errors", "warnings": […]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Show what would come of rules: who gains, loses, waits, and why
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show what would come of rules: who gains (+), who loses (-), for whom something changes (~), who waits \
                  (?), and why. Nothing is written, and nobody waits for it.",
    after_help = concat!(
        "Examples:\n  \
         deskgate rules plan --tenant Contoso rules.toml\n  \
         deskgate rules plan --tenant Contoso --version 3        # what a rollback would do\n  \
         deskgate rules plan --tenant Contoso rules.toml --detailed-exitcode --json > plan.json\n\n",
        exit_codes!()
    )
)]
pub(super) struct Plan {
    /// The file; - for standard input
    #[arg(required_unless_present = "version", conflicts_with = "version")]
    file: Option<PathBuf>,
    /// The rules of this version instead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    version: Option<i64>,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// End with exit code 6 if something would change, and with 0 only if nothing would
    #[arg(long)]
    detailed_exitcode: bool,
    #[arg(
        long,
        help = r#"Print one JSON document: {"base", "fingerprint", "in_force", "summary", "lines": […], "warnings": […]}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Put rules in force: exactly what is shown, or nothing
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Put rules in force as the next version.\n\nIt shows the plan and asks. Then it does exactly what was \
                  shown, or nothing: if something has changed in between, it says what is different.\n\nWith --yes it \
                  does what comes of the rules now, and shows that.",
    after_help = concat!(
        "Examples:\n  \
         deskgate rules apply --tenant Contoso rules.toml\n  \
         deskgate rules apply --tenant Contoso rules.toml --yes --json\n\n",
        exit_codes!()
    )
)]
pub(super) struct ApplyArgs {
    /// The file; - for standard input, which needs --yes
    file: PathBuf,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only if the plan is still the one with this fingerprint, as `plan --json` shows it
    #[arg(long, value_name = "TEXT")]
    fingerprint: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[arg(
        long,
        requires = "yes",
        help = r#"Print one JSON document: {"version", "unchanged", "summary", "lines": […], "put_off"}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// List the versions of the rules
#[derive(Debug, clap::Args)]
#[command(
    long_about = "List the versions of the rules, the newest first. All of them are kept.",
    after_help = concat!("Example:\n  deskgate rules versions --tenant Contoso\n\n", exit_codes!())
)]
pub(super) struct Versions {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// How many, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    #[arg(long, help = r#"Print one JSON document: {"versions": [{"version", "author", "created_at"}]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Put the rules of an earlier version in force anew
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Put the rules of an earlier version in force anew, as the next version. It shows the plan and asks, as \
                  `deskgate rules apply` does.",
    after_help = concat!("Example:\n  deskgate rules rollback --tenant Contoso 3\n\n", exit_codes!())
)]
pub(super) struct Rollback {
    /// The version
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    version: i64,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[arg(
        long,
        requires = "yes",
        help = r#"Print one JSON document: {"version", "unchanged", "summary", "lines": […], "put_off"}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Show(args) => show(args).await,
        Command::Check(args) => check(args).await,
        Command::Plan(args) => plan(args).await,
        Command::Apply(args) => {
            let rules = RulesText::Toml(read(&args.file)?);
            let from_pipe = args.file == Path::new("-");
            let put = PutInForce { rules, fingerprint: args.fingerprint, yes: args.yes, json: args.json, from_pipe };
            put.run(&args.tenant, &args.settings).await
        }
        Command::Versions(args) => versions(args).await,
        Command::Rollback(args) => {
            let rules = RulesText::Version(args.version);
            let put = PutInForce { rules, fingerprint: None, yes: args.yes, json: args.json, from_pipe: false };
            put.run(&args.tenant, &args.settings).await
        }
    }
}

/// The text of a file, or of standard input.
fn read(file: &Path) -> Result<String, Failure> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| Failure::new(Exit::Usage, format!("{} cannot be read: {error}", file.display())))
}

async fn show(args: Show) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let found = find(&app, &args).await;
    app.close().await;
    let rules = found?;
    if args.json {
        let (author, created_at) = rules.put_in_force.unzip();
        return print_json(&json!({
            "version": rules.version,
            "author": author,
            "created_at": created_at.map(|at| at.to_string()),
            "rules": rules.book,
            "toml": rules.document,
        }));
    }
    if let Some((author, at)) = &rules.put_in_force {
        note(&format!("# version {}, put in force by {author} on {}", rules.version, instant(*at)));
        print_document(&rules.document)
    } else {
        note("There are no rules yet. Write some: deskgate rules apply --tenant NAME FILE");
        Ok(())
    }
}

async fn find(app: &App, args: &Show) -> Result<crate::app::administration::rules::Rules, Failure> {
    let author = app.operator(&args.tenant, &login_name()).await?;
    Ok(match args.version {
        Some(version) => app.administration().rules_of(author.scope(), version).await?,
        None => app.administration().rules(author.scope()).await?,
    })
}

async fn check(args: Check) -> Result<(), Failure> {
    let rules = RulesText::Toml(read(&args.file)?);
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let checked = async {
        let author = app.operator(&args.tenant, &login_name()).await?;
        Ok::<_, Failure>(app.administration().check_rules(author.scope(), rules).await?)
    };
    let checked = checked.await;
    app.close().await;
    let checked = checked?;
    let valid = checked.errors.is_empty();
    if args.json {
        print_json(&json!({
            "valid": valid,
            "errors": checked.errors.listed,
            "more_errors": checked.errors.more,
            "warnings": checked.warnings,
        }))?;
    } else {
        for error in &checked.errors.listed {
            print(&format!("error: {error}"))?;
        }
        if let Some(further) = checked.errors.further() {
            print(&further)?;
        }
        for warning in &checked.warnings {
            print(&format!("warning: {warning}"))?;
        }
        if valid {
            note("The rules can be put in force.");
        }
    }
    if valid { Ok(()) } else { Err(Failure::told(Exit::Usage)) }
}

async fn plan(args: Plan) -> Result<(), Failure> {
    let rules = match (&args.file, args.version) {
        (Some(file), _) => RulesText::Toml(read(file)?),
        (None, version) => RulesText::Version(version.unwrap_or_default()),
    };
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let planned = async {
        let author = app.operator(&args.tenant, &login_name()).await?;
        Ok::<_, Failure>(app.administration().plan_rules(author.scope(), rules).await?)
    };
    let planned = planned.await;
    app.close().await;
    let plan = planned?;
    if args.json {
        print_json(&json!({
            "base": plan.base,
            "fingerprint": plan.fingerprint,
            "in_force": plan.in_force,
            "summary": summary_json(&plan.lines),
            "lines": plan.lines,
            "warnings": plan.warnings,
        }))?;
    } else {
        warn(&plan.warnings);
        print_coloured(&plan_text(&plan.lines))?;
    }
    if args.detailed_exitcode && !plan.lines.is_empty() { Err(Failure::told(Exit::Changes)) } else { Ok(()) }
}

fn warn(warnings: &[Warning]) {
    for warning in warnings {
        note(&format!("warning: {warning}"));
    }
}

async fn versions(args: Versions) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let listed = async {
        let author = app.operator(&args.tenant, &login_name()).await?;
        Ok::<_, Failure>(app.administration().latest_rules(author.scope(), args.limit).await?)
    };
    let listed = listed.await;
    app.close().await;
    let versions = listed?;
    if args.json {
        let versions: Vec<_> = versions
            .iter()
            .map(|one| json!({"version": one.version, "author": one.author, "created_at": one.created_at.to_string()}))
            .collect();
        return print_json(&json!({ "versions": versions }));
    }
    if versions.is_empty() {
        note("There are no rules yet.");
        return Ok(());
    }
    let mut sheet = Sheet::new(["Version", "Put in force", "By"], &[0, 1]);
    for one in versions {
        sheet.row([one.version.to_string(), instant(one.created_at), one.author]);
    }
    print(&sheet.text())
}

/// Rules on their way into force.
struct PutInForce {
    rules: RulesText,
    /// The plan that the operator has seen elsewhere.
    fingerprint: Option<String>,
    yes: bool,
    json: bool,
    /// The file came by standard input, where no answer can come as well.
    from_pipe: bool,
}

impl PutInForce {
    async fn run(self, tenant: &str, settings: &DatabaseSettings) -> Result<(), Failure> {
        let (_log, app) = wiring::open_for_command(&settings.load()?).await?;
        let done = self.settle(&app, tenant).await;
        app.close().await;
        done
    }

    async fn settle(&self, app: &App, tenant: &str) -> Result<(), Failure> {
        let author = app.operator(tenant, &login_name()).await?;
        let plan = app.administration().plan_rules(author.scope(), self.rules.clone()).await?;
        warn(&plan.warnings);
        let decided = !self.yes || self.fingerprint.is_some();
        if decided && !self.json {
            print_coloured(&plan_text(&plan.lines))?;
        }
        if !self.yes && !plan.in_force && !self.is_confirmed()? {
            return Err(Failure::new(Exit::Failed, "nothing was changed"));
        }
        match self.put(app, author, decided.then_some(&plan)).await {
            Ok(applied) => {
                if !decided && !self.json {
                    print_coloured(&plan_text(&applied.lines))?;
                }
                self.tell(&applied)
            }
            Err(AdministrationError::PlanChanged(changed)) => {
                print_coloured(&difference_text(&changed))?;
                Err(Failure::new(Exit::Conflict, "the plan has changed since it was shown; nothing was changed")
                    .advise("Look at it again: deskgate rules plan --tenant NAME FILE"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Does what was decided on, or whatever comes of the rules where nobody decided on a plan.
    async fn put(&self, app: &App, author: Author, plan: Option<&RulesPlan>) -> Result<Applied, AdministrationError> {
        let fingerprint = self.fingerprint.clone().or_else(|| plan.map(|plan| plan.fingerprint.clone()));
        // What was shown elsewhere is not known here.
        let shown = plan.filter(|plan| fingerprint.as_ref() == Some(&plan.fingerprint));
        let shown = shown.map(|plan| plan.lines.clone()).unwrap_or_default();
        let apply = Apply { rules: self.rules.clone(), fingerprint, shown };
        Ok(app.administration().apply_rules(author, apply, Once::unkept()).await?.unkept())
    }

    fn is_confirmed(&self) -> Result<bool, Failure> {
        if self.from_pipe || !std::io::stdin().is_terminal() {
            let what = "nobody is there to be asked whether to do this";
            return Err(Failure::new(Exit::Usage, what).advise("Look at the plan, then say --yes."));
        }
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "Put these rules in force? [y/N] ").and_then(|()| err.flush());
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
    }

    fn tell(&self, applied: &Applied) -> Result<(), Failure> {
        if self.json {
            return print_json(&json!({
                "version": applied.version,
                "unchanged": applied.unchanged,
                "summary": summary_json(&applied.lines),
                "lines": applied.lines,
                "put_off": applied.put_off,
            }));
        }
        if applied.unchanged {
            note(&format!("These rules are in force already, as version {}.", applied.version));
        } else {
            note(&format!("Version {} is in force.", applied.version));
        }
        Ok(())
    }
}
