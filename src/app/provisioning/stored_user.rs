//! A user as it is stored, and its JSON form.
//!
//! The version is that of the employee's own row. His groups are derived from theirs: joining or leaving one is a change
//! of the group and leaves his version as it was. So the entity tag of one who is in groups has a mark behind the version
//! that changes with them, for clients that ask whether what they have is still so; a precondition minds the version alone.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::lock::Lock;
use crate::domain::office_desk::Status;
use crate::scim::urn;
use crate::storage::employees::UserRow;

/// A SCIM User as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredUser {
    /// The identifier.
    pub id: EmployeeId,
    /// Counts the changes, from 1; also the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Ts,
    /// When it was changed last.
    pub updated_at: Ts,
    /// Whose keys lock the employee.
    pub lock: Lock,
    /// Counts the lives of his credentials (K3).
    pub(super) auth_epoch: i64,
    /// The canonical JSON object without `id`, `meta`, `groups` and what the telephone side adds.
    pub document: String,
    /// What he has of the telephone system, as attributes of the telephony extension: a JSON object.
    pub(super) telephony: Option<String>,
    /// The groups that he is in; empty also when nobody asked.
    pub groups: Vec<UserGroup>,
}

/// A group that a user is in (RFC 7643, section 4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroup {
    /// The identifier.
    pub id: GroupId,
    /// The name.
    pub display: String,
    /// Whether he is in it himself, or a group that he is in.
    pub direct: bool,
}

impl UserGroup {
    /// Reads what the database gathers: a JSON list of `[id, name, 1 if direct]`.
    fn read(gathered: Option<&str>) -> Vec<Self> {
        let rows: Vec<(Uuid, String, u8)> = gathered.map_or_else(Vec::new, |text| {
            serde_json::from_str(text).expect("the database makes this list, and a test reads it on both engines")
        });
        rows.into_iter().map(|(id, display, direct)| Self { id: id.into(), display, direct: direct == 1 }).collect()
    }
}

impl From<UserRow> for StoredUser {
    fn from(row: UserRow) -> Self {
        Self {
            groups: UserGroup::read(row.groups.as_deref()),
            id: row.id,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            lock: row.lock(),
            auth_epoch: row.auth_epoch,
            document: row.document,
            telephony: row.telephony,
        }
    }
}

impl StoredUser {
    /// The weak entity tag, e.g. `W/"3"` (decision 14), or `W/"3.5f2a0011"` with [`groups_mark`](Self::groups_mark).
    #[must_use]
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.tag())
    }

    fn tag(&self) -> String {
        match self.groups_mark() {
            None => self.version.to_string(),
            Some(mark) => format!("{}.{mark:08x}", self.version),
        }
    }

    /// What tells his groups as they are shown from others; nothing when none are shown.
    #[must_use]
    pub fn groups_mark(&self) -> Option<u32> {
        let mut mark = crc32fast::Hasher::new();
        for UserGroup { id, display, direct } in &self.groups {
            mark.update(id.uuid().as_bytes());
            mark.update(display.as_bytes());
            mark.update(&[u8::from(*direct)]);
        }
        (!self.groups.is_empty()).then(|| mark.finalize())
    }

    /// `meta.location` and the `Location` header. `base` is [`App::scim_base`](crate::app::App::scim_base).
    #[must_use]
    pub fn location(&self, base: &str) -> String {
        format!("{base}/Users/{}", self.id)
    }

    /// The canonical document as a map.
    pub(super) fn canonical(&self) -> Map<String, Value> {
        serde_json::from_str(&self.document).expect("only canonical documents are written")
    }

    /// The whole resource as JSON text, before any projection. The stored text is handed out as it is; what the server
    /// adds is spliced in, which costs a hundredth of going through a tree.
    #[must_use]
    pub fn to_json(&self, base: &str) -> String {
        let mut out = String::with_capacity(self.document.len() + base.len() + 480);
        let _ = write!(
            out,
            "{{\"id\":\"{id}\",\"meta\":{{\"resourceType\":\"User\",\"created\":\"{created}\",\"lastModified\":\"{modified}\",\
             \"location\":{location},\"version\":\"W/\\\"{version}\\\"\"}},",
            id = self.id,
            created = self.created_at,
            modified = self.updated_at,
            location = Value::String(self.location(base)),
            version = self.tag(),
        );
        self.push_groups(&mut out, base);
        let document = self.document.strip_prefix('{').unwrap_or(&self.document);
        if let Some((before, requested)) = document.split_once(TELEPHONY_KEY) {
            out.push_str(before);
            self.push_telephony(&mut out);
            out.push(',');
            out.push_str(requested);
        } else {
            self.push_telephony(&mut out);
            out.push_str("},");
            out.push_str(document);
        }
        out
    }

    /// The groups, and a comma behind them.
    fn push_groups(&self, out: &mut String, base: &str) {
        for (index, UserGroup { id, display, direct }) in self.groups.iter().enumerate() {
            let _ = write!(
                out,
                "{before}{{\"value\":\"{id}\",\"$ref\":{address},\"display\":{display},\"type\":\"{kind}\"}}",
                before = if index == 0 { "\"groups\":[" } else { "," },
                address = Value::String(format!("{base}/Groups/{id}")),
                display = Value::from(display.as_str()),
                kind = if *direct { "direct" } else { "indirect" },
            );
        }
        if !self.groups.is_empty() {
            out.push_str("],");
        }
    }

    /// The extension up to its last read-only attribute, still open.
    fn push_telephony(&self, out: &mut String) {
        let _ = write!(out, "{TELEPHONY_KEY}\"locked\":{},\"lockedBy\":[", self.lock.is_locked());
        for (index, holder) in self.lock.holders().into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let _ = write!(out, "{comma}\"{holder}\"");
        }
        out.push(']');
        let telephony = self.telephony.as_deref().unwrap_or_default();
        let locked = if self.lock.is_locked() { with_locked_desks(telephony) } else { None };
        if let Some(shown) = inside(locked.as_deref().unwrap_or(telephony)) {
            out.push(',');
            out.push_str(shown);
        }
    }
}

/// The attributes of somebody who is locked, if he has desks; they are stored with the status that they come back with.
fn with_locked_desks(telephony: &str) -> Option<String> {
    let mut attributes: Map<String, Value> = serde_json::from_str(telephony).ok()?;
    for desk in attributes.get_mut("desks")?.as_array_mut()?.iter_mut().filter_map(Value::as_object_mut) {
        desk.insert("status".to_owned(), Status::New.shown(true).into());
    }
    Some(Value::Object(attributes).to_string())
}

/// What stands between the braces of a JSON object, if anything does.
fn inside(object: &str) -> Option<&str> {
    object.strip_prefix('{')?.strip_suffix('}').filter(|inside| !inside.is_empty())
}

/// How the extension's object begins in a canonical document. It cannot occur in a string there, where its quotation
/// marks would be escaped; and it is stored only with something in it.
const TELEPHONY_KEY: &str = "\"urn:deskgate:params:scim:schemas:extension:telephony:2.0:User\":{";
const _: () = assert!(TELEPHONY_KEY.len() == urn::TELEPHONY_USER.len() + 4);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::StoredUser;
    use crate::base::clock::Ts;
    use crate::base::ids::EmployeeId;
    use crate::domain::lock::Lock;
    use crate::scim::urn;

    fn shown(document: &Value, lock: Lock, telephony: Option<&Value>) -> Value {
        let at = Ts::from_micros(1_780_000_000_000_000);
        let user = StoredUser {
            id: EmployeeId::generate(),
            version: 3,
            created_at: at,
            updated_at: at,
            lock,
            auth_epoch: 0,
            document: document.to_string(),
            telephony: telephony.map(std::string::ToString::to_string),
            groups: Vec::new(),
        };
        serde_json::from_str(&user.to_json("https://x/scim/v2")).unwrap()
    }

    #[test]
    fn what_the_server_adds_is_spliced_in() {
        let at = Ts::from_micros(5);
        let locked = Lock { by_idp: Some(at), by_administrator: Some(at) };
        let user = shown(&json!({"userName": "a", "schemas": [urn::USER]}), locked, None);
        assert_eq!(user["meta"]["version"], "W/\"3\"");
        assert_eq!(user["meta"]["location"], format!("https://x/scim/v2/Users/{}", user["id"].as_str().unwrap()));
        assert_eq!(user["userName"], "a");
        assert_eq!(user[urn::TELEPHONY_USER], json!({"locked": true, "lockedBy": ["idp", "administrator"]}));
    }

    #[test]
    fn the_desks_of_somebody_who_is_locked_are_locked() {
        let desks = json!({"desks": [{"value": "4711Ada", "display": "Ada", "status": "active"}]});
        let lock = Lock { by_idp: None, by_administrator: Some(Ts::from_micros(5)) };
        for (lock, status) in [(lock, "locked"), (Lock::default(), "active")] {
            let user = shown(&json!({"userName": "a"}), lock, Some(&desks));
            let desk = json!([{"value": "4711Ada", "display": "Ada", "status": status}]);
            assert_eq!(user[urn::TELEPHONY_USER]["desks"], desk);
        }
    }

    #[test]
    fn what_the_idp_requested_stays_beside_what_the_server_adds() {
        let document = json!({
            "userName": "a",
            "title": format!("\"{}\":{{", urn::TELEPHONY_USER),
            urn::TELEPHONY_USER: {"requestedExtension": "201"},
        });
        let user = shown(&document, Lock::default(), Some(&json!({"extensions": [{"value": "203"}]})));
        let telephony = json!({
            "locked": false, "lockedBy": [], "extensions": [{"value": "203"}], "requestedExtension": "201",
        });
        assert_eq!(user[urn::TELEPHONY_USER], telephony);
        assert_eq!(user["title"], document["title"]);
    }
}
