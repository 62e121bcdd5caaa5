//! Profile photos: written anew before they are kept, whoever uploads them (W4).

use serde_json::Map;

use super::NOT_FOUND;
use crate::app::administration::trail::{Leavings, changed};
use crate::app::administration::{Administration, AdministrationError, Change};
use crate::app::apart;
use crate::app::authentication::AdminReader;
use crate::app::provisioning::IfMatch;
use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::photo::{MEDIA_TYPE, Photo};
use crate::storage::photos::{self, PhotoRow};
use crate::storage::{Ids, Tx, grants};

const NO_PHOTO: AdministrationError = AdministrationError::NotFound("photo");

/// A photo as it is served.
#[derive(Clone)]
pub struct KeptPhoto {
    /// The type of the file.
    pub media_type: String,
    /// The file.
    pub image: Vec<u8>,
    /// No two photos of one employee have the same.
    pub version: i64,
}

impl From<PhotoRow> for KeptPhoto {
    fn from(row: PhotoRow) -> Self {
        Self { version: version(&row), media_type: row.media_type, image: row.image }
    }
}

/// One that is deleted leaves nothing behind, so the time is what counts.
const fn version(row: &PhotoRow) -> i64 {
    row.updated_at.micros()
}

impl Administration<'_> {
    /// The photo of an employee.
    ///
    /// # Errors
    ///
    /// `NotFound`, also where he has none; `Storage`.
    pub async fn photo(&self, reader: &AdminReader, id: EmployeeId) -> Result<KeptPhoto, AdministrationError> {
        let scope = reader.scope;
        let find = async move |tx: &mut Tx<'_>| photos::find(tx, scope, id).await;
        self.app.0.store.point(find).await?.map(KeptPhoto::from).ok_or(NO_PHOTO)
    }

    /// Takes a file for the photo of an employee, in the place of what there is.
    ///
    /// # Errors
    ///
    /// `Photo` for a file that is none, `NotFound`, `Crowded`, `VersionMismatch`, `Storage`.
    pub async fn set_photo(
        &self,
        change: Change,
        id: EmployeeId,
        file: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<KeptPhoto, AdministrationError> {
        let (scope, now) = (change.writer.scope, self.now());
        let asked = Ids(vec![id.uuid()]);
        let is_there = async move |tx: &mut Tx<'_>| grants::people(tx, scope, &asked, false).await;
        if self.app.0.store.point(is_there).await?.is_empty() {
            return Err(NOT_FOUND);
        }
        let place = self.app.0.photos.enter(scope).await?;
        let decoded = apart(move || {
            // Whoever sent it may be gone by now; the work goes on, and so does its turn.
            let _place = place;
            Photo::from_upload(file.as_ref())
        });
        let image = decoded.await?.jpeg().to_vec();
        self.perform(async move |tx: &mut Tx<'_>| {
            let before = found(tx, &change, id).await?;
            // The clock may stand still between two photos, their versions must not.
            let at = before.map_or(now, |before| now.max(Ts::from_micros(before.updated_at.micros() + 1)));
            let row = PhotoRow { media_type: MEDIA_TYPE.to_owned(), image: image.clone(), updated_at: at };
            photos::put(tx, scope, id, &row).await?;
            told(tx, &change, id, now).await?;
            Ok::<_, AdministrationError>(row.into())
        })
        .await
    }

    /// Takes the photo of an employee away.
    ///
    /// # Errors
    ///
    /// `NotFound`, also where he has none; `VersionMismatch`, `Storage`.
    pub async fn delete_photo(&self, change: Change, id: EmployeeId) -> Result<(), AdministrationError> {
        let now = self.now();
        self.perform(async move |tx: &mut Tx<'_>| {
            found(tx, &change, id).await?.ok_or(NO_PHOTO)?;
            photos::delete(tx, change.writer.scope, id).await?;
            told(tx, &change, id, now).await
        })
        .await
    }
}

/// What there is, for a change that may be made of it; nobody else changes the employee until it is.
async fn found(tx: &mut Tx<'_>, change: &Change, id: EmployeeId) -> Result<Option<PhotoRow>, AdministrationError> {
    let scope = change.writer.scope;
    if grants::lock_employees(tx, scope, &Ids(vec![id.uuid()])).await?.is_empty() {
        return Err(NOT_FOUND);
    }
    let row = photos::find(tx, scope, id).await?;
    match (&row, &change.if_match) {
        (Some(row), _) => change.check(version(row))?,
        (None, IfMatch::Versions(_)) => return Err(AdministrationError::VersionMismatch { current: 0 }),
        (None, IfMatch::Any | IfMatch::AnyBut(_) | IfMatch::Nothing) => {}
    }
    Ok(row)
}

async fn told(tx: &mut Tx<'_>, change: &Change, id: EmployeeId, now: Ts) -> Result<(), AdministrationError> {
    let mut leavings = Leavings::new(change, now);
    leavings.record(Action::EmployeeChanged, Subject::Employee(id), changed(&["photo"]));
    leavings.tell(About::Employee(id), Topic::Changed, Map::from_iter([("changed".to_owned(), ["photo"].into())]));
    Ok(leavings.write(tx).await?)
}
