//! `deskgate events`: what an identity provider asked for.

use super::exit_codes;
use super::failure::Failure;
use super::listing::{self, Words};
use super::output::{Sheet, instant};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::events::EventQuery;
use crate::base::ids::{EmployeeId, EventId, GroupId};
use crate::domain::event::ProvisioningEvent;

/// Show what an identity provider asked for and what became of it
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show what a tenant's identity provider asked for and what became of it, newest first.\n\nEvents \
                  hold the names of the attributes that changed, never their values.",
    after_help = concat!(
        "Examples:\n  \
         deskgate events --tenant Contoso --refused\n  \
         deskgate events --tenant Contoso --employee 0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    /// The tenant, by name or customer number
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Only the events of this employee (the `id` of the SCIM User)
    #[arg(long, value_name = "ID", value_parser = employee_id)]
    employee: Option<EmployeeId>,
    /// Only the events of this group (the `id` of the SCIM Group)
    #[arg(long, value_name = "ID", value_parser = group_id)]
    group: Option<GroupId>,
    /// Only requests that were refused
    #[arg(long)]
    refused: bool,
    /// How many, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only events older than this one: the next page
    #[arg(long, value_name = "ID", value_parser = event_id)]
    before: Option<EventId>,
    #[arg(long, help = r#"Print one JSON document: {"events": […], "next_before": ID or null}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let query = EventQuery {
        employee: args.employee,
        group: args.group,
        before: args.before,
        only_refused: args.refused,
        limit: args.limit,
    };
    let found = app.events(&args.tenant, query).await;
    app.close().await;
    let words = Words { things: "events", next: "next_before", flag: "--before" };
    listing::show(&found?, args.limit, args.json, &words, |event| event.id, sheet)
}

fn sheet(events: &[ProvisioningEvent]) -> Sheet {
    let mut sheet = Sheet::new(["When", "Asked", "Answer", "Whom", "Changed"], &[0, 1]);
    for event in events {
        let answer = match &event.scim_type {
            Some(scim_type) => format!("{} {scim_type}", event.status),
            None => event.status.to_string(),
        };
        // Names are of today; of who or what is gone, the id is left.
        let gone = event.employee_id.map(|id| id.to_string()).or_else(|| event.group_id.map(|id| id.to_string()));
        let whom = event.user_name.clone().or_else(|| event.group_name.clone()).or(gone);
        sheet.row([
            instant(event.at),
            event.operation.clone(),
            answer,
            whom.unwrap_or_else(|| "–".to_owned()),
            changed(event),
        ]);
    }
    sheet
}

/// The attributes that changed, without the URNs of their schemas, which would fill the screen.
fn changed(event: &ProvisioningEvent) -> String {
    if event.changed.is_empty() {
        return "–".to_owned();
    }
    if event.operation == "delete" {
        return "everything".to_owned();
    }
    let short = |path: &String| match (path.as_str(), event.members_added, event.members_removed) {
        ("members", Some(added), Some(removed)) => format!("members +{added} −{removed}"),
        _ => path.rsplit(':').next().unwrap_or(path).to_owned(),
    };
    event.changed.iter().map(short).collect::<Vec<_>>().join(", ")
}

fn employee_id(text: &str) -> Result<EmployeeId, String> {
    EmployeeId::parse(text).ok_or_else(|| "this is no employee id; see: deskgate employees --tenant NAME".to_owned())
}

fn group_id(text: &str) -> Result<GroupId, String> {
    GroupId::parse(text).ok_or_else(|| "this is no group id; see: deskgate groups --tenant NAME".to_owned())
}

fn event_id(text: &str) -> Result<EventId, String> {
    EventId::parse(text).ok_or_else(|| "this is no event id, such as ends the page before".to_owned())
}

#[cfg(test)]
mod tests {
    use super::sheet;
    use crate::base::clock::Ts;
    use crate::base::ids::{EmployeeId, EventId};
    use crate::domain::event::ProvisioningEvent;

    #[test]
    fn events_fit_a_screen_of_80_columns_and_tell_who_what_and_how_it_ended() {
        let id = EmployeeId::generate();
        let event = |status, user_name: Option<&str>, scim_type: Option<&str>| ProvisioningEvent {
            id: EventId::generate(),
            at: Ts::parse("2026-11-21T08:15:30Z").unwrap(),
            request_id: "r1".into(),
            operation: "modify".into(),
            employee_id: Some(id),
            user_name: user_name.map(Into::into),
            group_id: None,
            group_name: None,
            members_added: None,
            members_removed: None,
            status,
            scim_type: scim_type.map(Into::into),
            changed: vec!["name.familyName".into(), "emails".into(), "urn:x:2.0:User:manager.value".into()],
        };
        let events = [event(200, Some("ada.lovelace@contoso.example"), None), event(409, None, Some("uniqueness"))];
        let text = sheet(&events).wrapped(Some(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let text = sheet(&events).wrapped(None);
        assert!(text.contains("ada.lovelace@contoso.example") && text.contains("409 uniqueness"), "{text}");
        assert!(text.contains(&id.to_string()) && text.contains("name.familyName, emails, manager.value"), "{text}");
    }
}
