//! What became of whom: the steps of a replay, told person by person.

use std::collections::BTreeMap;

use serde_json::Value;

use super::replay::{Answer, StepResult};

/// One person's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Whose dialect brought him.
    pub provider: String,
    /// The `id` of the SCIM User.
    pub id: String,
    /// His user name, the last one.
    pub user_name: String,
    /// What happened, in order.
    pub deeds: Vec<Deed>,
    /// Where it left him.
    pub state: State,
    /// The version that was seen last.
    version: Option<String>,
}

/// Where a story left somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// He can work.
    Active,
    /// He can neither log in nor phone.
    Locked,
    /// He is gone.
    Deleted,
}

/// One thing that happened to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A new record.
    Created,
    /// The old record, brought back.
    Revived,
    /// Some attribute.
    Changed,
    /// The user name.
    Renamed,
    /// `active` became false.
    Locked,
    /// `active` became true again.
    Unlocked,
    /// The record is gone.
    Deleted,
    /// A request about him was refused; the status says why.
    Refused(u16),
}

impl Person {
    /// The story in one line; the same thing several times in a row is counted.
    #[must_use]
    pub fn story(&self) -> String {
        let runs = self.deeds.chunk_by(|left, right| left == right);
        let told: Vec<String> = runs
            .filter_map(|run| {
                let words = run.first()?.to_string();
                Some(if run.len() == 1 { words } else { format!("{words} {}×", run.len()) })
            })
            .collect();
        told.join(", ")
    }

    /// Takes over what a resource says of him. Tells whether it says more than that some attribute changed; a version
    /// that has been seen before says that nothing did.
    fn observe(&mut self, resource: &Value) -> bool {
        let before = self.deeds.len();
        let version = resource.pointer("/meta/version").and_then(Value::as_str);
        let seen = version.is_some() && version == self.version.as_deref();
        self.version = version.map(str::to_owned);
        if let Some(user_name) = resource.get("userName").and_then(Value::as_str)
            && user_name != self.user_name
        {
            user_name.clone_into(&mut self.user_name);
            self.deeds.push(Deed::Renamed);
        }
        match (resource.get("active").and_then(Value::as_bool), self.state) {
            (Some(false), State::Active) => {
                self.state = State::Locked;
                self.deeds.push(Deed::Locked);
            }
            (Some(true), State::Locked) => {
                self.state = State::Active;
                self.deeds.push(Deed::Unlocked);
            }
            _ => {}
        }
        seen || self.deeds.len() > before
    }
}

impl std::fmt::Display for Deed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Revived => f.write_str("brought back"),
            Self::Changed => f.write_str("changed"),
            Self::Renamed => f.write_str("renamed"),
            Self::Locked => f.write_str("locked"),
            Self::Unlocked => f.write_str("unlocked"),
            Self::Deleted => f.write_str("deleted"),
            Self::Refused(status) => write!(f, "refused ({status})"),
        }
    }
}

/// Everybody whom the replay of `provider` touched, in the order in which they came.
#[must_use]
pub fn people(provider: &str, results: &[StepResult]) -> Vec<Person> {
    let mut cast = Cast { provider, people: Vec::new(), by_id: BTreeMap::new() };
    for result in results {
        if let Some(answer) = &result.answer {
            cast.take_part(result, answer);
        }
    }
    cast.people
}

struct Cast<'a> {
    provider: &'a str,
    people: Vec<Person>,
    by_id: BTreeMap<String, usize>,
}

impl Cast<'_> {
    fn take_part(&mut self, result: &StepResult, answer: &Answer) {
        let path = result.path.split('?').next().unwrap_or_default();
        let Some(rest) = path.strip_prefix("/Users") else { return };
        let good = (200..300).contains(&answer.status);
        let body = answer.body.as_ref();
        match (result.method.as_str(), rest.strip_prefix('/')) {
            ("POST", None) if good => self.create(body),
            ("POST", None) => {
                let user_name = result.request.as_ref().and_then(|request| request.get("userName")?.as_str());
                if let Some(person) = user_name.and_then(|name| self.named(name)) {
                    person.deeds.push(Deed::Refused(answer.status));
                }
            }
            ("GET", None) => {
                for resource in body.and_then(|body| body.get("Resources")?.as_array()).into_iter().flatten() {
                    self.see(resource);
                }
            }
            (method, Some(id)) => {
                let Some(person) = self.by_id.get(id).and_then(|index| self.people.get_mut(*index)) else { return };
                match method {
                    "DELETE" if good => {
                        person.deeds.push(Deed::Deleted);
                        person.state = State::Deleted;
                    }
                    "GET" if good => {
                        if let Some(resource) = body {
                            person.observe(resource);
                        }
                    }
                    "GET" => {}
                    // Without a body (204) it is not known what the change came to; the next look will tell.
                    _ if good => {
                        if !body.is_some_and(|resource| person.observe(resource)) {
                            person.deeds.push(Deed::Changed);
                        }
                    }
                    _ => person.deeds.push(Deed::Refused(answer.status)),
                }
            }
            _ => {}
        }
    }

    fn create(&mut self, body: Option<&Value>) {
        let Some(resource) = body else { return };
        let text = |name| resource.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text("id");
        if let Some(person) = self.by_id.get(&id).and_then(|index| self.people.get_mut(*index)) {
            if person.state == State::Deleted {
                person.state = State::Active;
            }
            person.deeds.push(Deed::Revived);
            person.observe(resource);
            return;
        }
        self.by_id.insert(id.clone(), self.people.len());
        let mut person = Person {
            provider: self.provider.to_owned(),
            id,
            user_name: text("userName"),
            deeds: vec![Deed::Created],
            state: State::Active,
            version: None,
        };
        person.observe(resource);
        self.people.push(person);
    }

    fn see(&mut self, resource: &Value) {
        let id = resource.get("id").and_then(Value::as_str);
        if let Some(person) = id.and_then(|id| self.by_id.get(id)).and_then(|index| self.people.get_mut(*index)) {
            person.observe(resource);
        }
    }

    fn named(&mut self, user_name: &str) -> Option<&mut Person> {
        let alike = |person: &&mut Person| person.user_name.eq_ignore_ascii_case(user_name);
        self.people.iter_mut().rev().find(alike)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Deed, State, people};
    use crate::cli::demo::replay::{Answer, Outcome, StepResult};

    fn step(method: &str, path: &str, request: Value, status: u16, body: Value) -> StepResult {
        StepResult {
            step: 1,
            phase: String::new(),
            note: String::new(),
            method: method.to_owned(),
            path: path.to_owned(),
            request: (!request.is_null()).then_some(request),
            answer: Some(Answer { status, body: (!body.is_null()).then_some(body), ..Answer::default() }),
            outcome: Outcome::Right,
        }
    }

    #[test]
    fn a_life_is_told_from_creation_to_deletion() {
        let user = |name: &str, active: bool| json!({ "id": "1", "userName": name, "active": active });
        let results = [
            step("POST", "/Users", json!({ "userName": "bo" }), 201, user("bo", true)),
            step("POST", "/Users", json!({ "userName": "BO" }), 409, json!({ "status": "409" })),
            step("GET", "/Users?filter=x", json!(null), 200, json!({ "Resources": [user("bo", true)] })),
            step("PATCH", "/Users/1", json!({}), 200, user("bo", true)),
            step("PATCH", "/Users/1", json!({}), 204, json!(null)),
            step("PUT", "/Users/1", json!({}), 200, user("bo.lind", true)),
            step("PATCH", "/Users/1", json!({}), 204, json!(null)),
            step("GET", "/Users/1", json!(null), 200, user("bo.lind", false)),
            step("PATCH", "/Users/1", json!({}), 200, user("bo.lind", true)),
            step("DELETE", "/Users/1", json!(null), 204, json!(null)),
            step("GET", "/Users/1", json!(null), 404, json!({ "status": "404" })),
            step("GET", "/Groups", json!(null), 200, json!({})),
        ];
        let cast = people("Entra", &results);
        assert_eq!(cast.len(), 1);
        assert_eq!(cast[0].story(), "created, refused (409), changed 2×, renamed, changed, locked, unlocked, deleted");
        assert_eq!((cast[0].user_name.as_str(), cast[0].state), ("bo.lind", State::Deleted));
    }

    #[test]
    fn a_change_that_changed_nothing_is_no_deed() {
        let user =
            |version: &str| json!({ "id": "1", "userName": "bo", "active": true, "meta": { "version": version } });
        let results = [
            step("POST", "/Users", json!({}), 201, user("W/\"1\"")),
            step("PATCH", "/Users/1", json!({}), 200, user("W/\"1\"")),
            step("PATCH", "/Users/1", json!({}), 200, user("W/\"2\"")),
        ];
        assert_eq!(people("Entra", &results)[0].story(), "created, changed");
    }

    #[test]
    fn somebody_who_comes_back_under_the_same_id_is_no_second_person() {
        let user = json!({ "id": "1", "userName": "di", "active": true });
        let results = [
            step("POST", "/Users", json!({}), 201, user.clone()),
            step("DELETE", "/Users/1", json!(null), 204, json!(null)),
            step("POST", "/Users", json!({}), 201, user),
        ];
        let cast = people("Okta", &results);
        assert_eq!(cast.len(), 1);
        assert_eq!(cast[0].deeds, [Deed::Created, Deed::Deleted, Deed::Revived]);
        assert_eq!(cast[0].state, State::Active);
    }
}
