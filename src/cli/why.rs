//! `deskgate why`: why somebody has what he has.

use serde_json::json;

use super::exit_codes;
use super::failure::{Exit, Failure};
use super::operator::login_name;
use super::output::{note, paragraphs, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::App;
use crate::app::administration::why::Why;

/// Explain everything that somebody has, had, or waits for
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Explain everything that somebody has, waits for, or had: which rule, group and request gave it, when, \
                  and what would take it away. Who left is remembered for a year, with what he had.",
    after_help = concat!(
        "Examples:\n  \
         deskgate why ada@contoso.example --tenant Contoso\n  \
         deskgate why ada@contoso.example --tenant Contoso --json\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    /// Who: his user name, an e-mail address, or his id
    person: String,
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[arg(
        long,
        help = r#"Print one JSON document: {"employee", "user_name", "left_at", "things": [{"what", "slot", "words", …}]}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let found = find(&app, &args).await;
    app.close().await;
    let Why { employee, user_name, left_at, explanations, names } = found?;
    if args.json {
        let things: Vec<_> = explanations
            .iter()
            .map(|one| {
                let mut thing = json!(one);
                if let Some(members) = thing.as_object_mut() {
                    members.insert("what".to_owned(), one.what().into());
                    members.insert("words".to_owned(), one.in_words(&names).into());
                }
                thing
            })
            .collect();
        let left_at = left_at.map(|at| at.to_string());
        return print_json(
            &json!({"employee": employee, "user_name": user_name, "left_at": left_at, "things": things}),
        );
    }
    if let Some(at) = left_at {
        note(&format!("{user_name} left on {}.", at.to_the_second()));
    }
    if explanations.is_empty() {
        note(&format!("{user_name} has nothing, had nothing, and waits for nothing."));
        return Ok(());
    }
    for one in &explanations {
        print(&paragraphs(&one.in_words(&names).join("\n")))?;
    }
    Ok(())
}

async fn find(app: &App, args: &Args) -> Result<Why, Failure> {
    let author = app.operator(&args.tenant, &login_name()).await?;
    let people = app.administration().find_people(author.scope(), &args.person).await?;
    match people.as_slice() {
        [(id, _)] => Ok(app.administration().why(author.scope(), *id).await?),
        [] => Err(Failure::new(Exit::NotFound, format!("there is nobody named {:?} in this tenant", args.person))
            .advise("Look for him: deskgate employees --tenant NAME --search TEXT")),
        several => {
            let names: Vec<String> = several.iter().map(|(id, name)| format!("{name} ({id})")).collect();
            Err(Failure::new(Exit::Conflict, format!("several may be meant: {}", names.join(", ")))
                .advise("Say which by user name or id."))
        }
    }
}
