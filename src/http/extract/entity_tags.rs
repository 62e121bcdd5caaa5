//! `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and 13.1.2; RFC 7644, section 3.14).
//!
//! Our entity tags are weak and count versions (decision 14), and RFC 7644 wants `If-Match` to work with them: so both
//! headers compare weakly, that is, without regard to a `W/` in front.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::app::provisioning::IfMatch;

/// What a header of this kind selects.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    /// Those in the list; a tag that cannot be ours selects nothing.
    Listed(Vec<Tag>),
}

/// What a tag of ours says: the version, and the mark of a user's groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag {
    version: i64,
    groups: Option<u32>,
}

impl Tag {
    fn parse(tag: &str) -> Option<Self> {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
        let (version, groups) = match opaque.split_once('.') {
            None => (opaque, None),
            Some((version, mark)) => (version, Some(u32::from_str_radix(mark, 16).ok()?)),
        };
        // One version has one tag: no sign, no leading zero. Version 0 is that of what never was written.
        let is_plain = version == "0" || !version.starts_with(['0', '+', '-']);
        let number = version.parse().ok().filter(|_: &i64| is_plain)?;
        Some(Self { version: number, groups })
    }
}

impl Tags {
    /// `None` without the header.
    fn read(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let values = || headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        headers.contains_key(name).then(|| Self::parse(values()))
    }

    fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut listed = Vec::new();
        // A tag of ours holds no comma, so a list can be split without knowing about quotes.
        for tag in values.flat_map(|value| value.split(',')).map(str::trim) {
            if tag == "*" {
                return Self::Any;
            }
            listed.extend(Tag::parse(tag));
        }
        Self::Listed(listed)
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(preconditions(&parts.headers))
    }
}

/// Both headers on a request that writes; `If-Match` goes first (RFC 9110, section 13.2.2).
fn preconditions(headers: &HeaderMap) -> IfMatch {
    match (Tags::read(headers, &IF_MATCH), Tags::read(headers, &IF_NONE_MATCH)) {
        (Some(Tags::Listed(tags)), _) => IfMatch::Versions(versions(&tags)),
        (_, Some(Tags::Any)) => IfMatch::Nothing,
        (_, Some(Tags::Listed(tags))) => IfMatch::AnyBut(versions(&tags)),
        (_, None) => IfMatch::Any,
    }
}

/// What is written over depends on the version alone.
fn versions(tags: &[Tag]) -> Vec<i64> {
    tags.iter().map(|tag| tag.version).collect()
}

/// What a `version` in a bulk operation demands: the same as `If-Match` (RFC 7644, section 3.7).
pub fn if_match(version: Option<&str>) -> IfMatch {
    match version.map(|version| Tags::parse(std::iter::once(version))) {
        None | Some(Tags::Any) => IfMatch::Any,
        Some(Tags::Listed(tags)) => IfMatch::Versions(versions(&tags)),
    }
}

/// The versions that the client has already.
#[derive(Debug, PartialEq, Eq)]
pub struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the client has what this entity tag of ours says.
    pub fn holds(&self, etag: &str) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Listed(tags)) => Tag::parse(etag).is_some_and(|tag| tags.contains(&tag)),
        }
    }

    /// Whether the client has this version, with these groups.
    pub fn has(&self, version: i64, groups: Option<u32>) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Listed(tags)) => tags.contains(&Tag { version, groups }),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Tags::read(&parts.headers, &IF_NONE_MATCH)))
    }
}

#[cfg(test)]
mod tests {
    use http::header::IF_MATCH;
    use http::{HeaderMap, HeaderValue};

    use super::{IfNoneMatch, Tag, Tags, preconditions};
    use crate::app::provisioning::IfMatch;

    fn read(values: &[&str]) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        Tags::read(&headers, &IF_MATCH)
    }

    #[test]
    fn a_write_minds_both_headers() {
        let read = |headers: &[(&'static str, &'static str)]| {
            preconditions(&headers.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect())
        };
        assert_eq!(read(&[]), IfMatch::Any);
        assert_eq!(read(&[("if-match", "*")]), IfMatch::Any);
        assert_eq!(read(&[("if-match", "W/\"3.5f2a0011\""), ("if-none-match", "*")]), IfMatch::Versions(vec![3]));
        assert_eq!(read(&[("if-none-match", "W/\"3\"")]), IfMatch::AnyBut(vec![3]));
        assert_eq!(read(&[("if-none-match", "*")]), IfMatch::Nothing);
    }

    #[test]
    fn entity_tags_are_compared_weakly_and_may_come_as_lists() {
        assert_eq!(read(&[]), None);
        for any in [&["*"] as &[&str], &[" * "], &["\"1\"", "*"]] {
            assert_eq!(read(any), Some(Tags::Any));
        }
        for (values, versions) in [
            (&["W/\"3\""] as &[&str], vec![3]),
            (&["\"3\""], vec![3]),
            (&["W/\"3\", \"4\" ,W/\"5\""], vec![3, 4, 5]),
            (&["W/\"3\"", "W/\"4\""], vec![3, 4]),
        ] {
            let listed = versions.into_iter().map(|version| Tag { version, groups: None }).collect();
            assert_eq!(read(values), Some(Tags::Listed(listed)));
        }
    }

    #[test]
    fn a_tag_that_cannot_be_ours_matches_no_version() {
        for tag in [
            "",
            "3",
            "\"03\"",
            "\"+3\"",
            "\"-3\"",
            "\"00\"",
            "\"-0\"",
            "w/\"3\"",
            "\"3",
            "\"x\"",
            "\"99999999999999999999\"",
        ] {
            assert_eq!(read(&[tag]), Some(Tags::Listed(vec![])), "{tag}");
        }
        assert_eq!(read(&["\"a,b\", \"7\""]), Some(Tags::Listed(vec![Tag { version: 7, groups: None }])));
    }

    #[test]
    fn only_a_version_that_the_client_has_need_not_be_sent() {
        let listed = || IfNoneMatch(read(&["\"1\", W/\"3\", W/\"4.00ff00aa\""]));
        assert!(!IfNoneMatch(None).has(1, None));
        assert!(IfNoneMatch(Some(Tags::Any)).has(1, Some(7)));
        assert!(listed().has(3, None) && listed().has(4, Some(0x00ff_00aa)));
        assert!(!listed().has(2, None) && !listed().has(3, Some(7)) && !listed().has(4, None));
    }
}
