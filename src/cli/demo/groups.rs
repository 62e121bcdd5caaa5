//! What became of groups: the steps of a replay, told group by group.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::replay::StepResult;

/// One group's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembly {
    /// Whose dialect brought it.
    pub provider: String,
    /// The `id` of the SCIM Group.
    pub id: String,
    /// Its name, the last one seen.
    pub name: String,
    /// What happened, in one line.
    pub story: String,
    /// Who is in it, as far as answers have shown.
    pub members: BTreeSet<String>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// Every group that the replay of `provider` made, in the order in which they came.
#[must_use]
pub fn groups(provider: &str, results: &[StepResult]) -> Vec<Assembly> {
    let mut told: Vec<(Assembly, BTreeMap<&'static str, u32>)> = Vec::new();
    for result in results {
        let Some(answer) = &result.answer else { continue };
        let path = result.path.split('?').next().unwrap_or_default();
        let Some(rest) = path.strip_prefix("/Groups").filter(|_| (200..300).contains(&answer.status)) else { continue };
        if result.method == "POST" && rest.is_empty() {
            if let Some(group) = &answer.body {
                let text = |name| group.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let group = Assembly {
                    provider: provider.to_owned(),
                    id: text("id"),
                    name: text("displayName"),
                    story: String::new(),
                    members: members(group),
                    deleted: false,
                };
                told.push((group, BTreeMap::new()));
            }
            continue;
        }
        let id = rest.trim_start_matches('/');
        let Some((group, deeds)) = told.iter_mut().find(|(group, _)| group.id == id) else { continue };
        match result.method.as_str() {
            "DELETE" => group.deleted = true,
            "GET" if !result.path.contains("excludedAttributes") => {
                if let Some(shown) = &answer.body {
                    if let Some(name) = shown.get("displayName").and_then(Value::as_str) {
                        name.clone_into(&mut group.name);
                    }
                    group.members = members(shown);
                }
            }
            "PUT" | "PATCH" => {
                let about_members = result.request.as_ref().is_some_and(|sent| sent.to_string().contains("members"));
                *deeds.entry(if about_members { "members changed" } else { "renamed" }).or_default() += 1;
            }
            _ => {}
        }
    }
    told.into_iter().map(|(group, deeds)| Assembly { story: story(&deeds, group.deleted), ..group }).collect()
}

fn members(group: &Value) -> BTreeSet<String> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| Some(member.get("value")?.as_str()?.to_owned())).collect()
}

fn story(deeds: &BTreeMap<&'static str, u32>, deleted: bool) -> String {
    let counted =
        deeds.iter().map(|(what, times)| if *times == 1 { (*what).to_owned() } else { format!("{what} {times}×") });
    let end = deleted.then(|| "deleted".to_owned());
    std::iter::once("created".to_owned()).chain(counted).chain(end).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::groups;
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
    fn a_group_is_told_with_those_who_are_in_it() {
        let shown = json!({"id": "g", "displayName": "North", "members": [{"value": "1"}, {"value": "2"}]});
        let add = json!({"Operations": [{"op": "add", "path": "members"}]});
        let results = [
            step("POST", "/Groups", json!({}), 201, json!({"id": "g", "displayName": "Sales"})),
            step("PATCH", "/Groups/g", add.clone(), 204, json!(null)),
            step("PATCH", "/Groups/g", add, 204, json!(null)),
            step("PATCH", "/Groups/g", json!({"Operations": [{"path": "displayName"}]}), 204, json!(null)),
            step("PATCH", "/Groups/g", json!({}), 409, json!({})),
            step("GET", "/Groups/g", json!(null), 200, shown),
            step("GET", "/Groups/g?excludedAttributes=members", json!(null), 200, json!({"id": "g"})),
            step("GET", "/Users/1", json!(null), 200, json!({})),
        ];
        let told = groups("Okta", &results);
        assert_eq!((told.len(), told[0].name.as_str(), told[0].members.len()), (1, "North", 2));
        assert_eq!(told[0].story, "created, members changed 2×, renamed");
        let gone =
            groups("Okta", &[&results[..1], &[step("DELETE", "/Groups/g", json!(null), 204, json!(null))]].concat());
        assert_eq!((gone[0].story.as_str(), gone[0].deleted), ("created, deleted", true));
    }
}
