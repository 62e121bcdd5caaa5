//! `/stock/import` and `/stock/export`: the stock as a CSV file; and how files are received.

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::app::administration::stock::{self, ImportOptions, Progress, StockExport};
use crate::app::administration::{AdministrationError, Change, Performed, RequestKey};
use crate::app::authentication::AdminReader;
use crate::domain::thing::audio;
use crate::domain::thing::import::{self, CheckOptions};
use crate::domain::thing::number::Overlaps;
use crate::http::api::answer::{Answered, Reply, told};
use crate::http::api::body::key;
use crate::http::api::problem::Problem;
use crate::http::api::request::Parameters;
use crate::http::extract::body::{check_type, read, room};
use crate::http::state::HttpState;

/// A CSV file, and the key under which its sender may send it again.
#[derive(Debug)]
pub struct CsvFile {
    file: Bytes,
    key: Option<RequestKey>,
}

impl FromRequest<HttpState> for CsvFile {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (parts, file) = file(request, state, &["text/csv"], import::MAX_BYTES).await?;
        Ok(Self { key: key(&parts, &file)?, file })
    }
}

/// A sound file. What it is, its content says; the type that comes with it only has to be one of sounds.
#[derive(Debug)]
pub struct Sound(pub Bytes);

/// How senders call the three formats.
const SOUNDS: [&str; 9] = [
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/vnd.wave",
    "audio/mpeg",
    "audio/mp3",
    "audio/ogg",
    "audio/opus",
    "application/octet-stream",
];

impl FromRequest<HttpState> for Sound {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let (_, file) = file(request, state, &SOUNDS, audio::MAX_BYTES).await?;
        Ok(Self(file))
    }
}

async fn file(request: Request, state: &HttpState, types: &[&str], max: usize) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers, types)?;
    let _room = room(body.size_hint().exact(), max).await?;
    let file = read(body, max, state.options.body_timeout).await?;
    Ok((parts, file))
}

/// How a file is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only look: the answer says what the file brings, or what is wrong with it, and nothing is written.
    #[param(default = false)]
    check: Option<bool>,
    /// Make the pools that the file names and that are not there; without it, such a pool is a mistake.
    #[param(default = false)]
    make_pools: Option<bool>,
    /// A number may be the beginning of another.
    #[param(default = false)]
    allow_overlaps: Option<bool>,
}

impl From<&ImportQuery> for ImportOptions {
    fn from(query: &ImportQuery) -> Self {
        let is_set = |flag: Option<bool>| flag == Some(true);
        let overlaps = if is_set(query.allow_overlaps) { Overlaps::Allowed } else { Overlaps::Refused };
        Self { check: is_set(query.check), allow: CheckOptions { overlaps, make_pools: is_set(query.make_pools) } }
    }
}

/// What a file brings, or what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    /// How many lines bring something.
    lines: u64,
    /// How many things they bring.
    things: usize,
    /// How many of each kind.
    kinds: Vec<KindCount>,
    /// The pools that are made for it.
    new_pools: Vec<String>,
    /// What is wrong, by line; the first thousand.
    mistakes: Vec<LineMessage>,
    /// How many further mistakes there are.
    more_mistakes: u64,
    /// What is worth knowing and hinders nothing.
    notices: Vec<LineMessage>,
    /// It has been written.
    written: bool,
}

/// How many there are of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindCount {
    /// The kind.
    kind: String,
    /// How many.
    count: usize,
}

/// Something about a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineMessage {
    /// The line of the file.
    line: u64,
    /// The column; null: the line as a whole.
    #[schema(required)]
    column: Option<String>,
    /// What it is, and what to change.
    message: String,
}

impl From<&stock::Imported> for ImportReport {
    fn from(imported: &stock::Imported) -> Self {
        let kinds: &BTreeMap<&str, usize> = &imported.kinds;
        let mistakes = imported.mistakes.iter().map(|mistake| LineMessage {
            line: mistake.line,
            column: mistake.column.map(|column| column.to_string()),
            message: mistake.message.clone(),
        });
        let notices = imported.notices.iter().map(|notice| LineMessage {
            line: notice.line,
            column: None,
            message: notice.message.clone(),
        });
        Self {
            lines: imported.lines,
            things: imported.things,
            kinds: kinds.iter().map(|(kind, count)| KindCount { kind: (*kind).to_owned(), count: *count }).collect(),
            new_pools: imported.new_pools.clone(),
            mistakes: mistakes.collect(),
            more_mistakes: imported.more_mistakes,
            notices: notices.collect(),
            written: imported.written,
        }
    }
}

/// Take a CSV file into the stock, as a whole or not at all. What is wrong with it is told by line and column.
#[utoipa::path(post, path = "/stock/import", operation_id = "import_stock", tag = "stock", params(ImportQuery),
    request_body(content = String, content_type = "text/csv",
        description = "The first line names the columns: kind, key, pool, label, number, target, notify, description, \
                       model, disabled. At most 10 MiB and 25,000 things."),
    responses((status = 200, description = "What the file brings; with check, also what is wrong with it",
        body = ImportReport)))]
pub async fn import(
    change: Change,
    Parameters(query): Parameters<ImportQuery>,
    State(app): State<App>,
    CsvFile { file, key }: CsvFile,
) -> Result<Reply, Problem> {
    let options = ImportOptions::from(&query);
    let answered = Answered::by(key, |imported: &stock::Imported| told(StatusCode::OK, &ImportReport::from(imported)));
    let silent = Progress::new(0);
    let imported = app.administration().import_stock(change.into(), file, options, answered.once(), silent).await?;
    match imported {
        Performed::Now(imported) if !options.check && !imported.written => {
            Err(AdministrationError::Invalid(imported.faults()).into())
        }
        imported => Ok(answered.reply(imported)),
    }
}

/// The whole stock as a CSV file that an import reads.
#[utoipa::path(get, path = "/stock/export", operation_id = "export_stock", tag = "stock",
    responses((status = 200, description = "The file", content_type = "text/csv", body = String)))]
pub async fn export(reader: AdminReader, State(app): State<App>) -> Result<Response, Problem> {
    let mut export = app.administration().export_stock(&reader);
    // What cannot even begin is told as such; what breaks off later breaks the connection.
    let first = export.next().await.map_err(AdministrationError::from)?;
    let rest = stream::try_unfold(export, async |mut export: StockExport| {
        Ok::<_, crate::app::StorageError>(export.next().await?.map(|piece| (piece, export)))
    });
    let begin = stream::iter(first.map(Ok));
    let body = Body::from_stream(futures_util::StreamExt::chain(begin, rest));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"stock.csv\"")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}
