//! `/employees/{id}/photo`: an image goes in, and comes out as it was written anew (W4).

use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::body::bytes_of_type;
use super::problem::{Kind, Problem};
use super::request::Id;
use crate::app::App;
use crate::app::administration::Change;
use crate::app::administration::employees::KeptPhoto;
use crate::app::authentication::AdminReader;
use crate::base::ids::EmployeeId;
use crate::domain::photo::MAX_BYTES;
use crate::http::extract::entity_tags::IfNoneMatch;
use crate::http::state::HttpState;

/// What a photo may be uploaded as.
const TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];
const NOSNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

/// The file of a photo, which its content says the type of.
#[derive(Debug)]
pub struct Upload(Bytes);

impl FromRequest<HttpState> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (_, bytes) = bytes_of_type(request, state, &TYPES, MAX_BYTES).await?;
        Ok(Self(bytes))
    }
}

/// An image as a body.
pub struct ImageFile;

impl PartialSchema for ImageFile {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for ImageFile {}

fn etag(photo: &KeptPhoto) -> String {
    format!("\"{}.{:08x}\"", photo.version, crc32fast::hash(&photo.image))
}

/// The photo of an employee.
#[utoipa::path(get, path = "/employees/{id}/photo", operation_id = "get_photo", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 200, description = "The photo", body = inline(ImageFile), content_type = "image/jpeg")))]
pub async fn get(
    reader: AdminReader,
    Id(id): Id<EmployeeId>,
    has: IfNoneMatch,
    State(app): State<App>,
) -> Result<Response, Problem> {
    let photo = app.administration().photo(&reader, id).await?;
    let tag = etag(&photo);
    let mut headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-store")), NOSNIFF]);
    headers.extend(HeaderValue::try_from(&tag).ok().map(|tag| (ETAG, tag)));
    if has.holds(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.extend(HeaderValue::try_from(&photo.media_type).ok().map(|kind| (CONTENT_TYPE, kind)));
    Ok((headers, photo.image).into_response())
}

/// Take an image for the photo of an employee. It is kept as a JPEG of at most 512 pixels a side, without metadata.
#[utoipa::path(put, path = "/employees/{id}/photo", operation_id = "set_photo", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    request_body(content((inline(ImageFile) = "image/png"), (inline(ImageFile) = "image/jpeg"), (inline(ImageFile) = "image/webp"))),
    responses((status = 204, description = "It is his photo now")))]
pub async fn put(
    change: Change,
    Id(id): Id<EmployeeId>,
    State(app): State<App>,
    Upload(file): Upload,
) -> Result<Response, Problem> {
    if file.is_empty() {
        return Err(Problem::new(Kind::Malformed, "the body is empty; send the file of the photo"));
    }
    let photo = app.administration().set_photo(change, id, file).await?;
    Ok((StatusCode::NO_CONTENT, [(ETAG, etag(&photo))]).into_response())
}

/// Take the photo of an employee away.
#[utoipa::path(delete, path = "/employees/{id}/photo", operation_id = "delete_photo", tag = "employees",
    params(("id" = uuid::Uuid, Path, description = "The employee")),
    responses((status = 204, description = "There is none now")))]
pub async fn delete(change: Change, Id(id): Id<EmployeeId>, State(app): State<App>) -> Result<StatusCode, Problem> {
    app.administration().delete_photo(change, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
