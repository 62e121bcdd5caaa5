//! What identity providers send in the life of a tenant is answered as they expect, every step of it.
//!
//! The recordings lie in `tests/fixtures`, a folder for each provider; every file there is replayed, and says in its
//! first line where its shapes are from.

use std::path::Path;

use deskgate::cli::demo::conversation::Conversation;
use deskgate::cli::demo::replay::{Outcome, Replay, StepResult};
use deskgate::scim::schema::{Attribute, ResourceType};
use serde_json::{Map, Value};

use crate::world::daemon::Daemon;
use crate::world::on_each_engine;

/// Every recording, by folder and file: `jumpcloud/activation`.
fn recordings() -> Vec<Conversation> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for provider in std::fs::read_dir(&fixtures).unwrap() {
        for file in std::fs::read_dir(provider.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&fixtures).unwrap().with_extension("");
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(Conversation::parse(name.to_str().unwrap(), &text).unwrap());
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// One of them.
fn recording(name: &str) -> Conversation {
    recordings().into_iter().find(|recording| recording.name == name).unwrap_or_else(|| panic!("no recording {name}"))
}

/// Replays a conversation whole and gives the steps that were not answered as recorded, or were left out.
async fn wrong(daemon: &Daemon, conversation: &Conversation) -> Vec<StepResult> {
    let idp = daemon.tenant(&conversation.name.replace('/', "-"));
    not_right(Replay::new(&idp.base(), &idp.token), conversation).await
}

async fn not_right(replay: Replay, conversation: &Conversation) -> Vec<StepResult> {
    let results = replay.run(conversation, |_| ()).await.unwrap();
    assert_eq!(results.len(), conversation.steps.len());
    results.into_iter().filter(|result| result.outcome != Outcome::Right).collect()
}

/// What a reader needs to find the step; its answer may be a page long.
fn told(recording: &Conversation, wrong: &StepResult) -> String {
    let StepResult { step, note, method, path, outcome, .. } = wrong;
    format!("{} step {step} ({note}), {method} {path}: {outcome:?}", recording.name)
}

/// Nothing that a conversation made is left once it has cleared up.
async fn nobody_is_left(daemon: &Daemon) {
    for table in ["employees", "employee_keys", "groups", "group_members", "group_closure", "group_changes"] {
        assert_eq!(daemon.database.count(table).await, 0, "{table}");
    }
}

#[test]
fn every_recording_says_where_its_shapes_are_from() {
    for recording in recordings() {
        let origin = recording.origin.as_ref().unwrap_or_else(|| panic!("{} does not say", recording.name));
        assert!(!origin.sources.is_empty(), "{}", recording.name);
        let numbers: Vec<u32> = recording.steps.iter().map(|step| step.step).collect();
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(), "{}", recording.name);
    }
}

on_each_engine! {
    async fn every_provider_gets_the_answers_it_expects(daemon: Daemon) {
        let mut complaints = Vec::new();
        for recording in recordings() {
            let wrong = wrong(&daemon, &recording).await;
            complaints.extend(wrong.into_iter().map(|wrong| told(&recording, &wrong)));
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        nobody_is_left(&daemon).await;
    }
}

on_each_engine! {
    async fn two_tenants_live_side_by_side_as_if_each_were_alone(daemon: Daemon) {
        let conversations = [("one", Conversation::entra()), ("two", Conversation::entra())];
        let lives = conversations.map(|(tenant, mut conversation)| {
            tenant.clone_into(&mut conversation.name);
            conversation
        });
        let (one, two) = tokio::join!(wrong(&daemon, &lives[0]), wrong(&daemon, &lives[1]));
        assert!(one.is_empty() && two.is_empty(), "{one:#?} {two:#?}");
        nobody_is_left(&daemon).await;
    }
}

on_each_engine! {
    /// Ping and `SailPoint` offer client credentials; what the token is called changes no answer.
    async fn i2_providers_that_come_as_oauth_clients_get_the_same_answers(daemon: Daemon) {
        for name in ["ping/life", "sailpoint/life"] {
            let tenant = name.replace('/', "-");
            let idp = daemon.tenant(&tenant);
            let made = daemon.command(&["client", "create", "--tenant", &tenant, "--label", "x", "--json"]);
            let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
            let token = daemon.door().access_token(id, secret).await;
            let wrong = not_right(Replay::new(&idp.base(), &token), &recording(name)).await;
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }
}

/// The keys of an object that are not among the names, each with where it stands.
fn undeclared(object: &Map<String, Value>, names: &[Attribute], at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in object {
        let Some(attribute) = names.iter().find(|attribute| attribute.name == *key) else {
            found.push(format!("{at}{key}"));
            continue;
        };
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for element in elements.iter().filter_map(Value::as_object) {
            found.extend(undeclared(element, &attribute.sub_attributes, &format!("{at}{key}.")));
        }
    }
    found
}

on_each_engine! {
    /// T5, decisions 8 and 9: `managerId`, `"True"`, `null`, URNs of SCIM 1.1 or of Microsoft's own, keys in other letters:
    /// none of it is in what is stored.
    async fn t5_no_dialect_is_left_in_what_is_stored(daemon: Daemon) {
        for recording in recordings() {
            let idp = daemon.tenant(&recording.name.replace('/', "-"));
            Replay::new(&idp.base(), &idp.token).without_clean_up().run(&recording, |_| ()).await.unwrap();
        }
        let user = ResourceType::user();
        let common = user.common.attributes.iter().chain(&user.core.attributes).cloned().collect::<Vec<_>>();
        let documents = daemon.database.texts("SELECT document FROM employees").await;
        assert!(documents.len() > 10, "{documents:?}");
        for document in documents {
            let Value::Object(mut stored) = serde_json::from_str(&document).unwrap() else { panic!("{document}") };
            let mut urns = vec![user.core.id.as_str()];
            let mut foreign = Vec::new();
            for extension in user.extensions.iter().map(|extension| &extension.schema) {
                urns.push(&extension.id);
                if let Some(Value::Object(block)) = stored.remove(&extension.id) {
                    foreign.extend(undeclared(&block, &extension.attributes, ""));
                }
            }
            foreign.extend(undeclared(&stored, &common, ""));
            assert!(foreign.is_empty(), "{foreign:?} in {document}");
            assert!(stored.values().all(|value| !value.is_null()), "{document}");
            assert!(stored.get("active").is_none_or(Value::is_boolean), "{document}");
            let schemas = stored.get("schemas").and_then(Value::as_array).into_iter().flatten();
            assert!(schemas.filter_map(Value::as_str).all(|urn| urns.contains(&urn)), "{document}");
        }
    }
}
