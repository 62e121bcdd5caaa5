//! `/Bulk`: RFC 7644, section 3.7.
//!
//! Each operation is a request of its own: its own transaction, event and result. They are carried out one after the
//! other, so that a bulk request takes no more from other clients than one client does that sends them one by one.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::error::ScimError;
use super::resource::ScimResource;
use crate::app::authentication::ProvisioningClient;
use crate::app::provisioning::groups::StoredGroup;
use crate::app::provisioning::{RequestContext, StoredUser};
use crate::http::extract::body::BulkJson;
use crate::http::extract::entity_tags::if_match;
use crate::http::state::HttpState;
use crate::scim::bulk::{Action, Endpoint, Entry, Next, Operation, Schedule, Stage, Step, parse};
use crate::scim::urn;

/// `POST /Bulk`: 200 with a result for each operation that was carried out or refused.
pub async fn bulk(
    client: ProvisioningClient,
    context: RequestContext,
    State(state): State<HttpState>,
    BulkJson(body): BulkJson,
) -> Result<Response, ScimError> {
    let mut schedule = Schedule::new(parse(&body)?);
    drop(body);
    let mut results: Vec<Option<OperationResult>> = Vec::new();
    results.resize_with(schedule.request().entries.len(), || None);
    loop {
        match schedule.proceed() {
            Next::Do(step) => {
                let outcome = carry_out(&step.operation, &client, &context, &state).await;
                match &outcome {
                    Ok(done) => schedule.ended(&step, Ok(&done.id)),
                    Err(error) => {
                        note_trouble(error);
                        schedule.ended(&step, Err(()));
                    }
                }
                if let Some(slot) = results.get_mut(step.index) {
                    *slot = Some(OperationResult::of(&step, outcome, slot.take(), &state.scim_base));
                }
                // However fast the database is, others have their turn between two operations.
                tokio::task::yield_now().await;
            }
            Next::Refuse(index, error) => {
                if let Some(slot) = results.get_mut(index) {
                    let before = slot.take();
                    let location = before.and_then(|before| before.location);
                    *slot = Some(OperationResult { location, ..OperationResult::refused(&error.into()) });
                }
            }
            Next::End => break,
        }
    }
    let entries = &schedule.request().entries;
    let results: Vec<Value> =
        entries.iter().zip(results).filter_map(|(entry, result)| Some(result?.into_json(entry))).collect();
    let message = json!({"schemas": [urn::BULK_RESPONSE], "Operations": results});
    Ok(ScimResource::streamed(StatusCode::OK, message.to_string().into()).into_response())
}

/// Trouble on our side is in the log, as it is when a request alone meets it.
fn note_trouble(error: &ScimError) {
    if let Some(cause) = error.cause() {
        tracing::error!(http.status = error.status(), error = cause, "an operation of a bulk request failed");
    }
}

/// A resource after an operation.
struct Done {
    status: StatusCode,
    id: String,
    location: String,
    /// `None` once it is deleted.
    etag: Option<String>,
}

impl Done {
    fn user(status: StatusCode, user: &StoredUser, base: &str) -> Self {
        Self { status, id: user.id.to_string(), location: user.location(base), etag: Some(user.etag()) }
    }

    fn group(status: StatusCode, group: &StoredGroup, base: &str) -> Self {
        Self { status, id: group.id.to_string(), location: group.location(base), etag: Some(group.etag()) }
    }

    fn deleted(operation: &Operation, base: &str) -> Self {
        let location = location(operation, base);
        Self { status: StatusCode::NO_CONTENT, id: operation.id.clone(), location, etag: None }
    }
}

fn location(operation: &Operation, base: &str) -> String {
    format!("{base}{}/{}", operation.endpoint.path(), operation.id)
}

async fn carry_out(
    operation: &Operation,
    client: &ProvisioningClient,
    context: &RequestContext,
    state: &HttpState,
) -> Result<Done, ScimError> {
    let (provisioning, base) = (state.app.provisioning(), &state.scim_base);
    let Operation { action, endpoint, id, data, version } = operation;
    let (if_match, data) = (if_match(version.as_deref()), data.clone());
    Ok(match (endpoint, action) {
        (Endpoint::Users, Action::Create) => {
            let user = provisioning.create_user(client, context, data).await?;
            Done::user(StatusCode::CREATED, &user, base)
        }
        (Endpoint::Users, Action::Replace) => {
            let user = provisioning.replace_user(client, context, id, &if_match, data).await?;
            Done::user(StatusCode::OK, &user, base)
        }
        (Endpoint::Users, Action::Modify) => {
            let user = provisioning.patch_user(client, context, id, &if_match, data).await?;
            Done::user(StatusCode::OK, &user, base)
        }
        (Endpoint::Users, Action::Delete) => {
            provisioning.delete_user(client, context, id, &if_match).await?;
            Done::deleted(operation, base)
        }
        (Endpoint::Groups, Action::Create) => {
            let group = provisioning.create_group(client, context, data).await?;
            Done::group(StatusCode::CREATED, &group, base)
        }
        (Endpoint::Groups, Action::Replace) => {
            provisioning.replace_group(client, context, id, &if_match, data).await?;
            Done::group(StatusCode::OK, &provisioning.group(client, id).await?, base)
        }
        (Endpoint::Groups, Action::Modify) => {
            provisioning.patch_group(client, context, id, &if_match, data).await?;
            Done::group(StatusCode::OK, &provisioning.group(client, id).await?, base)
        }
        (Endpoint::Groups, Action::Delete) => {
            provisioning.delete_group(client, context, id, &if_match).await?;
            Done::deleted(operation, base)
        }
    })
}

/// What is said of one operation.
struct OperationResult {
    status: u16,
    location: Option<String>,
    etag: Option<String>,
    error: Option<Value>,
}

impl OperationResult {
    fn of(step: &Step, outcome: Result<Done, ScimError>, before: Option<Self>, base: &str) -> Self {
        match outcome {
            // The client asked for one thing; that it took two steps is not his affair.
            Ok(done) => Self {
                status: before.map_or(done.status.as_u16(), |before| before.status),
                location: Some(done.location),
                etag: done.etag,
                error: None,
            },
            Err(error) => {
                let has_place = step.stage == Stage::Completion || step.operation.action != Action::Create;
                let location = has_place.then(|| location(&step.operation, base));
                Self { location, ..Self::refused(&error) }
            }
        }
    }

    fn refused(error: &ScimError) -> Self {
        Self { status: error.status(), location: None, etag: None, error: Some(error.to_json()) }
    }

    fn into_json(self, entry: &Entry) -> Value {
        let mut result = Map::new();
        let texts = [("bulkId", entry.bulk_id.clone()), ("location", self.location), ("version", self.etag)];
        result.insert("method".to_owned(), entry.method.clone().into());
        result.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into()))));
        result.insert("status".to_owned(), self.status.to_string().into());
        result.extend(self.error.map(|error| ("response".to_owned(), error)));
        Value::Object(result)
    }
}
