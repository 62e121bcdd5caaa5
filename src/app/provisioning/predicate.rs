//! A SCIM filter on users or groups as a predicate of the database.
//!
//! What SCIM shows but the search document does not hold (identifier, `meta`, the lock) is answered from columns; all
//! else from the search document, by the schemas alone. A property test holds the result equal to the filter's
//! evaluation in memory.

use crate::base::clock::Ts;
use crate::base::ids::EmployeeId;
use crate::domain::search::{
    InstantColumn, LockKey, Order, Predicate, SortBy, SortKind, Sorting, Test, TextColumn, TextTest,
};
use crate::scim::error::Error;
use crate::scim::filter::{Comparison, Filter, Operand};
use crate::scim::list::SortKey;
use crate::scim::schema::{AttrRef, Kind};
use crate::scim::urn;

/// The multi-valued values under which employees are found by index: `emails.value`.
pub(super) const EMAIL_KEY: &str = "emails.value";

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// Employees.
    User,
    /// Groups.
    Group,
}

/// The predicate of a filter. `base` is the SCIM base URL, which stands in front of every `meta.location`.
///
/// # Errors
///
/// `invalidFilter` for what is kept as rows (the members of a group, the groups of a user) and asked for in another way
/// than by identifier or presence.
pub(super) fn predicate(filter: &Filter<'_>, resource: Resource, base: &str) -> Result<Predicate, Error> {
    let inner = |filter| predicate(filter, resource, base);
    Ok(match filter {
        Filter::And(left, right) => and(inner(left)?, inner(right)?),
        Filter::Or(left, right) => Predicate::Or(Box::new(inner(left)?), Box::new(inner(right)?)),
        Filter::Not(inside) => Predicate::Not(Box::new(inner(inside)?)),
        Filter::Present(attribute) => match Place::of(*attribute, resource) {
            Place::Computed(computed) => computed.present(),
            Place::Rows(rows) => rows.present(),
            Place::Document => within(*attribute, Test::Present),
        },
        Filter::Compare(attribute, comparison, operand) => match Place::of(*attribute, resource) {
            Place::Computed(computed) => computed.compare(*comparison, operand, resource, base),
            Place::Rows(rows) => rows.compare(*attribute, *comparison, operand)?,
            Place::Document => compare(*attribute, *comparison, operand),
        },
        Filter::Element(attribute, inside) => match (Place::of(*attribute, resource), inside.as_ref()) {
            (Place::Rows(rows), Filter::Compare(sub, comparison, operand)) => {
                rows.compare(*sub, *comparison, operand)?
            }
            (Place::Rows(rows), Filter::Present(_)) => rows.present(),
            (Place::Rows(rows), _) => return Err(rows.refuse()),
            _ => element(*attribute, inside),
        },
    })
}

/// Attributes whose elements are rows of other tables.
#[derive(Clone, Copy)]
enum Rows {
    /// `members` of a group.
    Members,
    /// `groups` of a user.
    Groups,
}

impl Rows {
    /// Every element has an identifier, a type, an address and a name.
    const fn present(self) -> Predicate {
        match self {
            Self::Members => Predicate::AnyMember,
            Self::Groups => Predicate::InAnyGroup,
        }
    }

    fn compare(self, attribute: AttrRef<'_>, comparison: Comparison, operand: &Operand) -> Result<Predicate, Error> {
        let by_id = attribute.sub.is_some_and(|sub| sub.name == "value") && comparison == Comparison::Equal;
        let Operand::Text(text) = operand else { return Err(self.refuse()) };
        if !by_id {
            return Err(self.refuse());
        }
        let id = EmployeeId::parse(text).map(EmployeeId::uuid);
        Ok(id.map_or(
            Predicate::Constant(false),
            match self {
                Self::Members => Predicate::Member,
                Self::Groups => Predicate::InGroup,
            },
        ))
    }

    fn refuse(self) -> Error {
        let name = match self {
            Self::Members => "members",
            Self::Groups => "groups",
        };
        Error::invalid_filter(format!("{name} can be looked for by {name}.value eq \"…\", and by pr, in no other way"))
    }
}

/// The order of a list.
pub(super) fn sorting(key: &SortKey<'_>, resource: Resource) -> Sorting {
    let attribute = key.attribute;
    let kind = match attribute.target().kind {
        Kind::Integer | Kind::Decimal | Kind::DateTime => SortKind::Number,
        _ => SortKind::Text,
    };
    let by = match Place::of(attribute, resource) {
        Place::Computed(Computed::UserName) => SortBy::Text(TextColumn::UserNameKey),
        Place::Computed(Computed::GroupName) => SortBy::Text(TextColumn::GroupNameKey),
        Place::Computed(Computed::ExternalId) => SortBy::Text(TextColumn::ExternalId),
        // The type and the base of the address are the same for all.
        Place::Computed(Computed::Id | Computed::Location | Computed::ResourceType) => {
            SortBy::Text(TextColumn::Id(String::new()))
        }
        Place::Computed(Computed::EntityTag(column)) => SortBy::Text(column.into()),
        Place::Computed(Computed::Instant(column)) => SortBy::Instant(column),
        Place::Computed(Computed::Locked | Computed::LockedBy | Computed::Meta) => SortBy::Locked,
        // Nothing of them stands in the document: the order of arrival is left.
        Place::Document | Place::Rows(_) if attribute.attribute.multi_valued => SortBy::Primary {
            list: list_keys(attribute),
            value: attribute.sub.map(|sub| sub.name.clone()).into_iter().collect(),
            kind,
        },
        Place::Document | Place::Rows(_) => SortBy::Field(owned(&attribute.keys()), kind),
    };
    Sorting { by, descending: key.descending }
}

/// Where an attribute's values stand.
enum Place {
    /// In the search document.
    Document,
    /// In columns.
    Computed(Computed),
    /// In rows of other tables.
    Rows(Rows),
}

#[derive(Clone, Copy)]
enum Computed {
    UserName,
    GroupName,
    ExternalId,
    Id,
    Meta,
    ResourceType,
    Location,
    EntityTag(Tag),
    Instant(InstantColumn),
    Locked,
    LockedBy,
}

/// Whose entity tag.
#[derive(Clone, Copy)]
enum Tag {
    User,
    Group,
}

impl From<Tag> for TextColumn {
    fn from(tag: Tag) -> Self {
        match tag {
            Tag::User => Self::EntityTag,
            Tag::Group => Self::GroupEntityTag,
        }
    }
}

impl Place {
    fn of(attribute: AttrRef<'_>, resource: Resource) -> Self {
        let name = attribute.attribute.name.as_str();
        let sub = attribute.sub.map(|sub| sub.name.as_str());
        let computed = match (attribute.extension.map(|schema| schema.id.as_str()), name, sub) {
            (None, "members", _) if resource == Resource::Group => return Self::Rows(Rows::Members),
            (None, "groups", _) if resource == Resource::User => return Self::Rows(Rows::Groups),
            (None, "displayName", None) if resource == Resource::Group => Computed::GroupName,
            (None, "userName", None) => Computed::UserName,
            (None, "externalId", None) => Computed::ExternalId,
            (None, "id", None) => Computed::Id,
            (None, "meta", None) => Computed::Meta,
            (None, "meta", Some("resourceType")) => Computed::ResourceType,
            (None, "meta", Some("location")) => Computed::Location,
            (None, "meta", Some("version")) => Computed::EntityTag(match resource {
                Resource::User => Tag::User,
                Resource::Group => Tag::Group,
            }),
            (None, "meta", Some("created")) => Computed::Instant(InstantColumn::Created),
            (None, "meta", Some("lastModified")) => Computed::Instant(match resource {
                Resource::User => InstantColumn::Updated,
                Resource::Group => InstantColumn::GroupUpdated,
            }),
            (Some(urn::TELEPHONY_USER), "locked", None) => Computed::Locked,
            (Some(urn::TELEPHONY_USER), "lockedBy", None) => Computed::LockedBy,
            _ => return Self::Document,
        };
        Self::Computed(computed)
    }
}

impl Computed {
    fn present(self) -> Predicate {
        match self {
            Self::ExternalId => Predicate::Field(vec!["externalId".to_owned()], Test::Present),
            Self::LockedBy => locked(),
            _ => Predicate::Constant(true),
        }
    }

    fn compare(self, comparison: Comparison, operand: &Operand, resource: Resource, base: &str) -> Predicate {
        let (name, endpoint) = match resource {
            Resource::User => ("User", "Users"),
            Resource::Group => ("Group", "Groups"),
        };
        match (self, operand) {
            (Self::Id, Operand::Text(text)) if comparison == Comparison::Equal => {
                EmployeeId::parse(text).map_or(Predicate::Constant(false), |id| Predicate::Id(id.uuid()))
            }
            (Self::UserName, Operand::Text(text)) => on_column(TextColumn::UserNameKey, comparison, text, true),
            (Self::GroupName, Operand::Text(text)) => on_column(TextColumn::GroupNameKey, comparison, text, true),
            (Self::ExternalId, Operand::Text(text)) => on_column(TextColumn::ExternalId, comparison, text, false),
            (Self::Id, Operand::Text(text)) => on_column(TextColumn::Id(String::new()), comparison, text, true),
            (Self::Location, Operand::Text(text)) => {
                on_column(TextColumn::Id(format!("{base}/{endpoint}/")), comparison, text, true)
            }
            (Self::EntityTag(tag), Operand::Text(text)) => on_column(tag.into(), comparison, text, true),
            (Self::ResourceType, Operand::Text(text)) => Predicate::Constant(compares(name, comparison, text)),
            (Self::Instant(column), Operand::Instant(at)) => {
                order(comparison).map_or(Predicate::Constant(false), |order| Predicate::Instant(column, order, *at))
            }
            (Self::Locked, Operand::Boolean(true)) => locked(),
            (Self::Locked, Operand::Boolean(false)) => Predicate::Not(Box::new(locked())),
            (Self::LockedBy, Operand::Text(text)) => {
                let holder =
                    |name, key| and(Predicate::KeySet(key), Predicate::Constant(compares(name, comparison, text)));
                let administrator = holder("administrator", LockKey::Administrator);
                Predicate::Or(Box::new(holder("idp", LockKey::Idp)), Box::new(administrator))
            }
            // Binding gives each attribute an operand of its own type.
            _ => Predicate::Constant(false),
        }
    }
}

fn locked() -> Predicate {
    let (idp, administrator) = (Predicate::KeySet(LockKey::Idp), Predicate::KeySet(LockKey::Administrator));
    Predicate::Or(Box::new(idp), Box::new(administrator))
}

fn and(left: Predicate, right: Predicate) -> Predicate {
    Predicate::And(Box::new(left), Box::new(right))
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// The keys that lead to the list itself.
fn list_keys(attribute: AttrRef<'_>) -> Vec<String> {
    owned(&AttrRef { sub: None, ..attribute }.keys())
}

/// A test of an attribute of the search document, of any element where it is a list.
fn within(attribute: AttrRef<'_>, test: Test) -> Predicate {
    match (attribute.attribute.multi_valued, attribute.sub) {
        // A list is stored only when it has elements.
        (true, None) if test == Test::Present => Predicate::Field(list_keys(attribute), test),
        (true, sub) => {
            let value = sub.map(|sub| sub.name.clone()).into_iter().collect();
            Predicate::Any(list_keys(attribute), Box::new(Predicate::Field(value, test)))
        }
        (false, _) => Predicate::Field(owned(&attribute.keys()), test),
    }
}

fn compare(attribute: AttrRef<'_>, comparison: Comparison, operand: &Operand) -> Predicate {
    if let Some(key) = lookup_key(attribute, comparison, operand) {
        return key;
    }
    test(comparison, operand).map_or(Predicate::Constant(false), |test| within(attribute, test))
}

/// The look-up by index that is as good as the comparison.
fn lookup_key(attribute: AttrRef<'_>, comparison: Comparison, operand: &Operand) -> Option<Predicate> {
    let is_email = attribute.extension.is_none()
        && attribute.attribute.name == "emails"
        && attribute.sub.is_some_and(|sub| sub.name == "value");
    match operand {
        Operand::Text(text) if is_email && comparison == Comparison::Equal => {
            Some(Predicate::Key(EMAIL_KEY, text.clone()))
        }
        _ => None,
    }
}

/// One element that fulfils the whole filter.
fn element(attribute: AttrRef<'_>, inner: &Filter<'_>) -> Predicate {
    if attribute.attribute.multi_valued {
        let each = element_predicate(inner, &[]);
        let any = Predicate::Any(list_keys(attribute), Box::new(each));
        // An address in brackets must be one of the addresses: that much the index knows.
        return element_keys(inner).into_iter().fold(any, |predicate, key| and(key, predicate));
    }
    let keys = owned(&attribute.keys());
    and(Predicate::Field(keys.clone(), Test::Present), element_predicate(inner, &keys))
}

/// The look-ups that every element fulfilling the filter also fulfils.
fn element_keys(filter: &Filter<'_>) -> Vec<Predicate> {
    match filter {
        Filter::And(left, right) => [element_keys(left), element_keys(right)].concat(),
        Filter::Compare(attribute, comparison, operand) => {
            lookup_key(*attribute, *comparison, operand).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A filter in brackets, on the fields of one element. `prefix` leads to it where the attribute is no list.
fn element_predicate(filter: &Filter<'_>, prefix: &[String]) -> Predicate {
    let field = |attribute: &AttrRef<'_>| {
        let sub = attribute.sub.map(|sub| sub.name.clone());
        prefix.iter().cloned().chain(sub).collect::<Vec<_>>()
    };
    match filter {
        Filter::And(left, right) => and(element_predicate(left, prefix), element_predicate(right, prefix)),
        Filter::Or(left, right) => {
            let (left, right) = (element_predicate(left, prefix), element_predicate(right, prefix));
            Predicate::Or(Box::new(left), Box::new(right))
        }
        Filter::Not(inner) => Predicate::Not(Box::new(element_predicate(inner, prefix))),
        Filter::Present(attribute) => Predicate::Field(field(attribute), Test::Present),
        Filter::Compare(attribute, comparison, operand) => test(*comparison, operand)
            .map_or(Predicate::Constant(false), |test| Predicate::Field(field(attribute), test)),
        // Binding puts no brackets into brackets.
        Filter::Element(..) => Predicate::Constant(false),
    }
}

fn on_column(column: TextColumn, comparison: Comparison, text: &str, always_there: bool) -> Predicate {
    match text_test(comparison, text) {
        Some(test) => Predicate::Text(column, test),
        // Every text contains, begins and ends with no text at all.
        None if always_there => Predicate::Constant(true),
        None => Computed::ExternalId.present(),
    }
}

/// `None`: holds for every text there is.
fn text_test(comparison: Comparison, text: &str) -> Option<TextTest> {
    let text = text.to_owned();
    match comparison {
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith if text.is_empty() => None,
        Comparison::Contains => Some(TextTest::Contains(text)),
        Comparison::StartsWith => Some(TextTest::StartsWith(text)),
        Comparison::EndsWith => Some(TextTest::EndsWith(text)),
        other => order(other).map(|order| TextTest::Compare(order, text)),
    }
}

/// `None`: never holds.
fn test(comparison: Comparison, operand: &Operand) -> Option<Test> {
    match operand {
        Operand::Text(text) => Some(text_test(comparison, text).map_or(Test::Present, Test::Text)),
        Operand::Boolean(value) => (comparison == Comparison::Equal).then_some(Test::Boolean(*value)),
        Operand::Integer(value) => order(comparison).map(|order| Test::Integer(order, *value)),
        Operand::Decimal(value) => order(comparison).map(|order| Test::Decimal(order, *value)),
        Operand::Instant(at) => order(comparison).map(|order| Test::Integer(order, Ts::micros(*at))),
    }
}

/// The comparison as an order; `None` for those of text, and for `ne`, which binding turns into `not (… eq …)`.
const fn order(comparison: Comparison) -> Option<Order> {
    match comparison {
        Comparison::Equal => Some(Order::Equal),
        Comparison::Greater => Some(Order::Greater),
        Comparison::GreaterOrEqual => Some(Order::GreaterOrEqual),
        Comparison::Less => Some(Order::Less),
        Comparison::LessOrEqual => Some(Order::LessOrEqual),
        Comparison::NotEqual | Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => None,
    }
}

/// A text that is known beforehand against an operand.
fn compares(known: &str, comparison: Comparison, operand: &str) -> bool {
    match comparison {
        Comparison::Equal => known == operand,
        Comparison::NotEqual => known != operand,
        Comparison::Contains => known.contains(operand),
        Comparison::StartsWith => known.starts_with(operand),
        Comparison::EndsWith => known.ends_with(operand),
        Comparison::Greater => known > operand,
        Comparison::GreaterOrEqual => known >= operand,
        Comparison::Less => known < operand,
        Comparison::LessOrEqual => known <= operand,
    }
}
