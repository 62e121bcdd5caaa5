//! What the demo says at its end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::groups::{Assembly, groups};
use super::replay::{Outcome, Reason, StepResult};
use super::story::{Person, State, people};
use super::telephony::{ASKED, Telephony};
use crate::cli::output::{Sheet, count};

/// One conversation, replayed.
pub(super) struct Replayed {
    pub(super) provider: String,
    pub(super) results: Vec<StepResult>,
}

/// How to go on from here.
pub(super) struct Access<'a> {
    pub(super) base: &'a str,
    pub(super) token: &'a str,
    pub(super) tenant: &'a str,
    pub(super) database: &'a str,
    /// Whether the daemon goes on.
    pub(super) alive: bool,
}

impl Replayed {
    fn number(&self, of: fn(&Outcome) -> bool) -> usize {
        self.results.iter().filter(|result| of(&result.outcome)).count()
    }

    fn right(&self) -> usize {
        self.number(|outcome| matches!(outcome, Outcome::Right))
    }

    fn wrong(&self) -> impl Iterator<Item = (&StepResult, &[String])> {
        self.results.iter().filter_map(|result| match &result.outcome {
            Outcome::Wrong(problems) => Some((result, problems.as_slice())),
            Outcome::Right | Outcome::LeftOut(_) => None,
        })
    }

    fn left_out(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for result in &self.results {
            if let Outcome::LeftOut(reason) = &result.outcome {
                *reasons.entry(reason.to_string()).or_default() += 1;
            }
        }
        reasons
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOffered(endpoint) => write!(f, "this release has no {endpoint}"),
            Self::Needs(name) => write!(f, "{name} is not known"),
            Self::CleanUp => f.write_str("they delete everybody; --clean-up runs them"),
        }
    }
}

/// Whether all went as recorded.
pub(super) fn all_right(replays: &[Replayed]) -> bool {
    replays.iter().all(|replayed| replayed.wrong().next().is_none())
}

/// The report for people; `access` where there is something to go on with.
pub(super) fn text(replays: &[Replayed], telephony: &Telephony, access: Option<&Access<'_>>, width: u16) -> String {
    let mut text = String::new();
    text.push_str(&table(replays).wrapped(Some(width)));
    text.push('\n');
    let groups = groups_table(replays).wrapped(Some(width));
    if replays.iter().any(|replayed| !assembled(replayed).is_empty()) {
        text.push_str(&groups);
        text.push('\n');
    }
    if !telephony.holders.is_empty() {
        text.push_str(&telephony.table().wrapped(Some(width)));
        text.push('\n');
    }
    if !telephony.why.is_empty() {
        writeln!(text, "Why {}:\n", telephony.asked).expect("a String takes everything");
        for line in &telephony.why {
            writeln!(text, "{line}").expect("the same");
        }
        text.push('\n');
    }
    for replayed in replays {
        text.push_str(&summary(replayed));
    }
    if let Some(access) = access {
        text.push('\n');
        text.push_str(&next(access));
    }
    text
}

fn table(replays: &[Replayed]) -> Sheet {
    let mut sheet = Sheet::new(["Who", "From", "What happened", "Now"], &[0, 1, 3]);
    for person in replays.iter().flat_map(cast) {
        let now = match person.state {
            State::Active => "active",
            State::Locked => "locked",
            State::Deleted => "deleted",
        };
        sheet.row([person.user_name.clone(), person.provider.clone(), person.story(), now.to_owned()]);
    }
    sheet
}

fn groups_table(replays: &[Replayed]) -> Sheet {
    let mut sheet = Sheet::new(["Group", "From", "What happened", "Members"], &[0, 1, 3]);
    for group in replays.iter().flat_map(assembled) {
        let now = if group.deleted { "deleted".to_owned() } else { group.members.len().to_string() };
        sheet.row([group.name, group.provider, group.story, now]);
    }
    sheet
}

/// Those who were made by the last conversation and are there.
pub(super) fn user_names(replays: &[Replayed]) -> Vec<String> {
    let last = replays.last().map(cast).unwrap_or_default();
    last.into_iter().filter(|person| person.state != State::Deleted).map(|person| person.user_name).collect()
}

fn assembled(replayed: &Replayed) -> Vec<Assembly> {
    groups(&replayed.provider, &replayed.results)
}

fn cast(replayed: &Replayed) -> Vec<Person> {
    people(&replayed.provider, &replayed.results)
}

fn summary(replayed: &Replayed) -> String {
    let wrong = replayed.wrong().count();
    let replayed_steps = count(replayed.right() + wrong, "step", "steps");
    let mut text = match wrong {
        0 => format!("{}: {replayed_steps} replayed, all answered as recorded\n", replayed.provider),
        _ => format!("{}: {replayed_steps} replayed, {wrong} answered otherwise\n", replayed.provider),
    };
    for (reason, number) in replayed.left_out() {
        writeln!(text, "  {} left out: {reason}", count(number, "step", "steps")).expect("a String takes everything");
    }
    for (result, problems) in replayed.wrong() {
        writeln!(text, "  ✗ step {}, {} {}", result.step, result.method, result.path).expect("the same");
        for problem in problems {
            writeln!(text, "      {problem}").expect("the same");
        }
    }
    text
}

fn next(access: &Access<'_>) -> String {
    let Access { base, token, tenant, database, alive } = access;
    // After `cargo run` it is in no search path.
    let program = std::env::current_exe().map_or_else(|_| "deskgate".to_owned(), |path| path.display().to_string());
    let requests = match alive {
        true => {
            let commands = curl_lines(base, token).join("\n\n");
            format!("SCIM base URL  {base}\nToken          {token}\n\nTry it, in another terminal:\n\n{commands}\n\n")
        }
        false => "Look at what is left:\n\n".to_owned(),
    };
    format!(
        "{requests}{program} employees --tenant {tenant} --database {database}\n\
         {program} groups --tenant {tenant} --database {database}\n\
         {program} events --tenant {tenant} --database {database}\n\
         {program} why {ASKED} --tenant {tenant} --database {database}\n\
         {program} rules show --tenant {tenant} --database {database}\n\
         {program} stock pools --tenant {tenant} --database {database}\n"
    )
}

/// Three requests to begin with, each a line for any shell: who is there, one of them by name, one more.
pub(super) fn curl_lines(base: &str, token: &str) -> [String; 3] {
    let curl = format!("curl -sS -H 'Authorization: Bearer {token}'");
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "grace@contoso.example",
        "name": { "givenName": "Grace", "familyName": "Hopper" },
    });
    [
        format!("{curl} '{base}/Users?attributes=userName,active'"),
        format!("{curl} -G '{base}/Users' --data-urlencode 'filter=userName co \"contoso\"'"),
        format!("{curl} -H 'Content-Type: application/scim+json' -d '{body}' '{base}/Users'"),
    ]
}

/// The report for scripts.
pub(super) fn document(replays: &[Replayed], telephony: &Telephony, access: &Access<'_>) -> Value {
    let conversations: Vec<Value> = replays
        .iter()
        .map(|replayed| {
            let wrong: Vec<Value> = replayed
                .wrong()
                .map(|(result, problems)| {
                    json!({ "step": result.step, "method": result.method, "path": result.path, "problems": problems })
                })
                .collect();
            json!({
                "provider": replayed.provider,
                "steps": replayed.results.len(),
                "right": replayed.right(),
                "wrong": wrong,
                "left_out": replayed.left_out(),
            })
        })
        .collect();
    let people: Vec<Value> = replays
        .iter()
        .flat_map(cast)
        .map(|person| {
            json!({
                "id": person.id,
                "user_name": person.user_name,
                "provider": person.provider,
                "story": person.deeds.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "state": person.state,
            })
        })
        .collect();
    let groups: Vec<Value> = replays
        .iter()
        .flat_map(assembled)
        .map(|group| {
            json!({
                "id": group.id,
                "name": group.name,
                "provider": group.provider,
                "story": group.story,
                "members": group.members,
                "deleted": group.deleted,
            })
        })
        .collect();
    json!({
        "base_url": access.base,
        "token": access.token,
        "tenant": access.tenant,
        "database": access.database,
        "conversations": conversations,
        "people": people,
        "groups": groups,
        "telephony": telephony,
        "curl": curl_lines(access.base, access.token),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Access, Replayed, Telephony, all_right, document, text};
    use crate::cli::demo::replay::{Answer, Outcome, Reason, StepResult};

    fn result(step: u32, status: u16, outcome: Outcome) -> StepResult {
        let user = json!({ "id": step.to_string(), "userName": "bo.lindberg.k3x9f2@contoso.example", "active": true });
        StepResult {
            step,
            phase: "joiner".into(),
            note: String::new(),
            method: "POST".into(),
            path: "/Users".into(),
            request: None,
            answer: Some(Answer { status, body: Some(user), ..Answer::default() }),
            outcome,
        }
    }

    #[test]
    fn the_report_tells_people_mistakes_and_what_was_left_out() {
        let access =
            Access { base: "http://h/scim/v2", token: "dgs_x", tenant: "demo", database: "sqlite:x.db", alive: true };
        let mut replays = vec![Replayed { provider: "Entra".into(), results: vec![result(1, 201, Outcome::Right)] }];
        let left_out = Outcome::LeftOut(Reason::NotOffered("/Groups".into()));
        replays[0].results.push(StepResult { answer: None, ..result(2, 0, left_out) });
        assert!(all_right(&replays));
        replays[0].results.push(result(3, 500, Outcome::Wrong(vec!["the status should be 201 but is 500".into()])));
        assert!(!all_right(&replays));

        let report = text(&replays, &Telephony::default(), Some(&access), 80);
        for part in [
            "bo.lindberg.k3x9f2@contoso.example",
            "Entra: 2 steps replayed, 1 answered otherwise",
            "1 step left out: this release has no /Groups",
            "✗ step 3, POST /Users",
            "the status should be 201 but is 500",
            "http://h/scim/v2",
        ] {
            assert!(report.contains(part), "{part}: {report}");
        }
        assert_eq!(report.lines().filter(|line| line.starts_with("curl ")).count(), 3);
        let document = document(&replays, &Telephony::default(), &access);
        assert_eq!(document["conversations"][0]["wrong"][0]["step"], 3);
        assert_eq!(document["people"][0]["state"], "active");
    }
}
