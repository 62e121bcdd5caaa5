//! `/announcements`: audio announcements and their sound.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::files::Sound;
use super::{ThingsQuery, note};
use crate::app::App;
use crate::app::administration::stock::{self, NewAnnouncement, StockThing};
use crate::app::administration::{Answer, Change};
use crate::app::authentication::AdminReader;
use crate::base::ids::{PoolId, ThingId};
use crate::domain::thing::audio;
use crate::domain::thing::{Class, Details};
use crate::http::api::answer::{Answered, Page, Reply, page};
use crate::http::api::body::{Command, MergePatch};
use crate::http::api::problem::Problem;
use crate::http::api::request::{Id, Parameters, paging};

stock_resource! {
    /// An audio announcement.
    pub struct Announcement of thing {
        /// The name.
        name: String = thing.thing.label.as_str().to_owned(),
        /// What it says.
        #[schema(required)]
        description: Option<String> = description(&thing),
        /// Its sound; null: none has been given.
        #[schema(required)]
        audio: Option<Audio> = match &thing.thing.details {
            Details::Announcement(details) => details.audio.map(Audio::from),
            _ => None,
        },
    }
}

/// What is known of the sound of an announcement.
#[derive(Debug, Serialize, ToSchema)]
pub struct Audio {
    /// The media type under which it is served.
    media_type: String,
    /// How long it lasts.
    milliseconds: u32,
    /// How large it is.
    bytes: u32,
}

impl From<audio::Audio> for Audio {
    fn from(audio: audio::Audio) -> Self {
        Self { media_type: audio.format.media_type().to_owned(), milliseconds: audio.milliseconds, bytes: audio.bytes }
    }
}

fn description(thing: &StockThing) -> Option<String> {
    match &thing.thing.details {
        Details::Announcement(details) => note(details.description.as_str()),
        _ => None,
    }
}

/// What may be written of an announcement; its sound is uploaded afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementWrite {
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it says.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// The pool that it goes to.
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
    /// It is out of use from the beginning.
    #[serde(default)]
    disabled: bool,
}

/// What may be changed of an announcement.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementChange {
    /// The name, unique in the tenant, letter case aside.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    description: Option<String>,
    /// The pool that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pool: Option<PoolId>,
}

/// A patch of that.
type AnnouncementPatch = MergePatch<AnnouncementChange>;

/// The announcements by name.
#[utoipa::path(get, path = "/announcements", operation_id = "list_announcements", tag = "announcements",
    params(ThingsQuery), responses((status = 200, description = "A page of announcements", body = Page<Announcement>)))]
pub async fn list(
    reader: AdminReader,
    Parameters(query): Parameters<ThingsQuery>,
    State(app): State<App>,
) -> Result<Reply, Problem> {
    let (filter, paging) = (query.query(), paging(query.limit, query.cursor)?);
    let things = app.administration().stock(&reader, Class::Announcement, &filter, &paging).await?;
    Ok(page(things, Announcement::from))
}

/// Add an announcement.
#[utoipa::path(post, path = "/announcements", operation_id = "add_announcement", tag = "announcements",
    request_body = AnnouncementWrite,
    responses((status = 201, description = "The new announcement", body = Announcement)))]
pub async fn create(
    change: Change,
    State(app): State<App>,
    Command { body, key }: Command<AnnouncementWrite>,
) -> Result<Reply, Problem> {
    let AnnouncementWrite { name, description, pool, disabled } = body;
    let base = app.admin_base();
    let answered = Answered::by(key, move |thing: &StockThing| Answer {
        location: Some(format!("{base}/announcements/{}", thing.thing.id)),
        ..answer(StatusCode::CREATED, thing)
    });
    let new = NewAnnouncement { name, description, pool, disabled }.read()?;
    let added = app.administration().add_thing(change, new, answered.once()).await?;
    Ok(answered.reply(added))
}

/// Change an announcement.
#[utoipa::path(patch, path = "/announcements/{id}", operation_id = "change_announcement", tag = "announcements",
    params(("id" = uuid::Uuid, Path, description = "The announcement")),
    request_body(content((AnnouncementPatch = "application/merge-patch+json"), (AnnouncementPatch = "application/json"))),
    responses((status = 200, description = "The announcement as it is now", body = Announcement)))]
pub async fn patch(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    patch: AnnouncementPatch,
) -> Result<Reply, Problem> {
    let wanted = move |current: &StockThing| {
        let before = AnnouncementChange {
            name: current.thing.label.as_str().to_owned(),
            description: description(current),
            pool: current.thing.pool,
        };
        let after = patch.apply(&before)?;
        Ok((stock::announcement(current, &after.name, after.description.as_deref())?, after.pool))
    };
    let thing = app.administration().change_stock(change, Class::Announcement, id, wanted).await?;
    Ok(Reply::new(ok(&thing)))
}

/// The sound of an announcement.
#[utoipa::path(get, path = "/announcements/{id}/audio", operation_id = "get_announcement_audio", tag = "announcements",
    params(("id" = uuid::Uuid, Path, description = "The announcement")),
    responses((status = 200, description = "The file",
        content((Vec<u8> = "audio/wav"), (Vec<u8> = "audio/mpeg"), (Vec<u8> = "audio/ogg")))))]
pub async fn get_audio(reader: AdminReader, Id(id): Id<ThingId>, State(app): State<App>) -> Result<Response, Problem> {
    let (audio, file) = app.administration().audio(&reader, id).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(audio.format.media_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, file).into_response())
}

/// Give an announcement its sound: a WAV, MP3 or Ogg file of at most 10 MiB and 10 minutes, told by its content.
#[utoipa::path(put, path = "/announcements/{id}/audio", operation_id = "set_announcement_audio", tag = "announcements",
    params(("id" = uuid::Uuid, Path, description = "The announcement")),
    request_body(content((Vec<u8> = "audio/wav"), (Vec<u8> = "audio/mpeg"), (Vec<u8> = "audio/ogg"))),
    responses((status = 200, description = "The announcement as it is now", body = Announcement)))]
pub async fn put_audio(
    change: Change,
    Id(id): Id<ThingId>,
    State(app): State<App>,
    Sound(file): Sound,
) -> Result<Reply, Problem> {
    let thing = app.administration().set_audio(change, id, Some(file)).await?;
    Ok(Reply::new(ok(&thing)))
}

/// Take the sound of an announcement away.
#[utoipa::path(delete, path = "/announcements/{id}/audio", operation_id = "delete_announcement_audio",
    tag = "announcements", params(("id" = uuid::Uuid, Path, description = "The announcement")),
    responses((status = 204, description = "It is gone")))]
pub async fn delete_audio(change: Change, Id(id): Id<ThingId>, State(app): State<App>) -> Result<StatusCode, Problem> {
    app.administration().set_audio(change, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

stock_handlers! {
    Announcement, Class::Announcement, "announcements", "The announcement";
    get "/announcements/{id}" "get_announcement" "One announcement.",
    delete "delete_announcement" "Take an announcement out of stock, with its sound.",
    disable "/announcements/{id}/disable" "disable_announcement" "Take an announcement out of use: whoever has it keeps it, nobody gets it.",
    enable "/announcements/{id}/enable" "enable_announcement" "Put an announcement back into use."
}
