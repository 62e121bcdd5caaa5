//! Which attributes an answer shows (RFC 7644, sections 3.4.2.5 and 3.9).
//!
//! What is stored is canonical and holds nothing that may never be shown, and no schema declares an attribute that is
//! shown on request only (a test says so): therefore the answer to a request without wishes is the stored text as it
//! stands. A wish is met by one scan over the top level that copies the text of the values; a value is looked into
//! only where a sub-attribute is named. A `Value` tree would cost a hundred times as much for a page of a list.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::Error;
use super::path;
use super::schema::{Attribute, ResourceType, Returned};

/// The attributes that an answer shows.
#[derive(Debug, Clone)]
pub enum Projection<'s> {
    /// What is shown unless said otherwise.
    All,
    /// `attributes`: these, and those that are always shown.
    Only(Selection<'s>),
    /// `excludedAttributes`: all but these; those that are always shown stay.
    Without(Selection<'s>),
}

/// Keys of an object, each with everything below it or with a selection of its own.
#[derive(Debug, Clone, Default)]
pub struct Selection<'s> {
    whole: Vec<&'s str>,
    parts: Vec<(&'s str, Selection<'s>)>,
}

impl<'s> Projection<'s> {
    /// Reads the two parameters: names of attributes separated by commas, each as in RFC 7644, section 3.10, or the bare
    /// URN of a schema. Empty is the same as absent.
    ///
    /// Names that no schema declares are ignored (the RFC is silent; identity providers ask every server for what some
    /// have). A filter in brackets is overlooked: Microsoft's test collection asks for `emails[type eq "work"]`.
    ///
    /// # Errors
    ///
    /// `invalidValue` when both are given: RFC 7644 has no answer to which one wins.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource_type: &'s ResourceType,
    ) -> Result<Self, Error> {
        let given = |names: Option<&'_ str>| names.is_some_and(|names| !names.trim().is_empty());
        match (attributes, excluded) {
            (Some(names), excluded) if given(attributes) => {
                if given(excluded) {
                    return Err(Error::invalid_value("attributes and excludedAttributes exclude each other; send one"));
                }
                let mut selection = Selection::default();
                for attribute in top_level(resource_type).filter(|attribute| attribute.returned == Returned::Always) {
                    selection.insert(&[&attribute.name]);
                }
                selection.insert_named(names, resource_type, Purpose::Show);
                Ok(Self::Only(selection))
            }
            (_, Some(names)) if given(excluded) => {
                let mut selection = Selection::default();
                selection.insert_named(names, resource_type, Purpose::Hide);
                Ok(Self::Without(selection))
            }
            _ => Ok(Self::All),
        }
    }

    /// Whether anything of a top-level attribute is shown; what is not need not be looked up.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(selection) => {
                selection.whole.contains(&name) || selection.parts.iter().any(|(part, _)| *part == name)
            }
            Self::Without(selection) => !selection.whole.contains(&name),
        }
    }

    /// The part of a resource, given as canonical JSON text, that is shown. Attributes of which nothing is left are left
    /// out, as unassigned ones always are.
    #[must_use]
    pub fn apply(&self, resource: String) -> String {
        let (selection, fate) = match self {
            Self::All => return resource,
            Self::Only(selection) => (selection, Fate::Keep),
            Self::Without(selection) => (selection, Fate::Drop),
        };
        let mut out = String::with_capacity(resource.len());
        match (Scan { selection, named: fate }).value(&resource, &mut out) {
            Ok(Content::Some) => out,
            Ok(Content::Nothing) => "{}".to_owned(),
            // Our own text is JSON; and to show what was not asked for is allowed and beats a panic.
            Err(_) => resource,
        }
    }
}

fn top_level(resource_type: &ResourceType) -> impl Iterator<Item = &Attribute> {
    resource_type.common.attributes.iter().chain(&resource_type.core.attributes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Show,
    Hide,
}

impl<'s> Selection<'s> {
    fn insert_named(&mut self, names: &str, resource_type: &'s ResourceType, purpose: Purpose) {
        for name in without_brackets(names).split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if let Some(schema) = resource_type.extension(name) {
                self.insert(&[&schema.id]);
            } else if name.eq_ignore_ascii_case(&resource_type.core.id) {
                for attribute in &resource_type.core.attributes {
                    self.insert(&[&attribute.name]);
                }
            } else {
                self.insert_attribute(name, resource_type, purpose);
            }
        }
    }

    fn insert_attribute(&mut self, name: &str, resource_type: &'s ResourceType, purpose: Purpose) {
        let Some(found) = path::parse_attribute(name)
            .ok()
            .and_then(|path| resource_type.find(path.urn.as_deref(), &path.name, path.sub.as_deref()))
        else {
            return;
        };
        if purpose == Purpose::Hide && found.target().returned == Returned::Always {
            return;
        }
        self.insert(&found.keys());
        if purpose == Purpose::Show && found.sub.is_some() {
            for always in found.attribute.sub_attributes.iter().filter(|sub| sub.returned == Returned::Always) {
                let mut keys = found.keys();
                keys.pop();
                keys.push(&always.name);
                self.insert(&keys);
            }
        }
    }

    fn insert(&mut self, keys: &[&'s str]) {
        let Some((key, below)) = keys.split_first() else { return };
        if self.whole.contains(key) {
            return;
        }
        if below.is_empty() {
            self.parts.retain(|(part, _)| part != key);
            self.whole.push(key);
        } else if let Some((_, part)) = self.parts.iter_mut().find(|(part, _)| part == key) {
            part.insert(below);
        } else {
            let mut part = Self::default();
            part.insert(below);
            self.parts.push((key, part));
        }
    }
}

/// The names without filters in brackets, whose text may hold commas.
fn without_brackets(names: &str) -> Cow<'_, str> {
    if !names.contains('[') {
        return Cow::Borrowed(names);
    }
    let mut depth = 0_usize;
    let kept = names.chars().filter(|character| match character {
        '[' => {
            depth += 1;
            false
        }
        ']' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    Cow::Owned(kept.collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Drop,
}

/// Whether a value has anything left to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Some,
    Nothing,
}

/// One object under one selection.
#[derive(Clone, Copy)]
struct Scan<'p, 's> {
    selection: &'p Selection<'s>,
    /// What becomes of a key that the selection names; the others meet the opposite.
    named: Fate,
}

impl Scan<'_, '_> {
    fn value(self, text: &str, out: &mut String) -> Result<Content, serde_json::Error> {
        match text.as_bytes().first() {
            Some(b'{') => self.object(text, out),
            Some(b'[') => self.elements(text, out),
            _ => {
                out.push_str(text);
                Ok(Content::Some)
            }
        }
    }

    fn object(self, text: &str, out: &mut String) -> Result<Content, serde_json::Error> {
        let start = out.len();
        out.push('{');
        let first = out.len();
        serde_json::Deserializer::from_str(text).deserialize_map(Entries { scan: self, out })?;
        Ok(close(out, start, first, '}'))
    }

    fn elements(self, text: &str, out: &mut String) -> Result<Content, serde_json::Error> {
        let start = out.len();
        out.push('[');
        let first = out.len();
        for element in serde_json::from_str::<Vec<&RawValue>>(text)? {
            let before = out.len();
            separate(out, first);
            if self.value(element.get(), out)? == Content::Nothing {
                out.truncate(before);
            }
        }
        Ok(close(out, start, first, ']'))
    }
}

fn separate(out: &mut String, first: usize) {
    if out.len() > first {
        out.push(',');
    }
}

fn close(out: &mut String, start: usize, first: usize, bracket: char) -> Content {
    if out.len() == first {
        out.truncate(start);
        return Content::Nothing;
    }
    out.push(bracket);
    Content::Some
}

/// Writes the entries of one object that are shown.
struct Entries<'o, 'p, 's> {
    scan: Scan<'p, 's>,
    out: &'o mut String,
}

impl<'de> Visitor<'de> for Entries<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { scan, out } = self;
        let first = out.len();
        while let Some(key) = entries.next_key::<Key<'de>>()? {
            let value = entries.next_value::<&'de RawValue>()?.get();
            let before = out.len();
            if scan.selection.whole.contains(&key.0.as_ref()) {
                if scan.named == Fate::Keep {
                    entry(out, first, &key);
                    out.push_str(value);
                }
            } else if let Some((_, selection)) = scan.selection.parts.iter().find(|(part, _)| *part == key.0) {
                entry(out, first, &key);
                let inner = Scan { selection, named: scan.named };
                if inner.value(value, out).map_err(serde::de::Error::custom)? == Content::Nothing {
                    out.truncate(before);
                }
            } else if scan.named == Fate::Drop {
                entry(out, first, &key);
                out.push_str(value);
            }
        }
        Ok(())
    }
}

fn entry(out: &mut String, first: usize, key: &Key<'_>) {
    separate(out, first);
    match &key.0 {
        // Borrowed from JSON text: nothing in it needs an escape.
        Cow::Borrowed(key) => out.extend(["\"", key, "\":"]),
        Cow::Owned(key) => out.extend([serde_json::Value::from(key.as_str()).to_string().as_str(), ":"]),
    }
}

/// A key that is borrowed where it can be; serde's own `Cow` never borrows.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Projection, Returned};
    use crate::scim::error::ScimType;
    use crate::scim::schema::{Attribute, ResourceType};

    fn ada() -> Value {
        json!({
            "id": "1",
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "meta": {"resourceType": "User", "version": "W/\"3\""},
            "userName": "ada",
            "name": {"familyName": "Lovelace", "givenName": "Ada"},
            "emails": [{"value": "a@example.com", "type": "work"}, {"type": "home"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "Engines",
                "manager": {"value": "2", "displayName": "Charles"},
            },
        })
    }

    fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let projection = Projection::parse(attributes, excluded, ResourceType::user()).unwrap();
        serde_json::from_str(&projection.apply(ada().to_string())).unwrap()
    }

    fn only(names: &str) -> Value {
        let mut shown = shown(Some(names), None);
        for always in ["id", "schemas"] {
            assert!(shown.as_object_mut().unwrap().remove(always).is_some(), "{always} is shown always");
        }
        shown
    }

    fn without(names: &str) -> Value {
        shown(None, Some(names))
    }

    fn ada_less(pointers: &[(&str, &str)]) -> Value {
        let mut ada = ada();
        for (parent, key) in pointers {
            ada.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(*key).unwrap();
        }
        ada
    }

    #[test]
    fn without_a_wish_the_text_is_left_as_it_is() {
        for (attributes, excluded) in [(None, None), (Some(""), None), (None, Some(" ")), (Some(""), Some(""))] {
            let projection = Projection::parse(attributes, excluded, ResourceType::user()).unwrap();
            assert_eq!(projection.apply("{ \"untouched\" : 1 }".to_owned()), "{ \"untouched\" : 1 }");
        }
    }

    #[test]
    fn no_schema_declares_what_is_shown_on_request_only() {
        fn check(attributes: &[Attribute]) {
            for attribute in attributes {
                assert_ne!(attribute.returned, Returned::Request, "{}: Projection::All would show it", attribute.name);
                check(&attribute.sub_attributes);
            }
        }
        for kind in [ResourceType::user(), ResourceType::group()] {
            check(&kind.common.attributes);
            check(&kind.core.attributes);
            for extension in &kind.extensions {
                check(&extension.schema.attributes);
            }
        }
    }

    #[test]
    fn attributes_shows_what_is_named_and_what_is_shown_always() {
        for (names, expected) in [
            ("userName", json!({"userName": "ada"})),
            (" USERNAME , , meta", json!({"userName": "ada", "meta": ada()["meta"]})),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!({"userName": "ada"})),
            ("name.familyName", json!({"name": {"familyName": "Lovelace"}})),
            ("name.familyName,name", json!({"name": ada()["name"]})),
            ("name,name.familyName", json!({"name": ada()["name"]})),
            ("emails.value", json!({"emails": [{"value": "a@example.com"}]})),
            ("emails.display", json!({})),
            ("nickName,shoeSize,password,a b", json!({})),
            ("emails[type eq \"work,home\"],userName", json!({"emails": ada()["emails"], "userName": "ada"})),
            ("emails[type eq \"work\"].type", json!({"emails": [{"type": "work"}, {"type": "home"}]})),
        ] {
            assert_eq!(only(names), expected, "{names}");
        }
    }

    #[test]
    fn extensions_are_named_by_urn_whole_or_in_part() {
        const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let whole = json!({ENTERPRISE: ada()[ENTERPRISE]});
        assert_eq!(only(ENTERPRISE), whole);
        assert_eq!(only(&ENTERPRISE.to_uppercase()), whole);
        assert_eq!(only(&format!("{ENTERPRISE}:department")), json!({ENTERPRISE: {"department": "Engines"}}));
        assert_eq!(only(&format!("{ENTERPRISE}:manager.value")), json!({ENTERPRISE: {"manager": {"value": "2"}}}));
        assert_eq!(only("department"), json!({}));
        assert_eq!(without(ENTERPRISE), ada_less(&[("", ENTERPRISE)]));
        assert_eq!(without(&format!("{ENTERPRISE}:manager")), ada_less(&[(&format!("/{ENTERPRISE}"), "manager")]));
    }

    #[test]
    fn the_core_urn_alone_names_the_core_attributes() {
        let core = only("urn:ietf:params:scim:schemas:core:2.0:User");
        assert_eq!(core, json!({"userName": "ada", "name": ada()["name"], "emails": ada()["emails"]}));
    }

    #[test]
    fn excluded_attributes_hides_what_is_named_but_never_what_is_shown_always() {
        assert_eq!(without("members"), ada());
        assert_eq!(without("id,schemas"), ada());
        assert_eq!(without("emails,name.GIVENNAME"), ada_less(&[("", "emails"), ("/name", "givenName")]));
        assert_eq!(without("name.familyName,name.givenName"), ada_less(&[("", "name")]));
        assert_eq!(without("emails.type")["emails"], json!([{"value": "a@example.com"}]));
        assert_eq!(without("meta"), ada_less(&[("", "meta")]));
    }

    #[test]
    fn both_at_once_are_refused() {
        let error = Projection::parse(Some("id"), Some("id"), ResourceType::user()).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
    }

    #[test]
    fn text_is_copied_and_not_rewritten() {
        let text = r#"{"id":"1","userName":"\u0061\"da","name":{"familyName":"\\","givenName":"x"},"a\"b":1}"#;
        let project = |attributes, excluded| {
            Projection::parse(attributes, excluded, ResourceType::user()).unwrap().apply(text.to_owned())
        };
        assert_eq!(
            project(Some("userName,name.familyName"), None),
            r#"{"id":"1","userName":"\u0061\"da","name":{"familyName":"\\"}}"#
        );
        assert_eq!(project(None, Some("userName,name")), r#"{"id":"1","a\"b":1}"#);
    }
}
