//! The sound of announcements.

use super::change::about;
use super::data::as_new;
use super::{StockThing, find, not_found};
use crate::app::administration::trail::{Leavings, changed};
use crate::app::administration::{Administration, AdministrationError, Change};
use crate::app::authentication::AdminReader;
use crate::base::caseless::fold;
use crate::base::ids::ThingId;
use crate::domain::audit::{Action, Subject};
use crate::domain::outbox::{About, Topic};
use crate::domain::thing::audio::{self, Audio};
use crate::domain::thing::details::AnnouncementDetails;
use crate::domain::thing::{Class, Details};
use crate::storage::stock::{self, StockWrite};
use crate::storage::{Tx, announcements};

impl Administration<'_> {
    /// The sound of an announcement, and what is known of it.
    ///
    /// # Errors
    ///
    /// `NotFound` also where the announcement has none; `Storage`.
    pub async fn audio(&self, reader: &AdminReader, id: ThingId) -> Result<(Audio, Vec<u8>), AdministrationError> {
        let (scope, now) = (reader.scope, self.now());
        let read = async move |tx: &mut Tx<'_>| {
            let announcement = find(tx, scope, Class::Announcement, id, now).await?;
            let known =
                audio_of(&announcement).ok_or(AdministrationError::NotFound("sound: this announcement has none"))?;
            let file = announcements::audio(tx, scope, id).await?.ok_or(not_found(Class::Announcement))?;
            Ok((known, file))
        };
        self.app.0.store.read(read).await
    }

    /// Gives an announcement its sound, in the place of the one before; `None` takes it away.
    ///
    /// # Errors
    ///
    /// `Audio` for a file that is no sound that telephones play, or too long; `NotFound`, `VersionMismatch`, `Storage`.
    pub async fn set_audio(
        &self,
        change: Change,
        id: ThingId,
        file: Option<bytes::Bytes>,
    ) -> Result<StockThing, AdministrationError> {
        let known = match &file {
            None => None,
            Some(file) => Some(audio::inspect(file)?),
        };
        let (scope, now) = (change.writer.scope, self.now());
        self.perform(async move |tx: &mut Tx<'_>| {
            let current = find(tx, scope, Class::Announcement, id, now).await?;
            change.check(current.thing.version)?;
            let before = as_new(&current);
            let Details::Announcement(details) = &before.details else {
                return Err(not_found(Class::Announcement));
            };
            let details = AnnouncementDetails { audio: known, ..details.clone() };
            let (key, details) = (before.key.to_string(), Details::Announcement(details).to_json());
            let row = StockWrite {
                kind: before.kind.name(),
                key: &key,
                sort_key: &before.key.sort_key(),
                pool: current.thing.pool,
                label: before.label.as_str(),
                label_key: &fold(before.label.as_str()),
                details: &details,
                needs: None,
            };
            if !stock::update(tx, scope, (id, current.thing.version), &row, now).await? {
                return Err(AdministrationError::Raced);
            }
            match &file {
                Some(file) => announcements::set_audio(tx, scope, id, file, now).await?,
                None => announcements::delete_audio(tx, scope, id).await?,
            }
            let mut leavings = Leavings::new(&change, now);
            leavings.record(Action::ThingChanged, Subject::Thing(id), changed(&["audio"]));
            leavings.tell(About::Tenant, Topic::StockChanged, about(id, &["audio"]));
            leavings.write(tx).await?;
            find(tx, scope, Class::Announcement, id, now).await
        })
        .await
    }
}

fn audio_of(announcement: &StockThing) -> Option<Audio> {
    match &announcement.thing.details {
        Details::Announcement(details) => details.audio,
        _ => None,
    }
}
