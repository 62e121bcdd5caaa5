//! How a rules document is described. What it says is read by [`domain::grant::document`](crate::domain::grant::document),
//! from JSON as from TOML; here stands what of it is published, and checked first.

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ObjectBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::grant::document::MAX_LIST;
use crate::domain::permission::Permission;

/// A document as it came.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct RulesDocument(pub Value);

impl PartialSchema for RulesDocument {
    fn schema() -> RefOr<Schema> {
        Described::schema()
    }
}

impl ToSchema for RulesDocument {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Described::schemas(schemas);
    }
}

/// All rules of a tenant. The order decides nothing.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is published")]
struct Described {
    /// The rules; no two of one name, letter case aside.
    #[serde(default)]
    #[schema(max_items = 2000)]
    rule: Vec<Rule>,
}

/// What the members of one group get, direct and indirect ones.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is published")]
struct Rule {
    /// The name, which identifies the rule.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The display name of the group in the identity provider.
    #[schema(min_length = 1, max_length = 256)]
    group: String,
    /// Of several numbers that of the rule with the highest is shown.
    #[serde(default)]
    #[schema(minimum = -1_000_000, maximum = 1_000_000)]
    priority: i32,
    /// Phone numbers.
    #[serde(default)]
    #[schema(max_items = 1000)]
    numbers: Vec<Exclusive>,
    /// Fax numbers of the employee's own.
    #[serde(default)]
    #[schema(max_items = 1000)]
    personal_faxes: Vec<Exclusive>,
    /// Fax numbers of a team.
    #[serde(default)]
    #[schema(max_items = 1000)]
    shared_faxes: Vec<Shared>,
    /// Conference numbers.
    #[serde(default)]
    #[schema(max_items = 1000)]
    conferences: Vec<Shared>,
    /// Extensions.
    #[serde(default)]
    #[schema(max_items = 1000)]
    extensions: Vec<Exclusive>,
    /// Devices.
    #[serde(default)]
    #[schema(max_items = 1000)]
    devices: Vec<Exclusive>,
    /// Destinations.
    #[serde(default)]
    #[schema(max_items = 1000)]
    destinations: Vec<Shared>,
    /// Announcements.
    #[serde(default)]
    #[schema(max_items = 1000)]
    announcements: Vec<Shared>,
    /// Mailboxes.
    #[serde(default)]
    #[schema(max_items = 1000)]
    mailboxes: Vec<Shared>,
    /// Extensions that they may use besides their own.
    #[serde(default)]
    #[schema(max_items = 1000)]
    extension_access: Vec<String>,
    /// What they may set up, use and remove by themselves.
    #[serde(default)]
    permissions: Levels,
    /// `OfficeDesk`s, one each for every member.
    #[serde(default)]
    #[schema(max_items = 1000)]
    desks: Vec<DeskTemplate>,
}

/// Something that one employee holds alone: by its key, out of a pool, or as the identity provider names it.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is published")]
enum Exclusive {
    /// The thing of this key.
    Named(String),
    /// The next ones out of a pool.
    FromPool(FromPool),
    /// The one that the identity provider names.
    ByAttribute(ByAttribute),
}

/// Something that many share: by its key, or as the identity provider names it.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is published")]
enum Shared {
    /// The thing of this key.
    Named(String),
    /// The one that the identity provider names.
    ByAttribute(ByAttribute),
}

/// The next ones out of a pool.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is published")]
struct FromPool {
    /// The name of the pool.
    #[schema(min_length = 1, max_length = 256)]
    pool: String,
    /// How many.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100, default = 1)]
    count: u32,
    /// Where the identity provider says which one it wants: true for the place that Deskgate's extension has for that, or
    /// the path of an attribute.
    #[serde(default)]
    wish: Option<Wish>,
}

/// See `wish`.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is published")]
enum Wish {
    /// Whether there is one.
    Requested(bool),
    /// Where it stands.
    Path(String),
}

/// The one that the identity provider names.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is published")]
struct ByAttribute {
    /// The path of the attribute within the SCIM User; at most 1,000 bytes.
    #[schema(max_length = 1000)]
    attribute: String,
}

/// Permissions with their levels.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Levels {}

impl PartialSchema for Levels {
    fn schema() -> RefOr<Schema> {
        let levels = Permission::ALL.into_iter().fold(ObjectBuilder::new(), |object, permission| {
            let level = ObjectBuilder::new()
                .schema_type(utoipa::openapi::schema::Type::String)
                .enum_values(Some(permission.levels().iter().copied()));
            object.property(permission.name(), level)
        });
        levels
            .description(Some("Permissions with their levels"))
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Levels {
    fn name() -> std::borrow::Cow<'static, str> {
        "PermissionLevels".into()
    }
}

/// An `OfficeDesk` for every member.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is published")]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of the manual")]
struct DeskTemplate {
    /// The name; may hold `{given_name}`, `{family_name}`, `{display_name}`, `{user_name}`.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// It may send faxes.
    #[serde(default)]
    fax: bool,
    /// It may send short messages.
    #[serde(default)]
    sms: bool,
    /// It has an address book of its own.
    #[serde(default)]
    contacts: bool,
    /// It sees the call lists: all of them.
    #[serde(default)]
    call_list: bool,
    /// Which extensions it may use.
    #[serde(default)]
    extensions: Option<Usable>,
    /// Which devices it may use.
    #[serde(default)]
    devices: Option<Usable>,
}

/// `own`: whatever its employee holds; or a list of keys, `own` among them or not.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is published")]
enum Usable {
    /// Own.
    Own(String),
    Listed(#[schema(inline)] Keys),
}

/// A list of keys.
#[derive(Deserialize)]
#[serde(transparent)]
#[allow(dead_code, reason = "only its shape is published")]
struct Keys(Vec<String>);

impl PartialSchema for Keys {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(String::schema()).max_items(Some(MAX_LIST)).into()
    }
}

impl ToSchema for Keys {}
