//! `deskgate employees`: who there is.

use super::exit_codes;
use super::failure::Failure;
use super::listing::{self, Words};
use super::output::{Sheet, or_dash};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::employees::EmployeeQuery;
use crate::base::ids::EmployeeId;
use crate::domain::employee::EmployeeSummary;

/// Show the employees of a tenant
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show the employees of a tenant in the order in which they came, and who holds a key to their \
                  lock.",
    after_help = concat!(
        "Examples:\n  \
         deskgate employees --tenant Contoso --search lovelace\n  \
         deskgate employees --tenant Contoso --locked --json\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only those whose user name, name or e-mail address contains this text, letter case aside
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only locked ones
    #[arg(long)]
    locked: bool,
    /// How many, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only those after this one: the next page
    #[arg(long, value_name = "ID", value_parser = employee_id)]
    after: Option<EmployeeId>,
    #[arg(long, help = r#"Print one JSON document: {"employees": […], "next_after": ID or null}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let query =
        EmployeeQuery { containing: args.search, only_locked: args.locked, after: args.after, limit: args.limit };
    let found = app.employees(&args.tenant, query).await;
    app.close().await;
    let words = Words { things: "employees", next: "next_after", flag: "--after" };
    listing::show(&found?, args.limit, args.json, &words, |employee| employee.id, sheet)
}

fn sheet(employees: &[EmployeeSummary]) -> Sheet {
    let mut sheet = Sheet::identified(["Id", "User name", "Name", "Locked by"], &[0]);
    for employee in employees {
        let locked = employee.locked_by.join(", ");
        sheet.row([
            employee.id.to_string(),
            employee.user_name.clone(),
            or_dash(employee.name.as_deref()),
            if locked.is_empty() { "–".to_owned() } else { locked },
        ]);
    }
    sheet
}

fn employee_id(text: &str) -> Result<EmployeeId, String> {
    EmployeeId::parse(text).ok_or_else(|| "this is no employee id, such as ends the page before".to_owned())
}

#[cfg(test)]
mod tests {
    use super::sheet;
    use crate::base::clock::Ts;
    use crate::base::ids::EmployeeId;
    use crate::domain::employee::EmployeeSummary;

    #[test]
    fn employees_fit_a_screen_of_80_columns_with_their_id_in_one_piece() {
        let at = Ts::from_micros(0);
        let employee = EmployeeSummary {
            id: EmployeeId::generate(),
            user_name: "augusta.ada.king-noel@contoso.example".into(),
            external_id: None,
            name: Some("Augusta Ada King-Noel, Countess of Lovelace".into()),
            email: None,
            locked_by: vec!["idp", "administrator"],
            connection: Some("default".into()),
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let text = sheet(std::slice::from_ref(&employee)).wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains(&employee.id.to_string()), "{text}");
        assert!(sheet(&[employee]).wrapped(None).contains("idp, administrator"));
    }
}
