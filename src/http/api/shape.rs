//! What a body may hold, read from its published schema: that schema is the one place that says it, and what refuses.
//!
//! The part of JSON Schema that our own schemas use; a test holds them to it. All faults of a body are found at once,
//! and of very many the first hundred told.

use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};
use std::sync::{OnceLock, PoisonError, RwLock};

use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::administration::Fault;
use crate::base::json::shortened;
use crate::base::suggest::closest;

/// The keywords that are checked, and those that say nothing about what may be there.
#[cfg(test)]
pub const KEYWORDS: &[&str] = &[
    "$ref",
    "oneOf",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "format",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "description",
    "default",
    "examples",
    "example",
    // Who reads the text says what is wrong with it, in words.
    "pattern",
];

/// The most faults that are told one by one; further ones are counted.
const MAX_FAULTS: usize = 100;

/// Faults, as many as are told, and how many there are beyond.
#[derive(Default)]
struct Faults {
    listed: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// Another fault. It is put into words only where it is told.
    fn add(&mut self, at: &str, detail: impl FnOnce() -> String) {
        if self.listed.len() < MAX_FAULTS {
            self.listed.push(Fault::at(at, detail()));
        } else {
            self.more += 1;
        }
    }

    fn extend(&mut self, others: Self) {
        self.more += others.more;
        for fault in others.listed {
            let detail = fault.detail;
            self.add(&fault.pointer, || detail);
        }
    }

    fn count(&self) -> usize {
        self.listed.len() + self.more
    }
}

/// A schema with everything that it refers to.
#[derive(Debug)]
pub struct Shape {
    root: Value,
    referred: HashMap<String, Value>,
}

impl Shape {
    /// The shape of a type, made once.
    pub fn of<T: ToSchema + 'static>() -> &'static Self {
        static KNOWN: OnceLock<RwLock<HashMap<TypeId, &'static Shape>>> = OnceLock::new();
        let known = KNOWN.get_or_init(RwLock::default);
        if let Some(shape) = known.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()) {
            return shape;
        }
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        // There are as many as types of bodies, and they live as long as the daemon.
        known.entry(TypeId::of::<T>()).or_insert_with(|| Box::leak(Box::new(Self::new::<T>())))
    }

    fn new<T: ToSchema>() -> Self {
        let as_value = |schema| serde_json::to_value(schema).unwrap_or_default();
        let mut referred = Vec::new();
        T::schemas(&mut referred);
        let referred = referred.into_iter().map(|(name, schema)| (name, as_value(schema))).collect();
        Self { root: as_value(T::schema()), referred }
    }

    /// Everything that a value has and must not, or has not and must; of very many faults the first hundred, and how many
    /// more there are.
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check(&self.root, value, "", &mut faults);
        let Faults { mut listed, more } = faults;
        if more > 0 {
            listed.push(Fault::at("", format!("and {more} further faults")));
        }
        listed
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Faults) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.check(self.referred.get(name).unwrap_or(&Value::Null), value, at, faults);
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return self.check_choice(choices, value, at, faults);
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|kind| is_of(kind, value)) {
            let wanted: Vec<_> = types.iter().map(|kind| in_words(kind)).collect();
            return faults.add(at, || format!("{} is expected here", wanted.join(" or ")));
        }
        match value {
            Value::Object(members) => self.check_object(schema, members, at, faults),
            Value::Array(items) => self.check_list(schema, items, at, faults),
            Value::String(text) => text_fault(schema, text).into_iter().for_each(|detail| faults.add(at, || detail)),
            Value::Number(_) => number_fault(schema, value).into_iter().for_each(|detail| faults.add(at, || detail)),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// Of several that it may be: those of its type, of which it need fit one. Where it fits none, the faults are those of
    /// the one that it is nearest to.
    fn check_choice(&self, choices: &[Value], value: &Value, at: &str, faults: &mut Faults) {
        let resolved = choices.iter().map(|choice| self.resolved(choice));
        let of_type = |schema: &&Value| types(schema).iter().any(|kind| is_of(kind, value)) || types(schema).is_empty();
        let faults_of = |schema: &Value| {
            let mut faults = Faults::default();
            self.check(schema, value, at, &mut faults);
            faults
        };
        if let Some(fewest) = resolved.clone().filter(of_type).map(faults_of).min_by_key(Faults::count) {
            faults.extend(fewest);
        } else {
            let wanted: BTreeSet<_> = resolved.flat_map(types).filter(|kind| *kind != "null").map(in_words).collect();
            let wanted: Vec<_> = wanted.into_iter().collect();
            faults.add(at, || format!("{} is expected here", wanted.join(" or ")));
        }
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
        name.and_then(|name| self.referred.get(name)).unwrap_or(schema)
    }

    fn check_object(&self, schema: &Value, members: &Map<String, Value>, at: &str, faults: &mut Faults) {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for (name, value) in members {
            let place = format!("{at}/{}", escaped(name));
            if let Some(property) = properties.get(name) {
                self.check(property, value, &place, faults);
            } else if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                faults.add(&place, || {
                    let name = shortened(name);
                    let known = || properties.keys().map(String::as_str);
                    let advice = closest(name, known()).map_or_else(
                        || format!("known are {}", known().collect::<Vec<_>>().join(", ")),
                        |like| format!("did you mean {like}?"),
                    );
                    format!("there is no field {name:?}; {advice}")
                });
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !members.contains_key(*name)) {
            faults.add(&format!("{at}/{}", escaped(name)), || "this field is missing".to_owned());
        }
    }

    fn check_list(&self, schema: &Value, items: &[Value], at: &str, faults: &mut Faults) {
        if let Some(most) = bound(schema, "maxItems").filter(|most| items.len() as u64 > *most) {
            return faults.add(at, || format!("a list has at most {most} items here"));
        }
        if let Some(least) = bound(schema, "minItems").filter(|least| (items.len() as u64) < *least) {
            faults.add(at, || format!("a list has at least {least} items here"));
        }
        if let Some(item) = schema.get("items") {
            for (place, value) in items.iter().enumerate() {
                self.check(item, value, &format!("{at}/{place}"), faults);
            }
        }
    }
}

/// The types that a value may have; any, where none are named.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    }
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        _ => "null",
    }
}

fn text_fault(schema: &Value, text: &str) -> Option<String> {
    let length = text.chars().count() as u64;
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.iter().any(|one| one == text)
    {
        let names: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
        let meant = closest(text, names.iter().copied()).map(|like| format!("; did you mean {like}?"));
        return Some(format!("this is one of {}{}", names.join(", "), meant.unwrap_or_default()));
    }
    if let Some(most) = bound(schema, "maxLength").filter(|most| length > *most) {
        return Some(format!("this text has at most {most} characters"));
    }
    if let Some(least) = bound(schema, "minLength").filter(|least| length < *least) {
        return Some(if length == 0 {
            "this text is empty".to_owned()
        } else {
            format!("this text has at least {least} characters")
        });
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") if !is_canonical(text) => {
            Some("an identifier is a UUID in its hyphenated lower-case form".to_owned())
        }
        _ => None,
    }
}

/// One thing has one name.
fn is_canonical(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}

fn number_fault(schema: &Value, value: &Value) -> Option<String> {
    let number = value.as_f64()?;
    let of = |keyword| schema.get(keyword).and_then(Value::as_f64);
    if let Some(least) = of("minimum").filter(|least| number < *least) {
        return Some(format!("this number is {least} at least"));
    }
    of("maximum").filter(|most| number > *most).map(|most| format!("this number is {most} at most"))
}

fn bound(schema: &Value, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Value::as_u64)
}

/// A name as a part of a pointer (RFC 6901, section 3), shortened: it may be anybody's invention.
fn escaped(name: &str) -> String {
    shortened(name).replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};
    use utoipa::ToSchema;

    use super::Shape;

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its shape is looked at")]
    struct Desk {
        #[schema(min_length = 1, max_length = 5)]
        name: String,
        email: Option<String>,
        #[serde(default)]
        contacts: bool,
        #[schema(minimum = 0, maximum = 9)]
        days: Option<u32>,
        reach: Option<Reach>,
        #[schema(max_items = 2)]
        ids: Option<Vec<uuid::Uuid>>,
        what: Option<What>,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its shape is looked at")]
    struct Reach {
        own: bool,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code, reason = "only its shape is looked at")]
    enum What {
        Keep,
        Adopt,
    }

    #[expect(clippy::needless_pass_by_value, reason = "so tests read")]
    fn faults(value: Value) -> Vec<(String, String)> {
        Shape::of::<Desk>().faults(&value).into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn what_fits_has_no_faults() {
        for good in [
            json!({"name": "a"}),
            json!({"name": "äöüß!", "email": null, "contacts": true, "days": 9, "reach": {"own": true}, "ids": []}),
            json!({"name": "a", "reach": null, "ids": ["0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11"], "what": "keep"}),
        ] {
            assert_eq!(faults(good.clone()), [], "{good}");
        }
    }

    #[test]
    fn every_fault_is_named_by_its_place_all_at_once() {
        let told = faults(json!({"nmae": 1, "email": 2, "days": 10, "reach": {}, "ids": ["x"], "what": "adapt"}));
        let expected = [
            ("/days", "this number is 9 at most"),
            ("/email", "a text or null is expected here"),
            ("/ids/0", "an identifier is a UUID in its hyphenated lower-case form"),
            ("/nmae", "there is no field \"nmae\"; did you mean name?"),
            ("/reach/own", "this field is missing"),
            ("/what", "this is one of keep, adopt; did you mean adopt?"),
            ("/name", "this field is missing"),
        ];
        assert_eq!(told, expected.map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned())));
        assert_eq!(faults(json!([]))[0].1, "an object is expected here");
        assert_eq!(faults(json!({"name": ""}))[0].1, "this text is empty");
        assert_eq!(faults(json!({"name": "sechs!"}))[0].1, "this text has at most 5 characters");
        assert_eq!(faults(json!({"name": "a", "ids": [1, 2, 3]}))[0].1, "a list has at most 2 items here");
        assert_eq!(faults(json!({"name": "a", "~/": 1}))[0].0, "/~0~1");
    }

    #[test]
    fn of_very_many_faults_the_first_are_told_and_the_rest_counted() {
        let unknown = (0..500).map(|field| (format!("unknown{field}"), Value::Null));
        let told = faults(Value::Object(unknown.collect()));
        assert_eq!(told.len(), super::MAX_FAULTS + 1);
        assert_eq!(told.last().unwrap(), &(String::new(), "and 401 further faults".to_owned()));
    }
}
