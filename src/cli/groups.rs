//! `deskgate groups`: which groups there are.

use super::exit_codes;
use super::failure::Failure;
use super::listing::{self, Words};
use super::output::{Sheet, or_dash};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::groups::GroupQuery;
use crate::base::ids::GroupId;
use crate::domain::group::GroupSummary;

/// Show the groups of a tenant
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show the groups of a tenant in the order in which they came, and how many employees and groups are in \
                  each, directly.",
    after_help = concat!(
        "Examples:\n  \
         deskgate groups --tenant Contoso --search sales\n  \
         deskgate groups --tenant Contoso --json\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only those whose name contains this text, letter case aside
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// How many, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only those after this one: the next page
    #[arg(long, value_name = "ID", value_parser = group_id)]
    after: Option<GroupId>,
    #[arg(long, help = r#"Print one JSON document: {"groups": […], "next_after": ID or null}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let query = GroupQuery { containing: args.search, after: args.after, limit: args.limit };
    let found = app.groups(&args.tenant, query).await;
    app.close().await;
    let words = Words { things: "groups", next: "next_after", flag: "--after" };
    listing::show(&found?, args.limit, args.json, &words, |group| group.id, sheet)
}

fn sheet(groups: &[GroupSummary]) -> Sheet {
    let mut sheet = Sheet::identified(["Id", "Name", "External id", "Employees", "Groups"], &[0, 3, 4]);
    for group in groups {
        sheet.row([
            group.id.to_string(),
            group.name.clone(),
            or_dash(group.external_id.as_deref()),
            group.employees.to_string(),
            group.groups.to_string(),
        ]);
    }
    sheet
}

fn group_id(text: &str) -> Result<GroupId, String> {
    GroupId::parse(text).ok_or_else(|| "this is no group id, such as ends the page before".to_owned())
}

#[cfg(test)]
mod tests {
    use super::sheet;
    use crate::base::clock::Ts;
    use crate::base::ids::GroupId;
    use crate::domain::group::GroupSummary;

    #[test]
    fn groups_fit_a_screen_of_80_columns_with_their_id_in_one_piece() {
        let group = GroupSummary {
            id: GroupId::generate(),
            name: "Sales and everybody who sells anything to anybody".into(),
            external_id: Some("0d2b8f6f-52a1-7c3e-9a67-0192f7c41c11".into()),
            employees: 100_000,
            groups: 12,
            connection: "default".into(),
            created_at: Ts::from_micros(0),
        };
        let text = sheet(std::slice::from_ref(&group)).wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains(&group.id.to_string()) && text.contains("100000"), "{text}");
    }
}
