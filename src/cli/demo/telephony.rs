//! The telephone side of the demo: a stock and rules from files, and what came of them.

use bytes::Bytes;
use serde::Serialize;

use super::{OPERATOR, TENANT};
use crate::app::App;
use crate::app::administration::Once;
use crate::app::administration::rules::{Apply, RulesText};
use crate::app::administration::stock::{ImportOptions, Progress};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Sheet;
use crate::domain::grant::Standing;
use crate::domain::thing::import::CheckOptions;

/// The stock, as `deskgate stock import` takes it.
const STOCK: &str = include_str!("../../../deploy/examples/stock.csv");
/// The rules, as `deskgate rules apply` takes them.
const RULES: &str = include_str!("../../../deploy/examples/rules.toml");

/// Whose grants are explained at the end: she waits for something.
pub(super) const ASKED: &str = "lin.chen@contoso.example";

/// What somebody has, and what he waits for.
#[derive(Debug, Serialize)]
pub(super) struct Holder {
    user_name: String,
    has: Vec<String>,
    waits_for: Vec<String>,
}

/// What came of stock and rules.
#[derive(Debug, Default, Serialize)]
pub(super) struct Telephony {
    /// Everybody who has something or waits for it.
    pub(super) holders: Vec<Holder>,
    /// Who is asked about.
    pub(super) asked: String,
    /// Why he has what he has, line by line.
    pub(super) why: Vec<String>,
}

/// Puts the stock in and the rules in force.
pub(super) async fn furnish(app: &App) -> Result<(), Failure> {
    let options = ImportOptions { allow: CheckOptions { make_pools: true, ..CheckOptions::default() }, check: false };
    let stock = Bytes::from_static(STOCK.as_bytes());
    let author = app.operator(TENANT, OPERATOR).await?;
    let silent = Progress::new(0);
    let imported =
        app.administration().import_stock(author.clone(), stock, options, Once::unkept(), silent).await?.unkept();
    if !imported.written {
        return Err(Failure::new(Exit::Failed, format!("the demo's stock is refused:\n{}", imported.text)));
    }
    let rules = Apply { rules: RulesText::Toml(RULES.to_owned()), fingerprint: None, shown: Vec::new() };
    app.administration().apply_rules(author, rules, Once::unkept()).await?;
    Ok(())
}

/// What these people have now.
pub(super) async fn told(app: &App, user_names: impl IntoIterator<Item = String>) -> Result<Telephony, Failure> {
    let scope = app.operator(TENANT, OPERATOR).await?.scope();
    let administration = app.administration();
    let mut telephony = Telephony { asked: ASKED.to_owned(), ..Telephony::default() };
    for user_name in user_names {
        let Some((id, _)) = administration.find_people(scope, &user_name).await?.into_iter().next() else { continue };
        let why = administration.why(scope, id).await?;
        let (mut has, mut waits_for) = (Vec::new(), Vec::new());
        for one in &why.explanations {
            match &one.standing {
                Standing::Has { .. } => has.push(one.what()),
                Standing::Waits(_) => waits_for.push(one.what()),
                Standing::Had { .. } => {}
            }
        }
        if user_name == ASKED {
            telephony.why = why.explanations.iter().flat_map(|one| one.in_words(&why.names)).collect();
        }
        telephony.holders.push(Holder { user_name, has, waits_for });
    }
    Ok(telephony)
}

impl Telephony {
    /// The same as a table.
    pub(super) fn table(&self) -> Sheet {
        let mut sheet = Sheet::new(["Who", "Has", "Waits for"], &[0]);
        for Holder { user_name, has, waits_for } in &self.holders {
            sheet.row([user_name.clone(), has.join(", "), waits_for.join(", ")]);
        }
        sheet
    }
}
