//! What a list request asks for (RFC 7644, sections 3.4.2 and 3.4.3; RFC 9865).
//!
//! The same parameters come in a query string and in the body of a `.search`: both are gathered as text into
//! [`ListParameters`] and checked there once. What a parameter means is bound to a resource type only afterwards, so
//! that one request can be asked of several types.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::error::{Error, ScimType};
use super::filter::{self, Expression, Filter};
use super::path;
use super::projection::Projection;
use super::schema::{AttrRef, ResourceType, Returned};
use super::urn;
use crate::base::json::shortened;

/// Resources in a page unless the client says otherwise.
pub const DEFAULT_COUNT: u64 = 100;
/// The largest page; a client that asks for more gets this many (L3).
pub const MAX_COUNT: u64 = 1000;
/// How long a cursor is good (RFC 9865, section 4).
pub const CURSOR_TIMEOUT: Duration = Duration::from_hours(1);

/// A checked list request.
#[derive(Debug, Clone)]
pub struct ListQuery<'s> {
    /// Which resources; `None`: all.
    pub filter: Option<Filter<'s>>,
    /// In which order; `None`: the order in which they were made.
    pub sort: Option<SortKey<'s>>,
    /// Where the page begins.
    pub paging: Paging,
    /// The size of the page, 0 to [`MAX_COUNT`].
    pub count: u64,
}

/// The two ways to page through a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// From the resource at this 1-based position on, at least 1 (RFC 7644, section 3.4.2.4). It is what a request gets
    /// that asks for neither.
    Index(u64),
    /// Behind the page that came with a cursor (RFC 9865). There is no order but that in which the resources were made.
    Cursor {
        /// The cursor as it came back; `None`: the first page.
        cursor: Option<String>,
        /// What is asked for, in canonical words: a cursor goes on with the query that it was made for. What the answer
        /// shows of a resource, and how many resources, may differ from page to page.
        query: String,
    },
}

impl Paging {
    /// What `startIndex` says in the answer; nothing where pages have no position.
    #[must_use]
    pub const fn start_index(&self) -> Option<u64> {
        match self {
            Self::Index(position) => Some(*position),
            Self::Cursor { .. } => None,
        }
    }
}

/// `sortBy` and `sortOrder` (RFC 7644, section 3.4.2.3).
#[derive(Debug, Clone, Copy)]
pub struct SortKey<'s> {
    /// A comparable attribute: never a complex one (`sortBy=emails` means `emails.value`).
    pub attribute: AttrRef<'s>,
    /// `sortOrder=descending`.
    pub descending: bool,
}

/// The parameters of a list request as they came; `None`: not given.
///
/// The first two name the attributes of any answer with a resource, not of a list alone (RFC 7644, section 3.9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListParameters {
    /// `attributes`, separated by commas.
    pub attributes: Option<String>,
    /// `excludedAttributes`, separated by commas.
    pub excluded_attributes: Option<String>,
    /// `filter`.
    pub filter: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<String>,
    /// `startIndex`.
    pub start_index: Option<String>,
    /// `count`.
    pub count: Option<String>,
    /// `cursor`; empty: the first page.
    pub cursor: Option<String>,
}

impl ListParameters {
    /// Gathers the parameters of a query string, already decoded.
    ///
    /// Names count in any letter case: nobody gains from a `startindex` that is ignored in silence. Unknown ones are
    /// ignored; identity providers mark their requests with some of their own.
    ///
    /// # Errors
    ///
    /// `invalidValue` for a parameter that is given twice (whoever looked at the request before us may have taken the
    /// other one), or that holds U+0000.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Result<Self, Error> {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.set(&name, || Ok(Some(value.into_owned())))?;
        }
        Ok(parameters)
    }

    /// Gathers the parameters of a `SearchRequest` (RFC 7644, section 3.4.3).
    ///
    /// The names of attributes may come as a list or as one text with commas, numbers as numbers or as text; `null` is
    /// the same as absent.
    ///
    /// # Errors
    ///
    /// `invalidSyntax` when the body is not an object or says in `schemas` that it is something else: a user posted to
    /// `/Users/.search` by mistake must not be answered with everybody. `invalidValue` for a value of a wrong type.
    pub fn from_search_request(body: &Value) -> Result<Self, Error> {
        let Value::Object(members) = body else {
            return Err(Error::invalid_syntax("a search request is a JSON object"));
        };
        let mut parameters = Self::default();
        for (name, value) in members {
            if name.eq_ignore_ascii_case("schemas") {
                require_search_request(value)?;
            } else {
                parameters.set(name, || as_text(name, value))?;
            }
        }
        Ok(parameters)
    }

    /// Which attributes the answer shows.
    ///
    /// # Errors
    ///
    /// See [`Projection::parse`].
    pub fn projection<'s>(&self, resource_type: &'s ResourceType) -> Result<Projection<'s>, Error> {
        Projection::parse(self.attributes.as_deref(), self.excluded_attributes.as_deref(), resource_type)
    }

    /// Which resources are meant, in which order, which page.
    ///
    /// # Errors
    ///
    /// `invalidFilter` for the filter (decision 11), `invalidCount` for the size of a page that a cursor begins,
    /// `invalidValue` for everything else, also for a cursor together with `startIndex` or `sortBy`.
    pub fn query<'s>(&self, resource_type: &'s ResourceType) -> Result<ListQuery<'s>, Error> {
        self.query_among(resource_type, &[])
    }

    /// The same of one resource type in a query over several: what only others of them have is without a value here
    /// (RFC 7644, section 3.4.2.1).
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), for what none of them has.
    pub fn query_among<'s>(
        &self,
        resource_type: &'s ResourceType,
        others: &[&ResourceType],
    ) -> Result<ListQuery<'s>, Error> {
        let expression = self.filter.as_deref().map(filter::parse).transpose()?;
        let bind = |expression| filter::bind_among(expression, resource_type, others);
        let filter = expression.as_ref().map(bind).transpose()?;
        let descending = descending(self.sort_order.as_deref())?;
        let sort = match self.sort_by.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(name) => match sort_attribute(name, resource_type) {
                Ok(attribute) => Some(SortKey { attribute, descending }),
                Err(_) if others.iter().any(|other| sort_attribute(name, other).is_ok()) => None,
                Err(error) => return Err(error),
            },
        };
        let (paging, count) = match self.cursor.as_deref() {
            None => (Paging::Index(self.position()?), self.page_size()?),
            Some(cursor) => (self.by_cursor(cursor, expression.as_ref())?, self.page_size().map_err(invalid_count)?),
        };
        Ok(ListQuery { filter, sort, paging, count })
    }

    fn position(&self) -> Result<u64, Error> {
        Ok(number("startIndex", self.start_index.as_deref())?.map_or(1, |n| n.max(1)))
    }

    fn page_size(&self) -> Result<u64, Error> {
        Ok(number("count", self.count.as_deref())?.map_or(DEFAULT_COUNT, |n| n.min(MAX_COUNT)))
    }

    /// A sorted list is refused, and not sent in another order: to go on in it, a cursor would have to hold the value of
    /// a person and would still lose whoever gets another one meanwhile.
    fn by_cursor(&self, cursor: &str, filter: Option<&Expression>) -> Result<Paging, Error> {
        if self.start_index.is_some() {
            return Err(Error::invalid_value("cursor and startIndex are two ways to page; leave one of them out"));
        }
        if self.sort_by.as_deref().is_some_and(|name| !name.trim().is_empty()) {
            return Err(Error::invalid_value(
                "pages by cursor come in the order in which the resources were made; leave sortBy out, or page by \
                 startIndex instead of cursor",
            ));
        }
        // The letter case of names does not count, and RFC 9865 itself changes it from one page to the next. That of
        // values then does not either, which costs nothing: the filter that came is the one that is answered.
        let query = filter.map(|filter| filter.to_string().to_lowercase()).unwrap_or_default();
        let cursor = Some(cursor).filter(|cursor| !cursor.is_empty()).map(str::to_owned);
        Ok(Paging::Cursor { cursor, query })
    }

    fn set(&mut self, name: &str, value: impl FnOnce() -> Result<Option<String>, Error>) -> Result<(), Error> {
        let slots: [(&str, &mut Option<String>); 8] = [
            ("attributes", &mut self.attributes),
            ("excludedAttributes", &mut self.excluded_attributes),
            ("filter", &mut self.filter),
            ("sortBy", &mut self.sort_by),
            ("sortOrder", &mut self.sort_order),
            ("startIndex", &mut self.start_index),
            ("count", &mut self.count),
            ("cursor", &mut self.cursor),
        ];
        let Some((name, slot)) = slots.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return Ok(());
        };
        if slot.is_some() {
            return Err(Error::invalid_value(format!("the parameter {name} is given twice")));
        }
        *slot = value()?;
        if slot.as_ref().is_some_and(|text| text.contains('\0')) {
            return Err(Error::invalid_value(format!("the parameter {name} holds the character U+0000")));
        }
        Ok(())
    }
}

/// The text form of a value in a search request.
fn as_text(name: &str, value: &Value) -> Result<Option<String>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Array(names) => names
            .iter()
            .map(Value::as_str)
            .collect::<Option<Vec<_>>>()
            .map(|names| Some(names.join(",")))
            .ok_or_else(|| Error::invalid_value(format!("the list {:?} may hold text only", shortened(name)))),
        Value::Bool(_) | Value::Object(_) => {
            Err(Error::invalid_value(format!("{:?} is neither text nor number nor list", shortened(name))))
        }
    }
}

fn require_search_request(schemas: &Value) -> Result<(), Error> {
    let named = match schemas {
        Value::Array(urns) => urns.iter().filter_map(Value::as_str).any(is_search_request),
        Value::String(urn) => is_search_request(urn),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    if named { Ok(()) } else { Err(Error::invalid_syntax(format!("schemas does not name {}", urn::SEARCH_REQUEST))) }
}

fn is_search_request(urn: &str) -> bool {
    urn.eq_ignore_ascii_case(urn::SEARCH_REQUEST)
}

/// Reads a whole number; what is below 0 becomes 0, what no database can count up to becomes the largest it can.
fn number(name: &str, text: Option<&str>) -> Result<Option<u64>, Error> {
    let Some(text) = text.map(str::trim) else { return Ok(None) };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid_value(format!("{name} is a whole number, not {:?}", shortened(text))));
    }
    let largest = i64::MAX.unsigned_abs();
    Ok(Some(if negative { 0 } else { digits.parse().unwrap_or(largest).min(largest) }))
}

/// The same refusal by its name where a cursor begins the page (RFC 9865, section 2.1).
fn invalid_count(error: Error) -> Error {
    Error { scim_type: Some(ScimType::InvalidCount), ..error }
}

fn descending(order: Option<&str>) -> Result<bool, Error> {
    match order.map(str::trim) {
        None | Some("") => Ok(false),
        Some(order) if order.eq_ignore_ascii_case("ascending") => Ok(false),
        Some(order) if order.eq_ignore_ascii_case("descending") => Ok(true),
        Some(order) => {
            Err(Error::invalid_value(format!("sortOrder is ascending or descending, not {:?}", shortened(order))))
        }
    }
}

/// `invalidValue` and not `invalidPath`: RFC 7644, table 9, knows the latter for PATCH alone.
fn sort_attribute<'s>(name: &str, resource_type: &'s ResourceType) -> Result<AttrRef<'s>, Error> {
    path::parse_attribute(name)
        .ok()
        .and_then(|path| resource_type.find(path.urn.as_deref(), &path.name, path.sub.as_deref()))
        // Whoever may not read a value may not learn it from an order either.
        .filter(|found| found.target().returned != Returned::Never)
        .and_then(AttrRef::comparable)
        .ok_or_else(|| {
            Error::invalid_value(format!("sortBy names no attribute that can be sorted by: {:?}", shortened(name)))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DEFAULT_COUNT, ListParameters, MAX_COUNT, Paging};
    use crate::scim::error::{Error, ScimType};
    use crate::scim::schema::ResourceType;

    fn parameters(pairs: &[(&'static str, &'static str)]) -> Result<ListParameters, Error> {
        ListParameters::from_pairs(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    fn refusal(pairs: &[(&'static str, &'static str)]) -> Option<ScimType> {
        parameters(pairs).and_then(|p| p.query(ResourceType::user())).unwrap_err().scim_type
    }

    #[test]
    fn pages_are_brought_into_their_bounds() {
        for (start_index, count, expected) in [
            ("1", "2", (1, 2)),
            ("0", "0", (1, 0)),
            ("-7", "-1", (1, 0)),
            (" 5", "1000", (5, 1000)),
            ("+5", "1001", (5, MAX_COUNT)),
            ("99999999999999999999", "99999999999999999999", (i64::MAX.unsigned_abs(), MAX_COUNT)),
        ] {
            let query = parameters(&[("startIndex", start_index), ("count", count)]).unwrap();
            let query = query.query(ResourceType::user()).unwrap();
            assert_eq!((query.paging, query.count), (Paging::Index(expected.0), expected.1), "{start_index} {count}");
        }
        let default = ListParameters::default().query(ResourceType::user()).unwrap();
        assert_eq!((default.paging, default.count), (Paging::Index(1), DEFAULT_COUNT));
        assert!(default.filter.is_none() && default.sort.is_none());
    }

    #[test]
    fn what_is_no_whole_number_is_refused() {
        for text in ["", " ", "one", "1.5", "0x1", "1 2", "--1", "１"] {
            assert_eq!(refusal(&[("startIndex", text)]), Some(ScimType::InvalidValue), "{text:?}");
            assert_eq!(refusal(&[("count", text)]), Some(ScimType::InvalidValue), "{text:?}");
        }
    }

    #[test]
    fn a_cursor_begins_a_page_and_nothing_else_does_beside_it() {
        let paging = |pairs: &[(&'static str, &'static str)]| {
            parameters(pairs).and_then(|p| p.query(ResourceType::user())).map(|q| (q.paging, q.count))
        };
        let cursor = |cursor: Option<&str>, query: &str| Paging::Cursor {
            cursor: cursor.map(str::to_owned),
            query: query.to_owned(),
        };
        assert_eq!(paging(&[("cursor", "")]), Ok((cursor(None, ""), DEFAULT_COUNT)));
        assert_eq!(paging(&[("CURSOR", "VZUT"), ("count", "10")]), Ok((cursor(Some("VZUT"), ""), 10)));
        for (count, size) in [("0", 0), ("-1", 0), ("1001", MAX_COUNT)] {
            assert_eq!(paging(&[("cursor", ""), ("count", count)]), Ok((cursor(None, ""), size)));
        }
        // As in RFC 9865, section 2, where the second page is asked for in another letter case.
        let one = paging(&[("cursor", "x"), ("filter", "userName sw \"J\"")]);
        assert_eq!(one, paging(&[("cursor", "x"), ("filter", " username  SW \"J\"")]));
        assert_ne!(one, paging(&[("cursor", "x"), ("filter", "userName sw \"K\"")]));
        for count in ["", "ten", "1.5"] {
            assert_eq!(refusal(&[("cursor", ""), ("count", count)]), Some(ScimType::InvalidCount), "{count:?}");
        }
        for other in [("startIndex", "1"), ("sortBy", "userName")] {
            assert_eq!(refusal(&[("cursor", ""), other]), Some(ScimType::InvalidValue), "{other:?}");
        }
        assert!(paging(&[("cursor", ""), ("sortBy", ""), ("sortOrder", "descending")]).is_ok());
    }

    #[test]
    fn names_count_in_any_letter_case_and_unknown_ones_do_not_count() {
        let read = parameters(&[("STARTINDEX", "2"), ("SortBy", "userName"), ("Trace", ""), ("trace", "1")]).unwrap();
        assert_eq!((read.start_index.as_deref(), read.sort_by.as_deref()), (Some("2"), Some("userName")));
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        for pairs in [[("count", "1"), ("count", "1")], [("filter", "id pr"), ("FILTER", "")]] {
            assert_eq!(parameters(&pairs).unwrap_err().scim_type, Some(ScimType::InvalidValue));
        }
        assert!(parameters(&[("trace", "1"), ("trace", "2")]).is_ok());
        assert!(parameters(&[("filter", "id eq \"\0\"")]).is_err());
    }

    #[test]
    fn sorting_takes_what_can_be_compared() {
        for (sort_by, attribute) in [
            ("userName", "userName"),
            ("USERNAME", "userName"),
            ("name.familyName", "name.familyName"),
            ("emails", "emails.value"),
            ("meta.lastModified", "meta.lastModified"),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            ),
        ] {
            let query = parameters(&[("sortBy", sort_by), ("sortOrder", "DESCending")]).unwrap();
            let sort = query.query(ResourceType::user()).unwrap().sort.unwrap();
            assert_eq!((sort.attribute.to_string().as_str(), sort.descending), (attribute, true));
        }
        assert!(
            !parameters(&[("sortBy", "id")]).unwrap().query(ResourceType::user()).unwrap().sort.unwrap().descending
        );
        for wrong in ["shoeSize", "name", "password", "userName.x", "emails[type eq \"work\"]", "a b"] {
            assert_eq!(refusal(&[("sortBy", wrong)]), Some(ScimType::InvalidValue), "{wrong}");
        }
        assert_eq!(refusal(&[("sortBy", "id"), ("sortOrder", "up")]), Some(ScimType::InvalidValue));
    }

    #[test]
    fn a_filter_is_bound_or_refused_and_never_dropped() {
        let query = parameters(&[("filter", "userName eq \"ada\"")]).unwrap();
        assert!(query.query(ResourceType::user()).unwrap().filter.is_some());
        for wrong in ["", "userName", "shoeSize eq 4", "userName eq ada"] {
            assert_eq!(refusal(&[("filter", wrong)]), Some(ScimType::InvalidFilter), "{wrong:?}");
        }
    }

    #[test]
    fn a_search_request_says_the_same_as_a_query() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "attributes": ["displayName", "userName"],
            "excludedAttributes": null,
            "filter": "displayName sw \"smith\"",
            "startIndex": 1,
            "count": "10",
            "unknown": {},
        });
        let asked = parameters(&[
            ("attributes", "displayName,userName"),
            ("filter", "displayName sw \"smith\""),
            ("startIndex", "1"),
            ("count", "10"),
        ]);
        assert_eq!(ListParameters::from_search_request(&body), asked);
    }

    #[test]
    fn what_is_no_search_request_is_refused() {
        let refusal = |body: Value| ListParameters::from_search_request(&body).unwrap_err().scim_type.unwrap();
        for body in
            [json!([]), json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}), json!({"schemas": []})]
        {
            assert_eq!(refusal(body), ScimType::InvalidSyntax);
        }
        for body in
            [json!({"filter": true}), json!({"attributes": [1]}), json!({"count": {}}), json!({"count": 1, "COUNT": 2})]
        {
            assert_eq!(refusal(body), ScimType::InvalidValue);
        }
        assert!(
            ListParameters::from_search_request(&json!({"count": 1.5})).unwrap().query(ResourceType::user()).is_err()
        );
    }
}
