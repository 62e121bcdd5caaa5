//! Runs a recorded conversation against a running daemon.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use uuid::Uuid;

use super::check::look_up;
use super::client::{Client, ClientError};
use super::conversation::{Conversation, Step};
use super::variables::{Missing, Place, Variables};

pub use super::client::Answer;

/// What became of one step.
#[derive(Debug, Clone)]
pub struct StepResult {
    /// Its number.
    pub step: u32,
    /// Its phase.
    pub phase: String,
    /// What it is about.
    pub note: String,
    /// The method.
    pub method: String,
    /// The path as it was sent, without the base URL; of a step left out, as it was recorded.
    pub path: String,
    /// The body as it was sent.
    pub request: Option<Value>,
    /// What came back; `None`: the step was left out.
    pub answer: Option<Answer>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Right,
    /// Otherwise; a sentence for each thing that is wrong.
    Wrong(Vec<String>),
    /// It was not sent.
    LeftOut(Reason),
}

/// Why a step was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The daemon does not offer this endpoint, says its `/ResourceTypes`.
    NotOffered(String),
    /// It needs what a step left out, or gone wrong, would have saved.
    Needs(String),
    /// It would only clear up.
    CleanUp,
}

/// Why a replay came to no end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The daemon did not answer.
    #[error("step {step}: {method} {path} got no answer")]
    NoAnswer {
        /// Which step; 0 is the question for the resource types.
        step: u32,
        /// The method.
        method: String,
        /// The path, without the base URL.
        path: String,
        /// Why.
        source: ClientError,
    },
    /// `/ResourceTypes` did not tell what there is.
    #[error("/ResourceTypes answered {0}, which tells nothing about what the daemon offers")]
    ResourceTypes(u16),
}

/// A running daemon, and how to replay to it.
#[derive(Debug)]
pub struct Replay {
    client: Client,
    base: String,
    token: String,
    clean_up: bool,
}

/// The endpoints of RFC 7644 that are no resource types: every daemon has them.
const DISCOVERY: [&str; 3] = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];

impl Replay {
    /// A replay to the SCIM base URL `base`, e.g. `http://127.0.0.1:8080/scim/v2`, with a tenant's `token`.
    #[must_use]
    pub fn new(base: &str, token: &str) -> Self {
        Self {
            client: Client::new(),
            base: base.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            clean_up: true,
        }
    }

    /// Leaves out the steps that delete everybody at the end.
    #[must_use]
    pub fn without_clean_up(mut self) -> Self {
        self.clean_up = false;
        self
    }

    /// Runs a conversation, and calls `each` after every step.
    ///
    /// Answers other than expected are part of the result; steps for which the daemon has no endpoint are left out,
    /// and so are those that need what such a step would have saved.
    ///
    /// # Errors
    ///
    /// The daemon does not answer at all.
    pub async fn run(
        &self,
        conversation: &Conversation,
        mut each: impl FnMut(&StepResult),
    ) -> Result<Vec<StepResult>, ReplayError> {
        let offered = self.offered().await?;
        let run = Uuid::new_v4().simple().to_string();
        let mut variables = Variables::new(&self.token, run.get(..6).unwrap_or(&run));
        let mut results = Vec::with_capacity(conversation.steps.len());
        for step in &conversation.steps {
            let result = self.step(step, &offered, &mut variables).await?;
            each(&result);
            results.push(result);
        }
        Ok(results)
    }

    /// The endpoints of the resource types that the daemon lists.
    async fn offered(&self) -> Result<BTreeSet<String>, ReplayError> {
        let no_answer = |source| ReplayError::NoAnswer {
            step: 0,
            method: "GET".to_owned(),
            path: "/ResourceTypes".to_owned(),
            source,
        };
        let request = Request::get(format!("{}/ResourceTypes", self.base))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Accept", "application/scim+json")
            .body(Full::default())
            .map_err(|error| no_answer(error.into()))?;
        let answer = self.client.send(request).await.map_err(no_answer)?;
        let types = answer.body.as_ref().and_then(|body| body.get("Resources")).and_then(Value::as_array);
        let types = types.filter(|_| answer.status == 200).ok_or(ReplayError::ResourceTypes(answer.status))?;
        Ok(types.iter().filter_map(|kind| kind.get("endpoint")?.as_str()).map(str::to_owned).collect())
    }

    async fn step(
        &self,
        step: &Step,
        offered: &BTreeSet<String>,
        variables: &mut Variables,
    ) -> Result<StepResult, ReplayError> {
        let endpoint = step.endpoint();
        if !DISCOVERY.contains(&endpoint) && !offered.contains(endpoint) {
            return Ok(left_out(step, Reason::NotOffered(endpoint.to_owned())));
        }
        if step.is_clean_up() && !self.clean_up {
            return Ok(left_out(step, Reason::CleanUp));
        }
        let filled = match Filled::of(step, variables) {
            Ok(filled) => filled,
            Err(Missing(name)) => return Ok(left_out(step, Reason::Needs(name))),
        };
        let answer = self.exchange(step, &filled).await.map_err(|source| ReplayError::NoAnswer {
            step: step.step,
            method: step.method.clone(),
            path: filled.path.clone(),
            source,
        })?;
        let problems = judge(step, &answer, variables);
        Ok(StepResult {
            step: step.step,
            phase: step.phase.clone(),
            note: step.note.clone(),
            method: step.method.clone(),
            path: filled.path,
            request: filled.body.as_deref().and_then(|body| serde_json::from_str(body).ok()),
            answer: Some(answer),
            outcome: if problems.is_empty() { Outcome::Right } else { Outcome::Wrong(problems) },
        })
    }

    async fn exchange(&self, step: &Step, filled: &Filled) -> Result<Answer, ClientError> {
        let mut request = Request::builder().method(step.method.as_str()).uri(format!("{}{}", self.base, filled.path));
        for (name, value) in &filled.headers {
            request = request.header(name, value);
        }
        let body = filled.body.as_ref().map_or_else(Bytes::new, |body| Bytes::from(body.clone()));
        self.client.send(request.body(Full::new(body))?).await
    }
}

/// A step with its placeholders filled in.
struct Filled {
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Filled {
    fn of(step: &Step, variables: &mut Variables) -> Result<Self, Missing> {
        let mut headers = Vec::with_capacity(step.headers.len());
        for (name, value) in &step.headers {
            headers.push((name.clone(), variables.fill(value, Place::Text)?));
        }
        Ok(Self {
            path: variables.fill(&step.path, Place::Path)?,
            headers,
            body: step.body.as_ref().map(|body| variables.fill(body.get(), Place::Json)).transpose()?,
        })
    }
}

/// Everything that is wrong with an answer. Saves what the step wants saved.
fn judge(step: &Step, answer: &Answer, variables: &mut Variables) -> Vec<String> {
    let mut problems = Vec::new();
    if !step.expect.status.contains(&answer.status) {
        let right: Vec<String> = step.expect.status.iter().map(ToString::to_string).collect();
        let detail = answer.body.as_ref().and_then(|body| body.get("detail")).and_then(Value::as_str);
        let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
        problems.push(format!("the status should be {} but is {}{detail}", right.join(" or "), answer.status));
        // Of an answer to something else, nothing is checked or saved.
        return problems;
    }
    for (name, value) in &step.expect.headers {
        let found = answer.headers.get(name).map_or("", |found| found.to_str().unwrap_or("unreadable"));
        if found != value {
            problems.push(format!("the header {name} should be {value:?} but is {found:?}"));
        }
    }
    let Some(body) = &answer.body else {
        if answer.status != 204 && !step.expect.checks.is_empty() {
            problems.push("the answer has no JSON body".to_owned());
        }
        return problems;
    };
    for (name, path) in &step.save {
        match look_up(path, body).ok().flatten() {
            Some(Value::String(value)) => variables.save(name, value.clone()),
            Some(other) => variables.save(name, other.to_string()),
            None => problems.push(format!("{path} should be kept as {name} but is missing")),
        }
    }
    for check in &step.expect.checks {
        match check.complaint(body, variables) {
            Ok(complaint) => problems.extend(complaint),
            Err(missing) => problems.push(missing.to_string()),
        }
    }
    problems
}

fn left_out(step: &Step, reason: Reason) -> StepResult {
    StepResult {
        step: step.step,
        phase: step.phase.clone(),
        note: step.note.clone(),
        method: step.method.clone(),
        path: step.path.clone(),
        request: None,
        answer: None,
        outcome: Outcome::LeftOut(reason),
    }
}

#[cfg(test)]
mod tests {
    use axum::Json;
    use axum::extract::Path;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use serde_json::{Value, json};

    use super::{Outcome, Reason, Replay, ReplayError};
    use crate::cli::demo::conversation::Conversation;

    /// A server that knows Users only, echoes what it is told, and calls everybody u/1.
    async fn server() -> String {
        let users = post(|Json(mut user): Json<Value>| async {
            user["id"] = json!("u/1");
            (StatusCode::CREATED, Json(user))
        });
        let router = axum::Router::new()
            .route("/ResourceTypes", get(|| async { Json(json!({ "Resources": [{ "endpoint": "/Users" }] })) }))
            .route("/Users", users)
            .route("/Users/{id}", get(|Path(id): Path<String>| async move { Json(json!({ "id": id })) }))
            .route("/broken/ResourceTypes", get(|| async { (StatusCode::UNAUTHORIZED, "no") }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    fn conversation(steps: &[Value]) -> Conversation {
        let lines: Vec<String> = steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let mut line = json!({
                    "step": index + 1, "phase": "joiner", "note": "", "method": "GET", "path": "/Users/x",
                    "headers": { "Authorization": "Bearer ${token}" }, "body": null,
                    "expect": { "status": [200], "checks": [] },
                });
                for (key, value) in step.as_object().unwrap() {
                    line[key] = value.clone();
                }
                line.to_string()
            })
            .collect();
        Conversation::parse("test", &lines.join("\n")).unwrap()
    }

    #[tokio::test]
    async fn a_conversation_saves_fills_in_checks_and_leaves_out() {
        let create = json!({
            "method": "POST", "path": "/Users", "headers": { "Content-Type": "application/json" },
            "body": { "userName": "ada.${run}" }, "save": { "user1.id": "$.id" },
            "expect": { "status": [201], "checks": [{ "path": "$.userName", "op": "eq", "value": "ada.${run}" }] },
        });
        let steps = [
            create,
            json!({ "path": "/Users/${user1.id}", "expect": { "status": [200], "checks": [
                { "path": "$.id", "op": "eq", "value": "${user1.id}" },
                { "path": "$.userName", "op": "exists", "value": true },
            ] } }),
            json!({ "method": "POST", "path": "/Groups", "save": { "group1.id": "$.id" } }),
            json!({ "path": "/Users/${group1.id}" }),
            json!({ "path": "/Users/y", "expect": {
                "status": [200], "headers": { "content-type": "application/scim+json", "etag": "" }, "checks": [],
            } }),
            json!({ "path": "/Users/y", "expect": { "status": [404], "checks": [] } }),
            json!({ "path": "/Users/z", "phase": "end" }),
        ];
        let replay = Replay::new(&format!("{}/", server().await), "dgs_x").without_clean_up();
        let mut seen = 0;
        let results = replay.run(&conversation(&steps), |_| seen += 1).await.unwrap();

        let outcomes: Vec<&Outcome> = results.iter().map(|result| &result.outcome).collect();
        let wrong = |text: &str| Outcome::Wrong(vec![text.to_owned()]);
        assert_eq!(
            outcomes,
            [
                &Outcome::Right,
                &wrong("$.userName should exist: true but is missing"),
                &Outcome::LeftOut(Reason::NotOffered("/Groups".to_owned())),
                &Outcome::LeftOut(Reason::Needs("group1.id".to_owned())),
                &wrong("the header content-type should be \"application/scim+json\" but is \"application/json\""),
                &wrong("the status should be 404 but is 200"),
                &Outcome::LeftOut(Reason::CleanUp),
            ]
        );
        assert_eq!(seen, 7);
        assert_eq!(results[1].path, "/Users/u%2F1");
        assert_eq!(results[0].answer.as_ref().unwrap().status, 201);
        let sent = results[0].request.as_ref().unwrap()["userName"].as_str().unwrap();
        assert!(sent.len() == "ada.".len() + 6, "{sent}");
    }

    #[tokio::test]
    async fn a_daemon_that_does_not_answer_is_an_error() {
        let base = server().await;
        let error = Replay::new(&format!("{base}/broken"), "x").run(&conversation(&[]), |_| ()).await.unwrap_err();
        assert!(matches!(error, ReplayError::ResourceTypes(401)), "{error}");
        let error = Replay::new("http://127.0.0.1:1/scim/v2", "x").run(&conversation(&[]), |_| ()).await.unwrap_err();
        assert_eq!(error.to_string(), "step 0: GET /ResourceTypes got no answer");
    }
}
