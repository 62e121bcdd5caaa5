//! The stock: `/numbers`, `/extensions`, `/devices`, `/destinations`, `/announcements`, `/mailboxes`, and what all of them
//! share.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::administration::stock::{AskedState, Having, StockQuery, StockThing};
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, PoolId, ThingId};
use crate::domain::thing::State;

/// Declares what is shown of a thing: what all things show, and between it what is particular to its class.
macro_rules! stock_resource {
    (
        $(#[$meta:meta])*
        pub struct $name:ident of $thing:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $value:expr,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[allow(clippy::struct_field_names, reason = "an extension has an extension, a number a number")]
        pub struct $name {
            /// The identifier.
            #[schema(value_type = uuid::Uuid)]
            id: crate::base::ids::ThingId,
            $($(#[$field_meta])* $field: $type,)*
            /// The pool that it is in.
            #[schema(value_type = Option<uuid::Uuid>, required)]
            pool: Option<crate::base::ids::PoolId>,
            /// What may be done with it.
            state: $crate::http::api::stock::ThingState,
            /// How many employees have it: of what one has alone, one or nobody.
            holders: u32,
            /// When it came into stock.
            #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
            #[schema(value_type = String, format = DateTime)]
            created_at: crate::base::clock::Ts,
            /// When it was changed last; it changes with its holder, too.
            #[serde(serialize_with = "crate::domain::tenant::rfc3339")]
            #[schema(value_type = String, format = DateTime)]
            updated_at: crate::base::clock::Ts,
        }

        impl From<crate::app::administration::stock::StockThing> for $name {
            fn from($thing: crate::app::administration::stock::StockThing) -> Self {
                $(let $field = $value;)*
                Self {
                    id: $thing.thing.id,
                    $($field,)*
                    pool: $thing.thing.pool,
                    state: $thing.state.into(),
                    holders: $thing.holders,
                    created_at: $thing.thing.created_at,
                    updated_at: $thing.thing.updated_at,
                }
            }
        }
    };
}

/// Declares the handlers that are the same for every class.
macro_rules! stock_handlers {
    (
        $Resource:ident, $class:expr, $tag:tt, $noun:tt;
        get $one:tt $get:tt $get_doc:tt,
        delete $delete:tt $delete_doc:tt,
        disable $disable_path:tt $disable:tt $disable_doc:tt,
        enable $enable_path:tt $enable:tt $enable_doc:tt
        $(, free $hold_path:tt $free:tt $free_doc:tt)?
    ) => {
        fn answer(
            status: http::StatusCode,
            thing: &crate::app::administration::stock::StockThing,
        ) -> crate::app::administration::Answer {
            crate::http::api::answer::shown(status, thing.thing.version, &$Resource::from(thing.clone()))
        }

        fn ok(thing: &crate::app::administration::stock::StockThing) -> crate::app::administration::Answer {
            answer(http::StatusCode::OK, thing)
        }

        #[doc = $get_doc]
        #[utoipa::path(get, path = $one, operation_id = $get, tag = $tag,
            params(("id" = uuid::Uuid, Path, description = $noun)),
            responses((status = 200, description = $noun, body = $Resource)))]
        pub async fn get(
            reader: crate::app::authentication::AdminReader,
            crate::http::api::request::Id(id): crate::http::api::request::Id<crate::base::ids::ThingId>,
            has: crate::http::extract::entity_tags::IfNoneMatch,
            axum::extract::State(app): axum::extract::State<crate::app::App>,
        ) -> Result<crate::http::api::answer::Reply, crate::http::api::problem::Problem> {
            let thing = app.administration().stock_thing(&reader, $class, id).await?;
            Ok(crate::http::api::answer::Reply::found(ok(&thing), &has))
        }

        #[doc = $delete_doc]
        #[utoipa::path(delete, path = $one, operation_id = $delete, tag = $tag,
            params(("id" = uuid::Uuid, Path, description = $noun), crate::http::api::stock::RemoveQuery),
            responses((status = 204, description = "It is gone")))]
        pub async fn delete(
            change: crate::app::administration::Change,
            crate::http::api::request::Id(id): crate::http::api::request::Id<crate::base::ids::ThingId>,
            crate::http::api::request::Parameters(query): crate::http::api::request::Parameters<
                crate::http::api::stock::RemoveQuery,
            >,
            axum::extract::State(app): axum::extract::State<crate::app::App>,
        ) -> Result<http::StatusCode, crate::http::api::problem::Problem> {
            app.administration().remove_stock(change, $class, id, query.into()).await?;
            Ok(http::StatusCode::NO_CONTENT)
        }

        #[doc = $disable_doc]
        #[utoipa::path(post, path = $disable_path, operation_id = $disable, tag = $tag,
            params(("id" = uuid::Uuid, Path, description = $noun)),
            responses((status = 200, description = "As it is now", body = $Resource)))]
        pub async fn disable(
            change: crate::app::administration::Change,
            crate::http::api::request::Id(id): crate::http::api::request::Id<crate::base::ids::ThingId>,
            axum::extract::State(app): axum::extract::State<crate::app::App>,
            crate::http::api::body::BareCommand { key }: crate::http::api::body::BareCommand,
        ) -> Result<crate::http::api::answer::Reply, crate::http::api::problem::Problem> {
            let answered = crate::http::api::answer::Answered::by(key, ok);
            let done = app.administration().set_in_use(change, $class, id, false, answered.once()).await?;
            Ok(answered.reply(done))
        }

        #[doc = $enable_doc]
        #[utoipa::path(post, path = $enable_path, operation_id = $enable, tag = $tag,
            params(("id" = uuid::Uuid, Path, description = $noun)),
            responses((status = 200, description = "As it is now", body = $Resource)))]
        pub async fn enable(
            change: crate::app::administration::Change,
            crate::http::api::request::Id(id): crate::http::api::request::Id<crate::base::ids::ThingId>,
            axum::extract::State(app): axum::extract::State<crate::app::App>,
            crate::http::api::body::BareCommand { key }: crate::http::api::body::BareCommand,
        ) -> Result<crate::http::api::answer::Reply, crate::http::api::problem::Problem> {
            let answered = crate::http::api::answer::Answered::by(key, ok);
            let done = app.administration().set_in_use(change, $class, id, true, answered.once()).await?;
            Ok(answered.reply(done))
        }

        $(
            #[doc = $free_doc]
            #[utoipa::path(delete, path = $hold_path, operation_id = $free, tag = $tag,
                params(("id" = uuid::Uuid, Path, description = $noun)),
                responses((status = 204, description = "It is on hold no longer")))]
            pub async fn free(
                change: crate::app::administration::Change,
                crate::http::api::request::Id(id): crate::http::api::request::Id<crate::base::ids::ThingId>,
                axum::extract::State(app): axum::extract::State<crate::app::App>,
            ) -> Result<http::StatusCode, crate::http::api::problem::Problem> {
                app.administration().end_hold(change, $class, id).await?;
                Ok(http::StatusCode::NO_CONTENT)
            }
        )?
    };
}

pub mod announcements;
pub mod destinations;
pub mod devices;
pub mod extensions;
pub mod files;
pub mod holds;
pub mod mailboxes;
pub mod numbers;

/// `free`: anybody may get it, and nobody has it; `assigned`: somebody has it, or several have what many may have; `held`:
/// on hold for whoever had it; `disabled`: nobody gets it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThingState {
    /// Anybody may get it, and nobody has it.
    Free,
    /// Somebody has it; what many may have, others may get, too.
    Assigned,
    /// It is on hold for whoever had it.
    Held,
    /// Nobody gets it; whoever has it keeps it.
    Disabled,
}

impl From<State> for ThingState {
    fn from(state: State) -> Self {
        match state {
            State::Free => Self::Free,
            State::Assigned { .. } | State::Shared { .. } => Self::Assigned,
            State::Held { .. } => Self::Held,
            State::Disabled => Self::Disabled,
        }
    }
}

impl From<ThingState> for AskedState {
    fn from(state: ThingState) -> Self {
        match state {
            ThingState::Free => Self::Free,
            ThingState::Assigned => Self::Assigned,
            ThingState::Held => Self::Held,
            ThingState::Disabled => Self::Disabled,
        }
    }
}

/// Which things.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThingsQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<ThingState>,
    /// Only those in this pool.
    #[param(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// Only what this employee has, alone or with others.
    #[param(value_type = Option<uuid::Uuid>)]
    holder: Option<EmployeeId>,
    /// Only those whose key, name or note contains this text, letter case aside.
    q: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl ThingsQuery {
    fn query(&self) -> StockQuery {
        StockQuery {
            kind: None,
            state: self.state.map(AskedState::from),
            pool: self.pool,
            holder: self.holder,
            containing: self.q.clone(),
        }
    }
}

/// How a thing goes out of stock.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemoveQuery {
    /// Take it from whoever has it, and end its hold; without it, a thing in use is refused.
    #[param(default = false)]
    revoke: Option<bool>,
}

impl From<RemoveQuery> for Having {
    fn from(query: RemoveQuery) -> Self {
        if query.revoke == Some(true) { Self::Revoke } else { Self::Refuses }
    }
}

/// What came into stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockAdded {
    /// How many things.
    count: usize,
    /// The things, in the order in which they were asked for.
    things: Vec<AddedThing>,
    /// What lies in a range and cannot be in stock, with the reason.
    left_out: Vec<String>,
}

/// One thing that came into stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedThing {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: ThingId,
    /// The number or the digits.
    key: String,
}

impl From<crate::app::administration::stock::Added> for StockAdded {
    fn from(added: crate::app::administration::stock::Added) -> Self {
        let things: Vec<AddedThing> = added.things.into_iter().map(|(id, key)| AddedThing { id, key }).collect();
        Self { count: things.len(), things, left_out: added.left_out }
    }
}

/// For whom a thing is on hold.
fn held_for(thing: &StockThing) -> Option<EmployeeId> {
    match thing.state {
        State::Held { former, .. } => former,
        State::Free | State::Assigned { .. } | State::Shared { .. } | State::Disabled => None,
    }
}

/// Until when a thing is on hold.
fn held_until(thing: &StockThing) -> Option<Ts> {
    match thing.state {
        State::Held { until, .. } => Some(until),
        State::Free | State::Assigned { .. } | State::Shared { .. } | State::Disabled => None,
    }
}

/// Writes an instant as RFC 3339 text, or null.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub fn rfc3339_or_null<S: serde::Serializer>(instant: &Option<Ts>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => serializer.collect_str(instant),
        None => serializer.serialize_none(),
    }
}

/// A note as it is written again: nothing for an empty one.
fn note(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
