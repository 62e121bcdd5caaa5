//! Bound filter against a resource in memory.
//!
//! A value that is missing or of another type than its schema says fulfils no comparison (and therefore every `not`
//! of one); a stored date that cannot be read is such a value.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::ast::Comparison;
use super::bound::{Filter, Operand};
use super::key::text_key;
use crate::base::clock::Ts;
use crate::scim::schema::AttrRef;

/// Whether a whole resource (with `id`, `meta` and all that is computed) fulfils the filter.
///
/// Attributes stand under their canonical names, those of an extension in an object under its URN. Text is compared
/// by its [`text_key`], its order is that of code points.
#[must_use]
pub fn matches(filter: &Filter<'_>, resource: &Map<String, Value>) -> bool {
    Scope::Resource(resource).fulfils(filter)
}

/// Whether one element of a complex attribute fulfils a filter made by [`bind_element`](super::bind_element);
/// what is no object never does.
#[must_use]
pub fn matches_element(filter: &Filter<'_>, element: &Value) -> bool {
    element.is_object() && Scope::Element(element).fulfils(filter)
}

/// Where values are looked up.
#[derive(Clone, Copy)]
enum Scope<'v> {
    Resource(&'v Map<String, Value>),
    Element(&'v Value),
}

impl Scope<'_> {
    fn fulfils(self, filter: &Filter<'_>) -> bool {
        match filter {
            Filter::And(left, right) => self.fulfils(left) && self.fulfils(right),
            Filter::Or(left, right) => self.fulfils(left) || self.fulfils(right),
            Filter::Not(inside) => !self.fulfils(inside),
            Filter::Present(attribute) => self.some(*attribute, is_present),
            Filter::Compare(attribute, operator, operand) => {
                self.some(*attribute, |value| compares(value, *attribute, *operator, operand))
            }
            Filter::Element(attribute, inside) => self.some(*attribute, |element| matches_element(inside, element)),
        }
    }

    /// Whether some value of the attribute passes the test.
    fn some(self, attribute: AttrRef<'_>, test: impl Fn(&Value) -> bool) -> bool {
        let name = &attribute.attribute.name;
        let wholes = match (self, attribute.extension) {
            (Self::Resource(resource), None) => values(resource.get(name)),
            (Self::Resource(resource), Some(schema)) => {
                values(resource.get(&schema.id).and_then(|extension| extension.get(name)))
            }
            (Self::Element(element), _) => std::slice::from_ref(element),
        };
        wholes.iter().any(|whole| match attribute.sub {
            Some(sub) => values(whole.get(&sub.name)).iter().any(&test),
            None => test(whole),
        })
    }
}

/// The values of an attribute, be it one, many or none.
fn values(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// RFC 7644, table 3: "has a non-empty or non-null value, or if it contains a non-empty node for complex attributes".
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(is_present),
        Value::Object(object) => object.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(value: &Value, attribute: AttrRef<'_>, operator: Comparison, operand: &Operand) -> bool {
    let order = match operand {
        Operand::Text(operand) => {
            return value.as_str().is_some_and(|text| text_compares(&text_key(attribute, text), operator, operand));
        }
        Operand::Boolean(operand) => value.as_bool().map(|value| value.cmp(operand)),
        Operand::Integer(operand) => value.as_i64().map(|value| value.cmp(operand)),
        Operand::Decimal(operand) => value.as_f64().and_then(|value| value.partial_cmp(operand)),
        Operand::Instant(operand) => value.as_str().and_then(Ts::parse).map(|value| value.cmp(operand)),
    };
    order.is_some_and(|order| order_is(order, operator))
}

fn text_compares(key: &str, operator: Comparison, operand: &str) -> bool {
    match operator {
        Comparison::Contains => key.contains(operand),
        Comparison::StartsWith => key.starts_with(operand),
        Comparison::EndsWith => key.ends_with(operand),
        _ => order_is(key.cmp(operand), operator),
    }
}

const fn order_is(order: Ordering, operator: Comparison) -> bool {
    match operator {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        // Only text has parts, and `bind` gives these operators to nothing else.
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::super::strategy::{fragments, user_filters, users};
    use super::super::{Expression, bind, bind_element, parse};
    use super::{matches, matches_element};
    use crate::scim::schema::{AttrRef, ResourceType, Schema};
    use crate::scim::urn;

    fn holds(filter: &Expression, resource: &Map<String, Value>) -> bool {
        matches(&bind(filter, ResourceType::user()).unwrap(), resource)
    }

    fn ada() -> Map<String, Value> {
        let ada = json!({
            "schemas": [urn::USER, urn::ENTERPRISE_USER],
            "id": "2819c223",
            "externalId": "AdaL",
            "userName": "Ada@Contoso.example",
            "name": {"familyName": "Lovelace", "givenName": "Ada", "middleName": ""},
            "title": "",
            "nickName": null,
            "active": true,
            "ims": [],
            "photos": [{}, {"value": null}],
            "emails": [
                {"type": "work", "value": "ada@contoso.example", "primary": true},
                {"type": "home", "value": "ADA@home.example", "primary": false},
                null,
            ],
            "meta": {"created": "2026-01-02T03:04:05.5Z", "lastModified": "no date"},
            urn::ENTERPRISE_USER: {"department": "Analysis", "manager": {"value": "26118915"}},
            urn::TELEPHONY_USER: {"lockedBy": ["administrator", "idp"]},
        });
        let Value::Object(ada) = ada else { panic!("an object") };
        ada
    }

    #[test]
    fn filters_select_as_rfc_7644_says() {
        let ada = ada();
        let enterprise = urn::ENTERPRISE_USER;
        for (filter, expected) in [
            // Letter case
            (r#"userName eq "ADA@contoso.EXAMPLE""#, true),
            (r#"externalId eq "adal""#, false),
            (r#"externalId eq "AdaL""#, true),
            // Parts and order of text
            (r#"userName sw "ADA" and userName ew ".Example" and userName co "TOSO""#, true),
            (r#"userName sw "contoso""#, false),
            (r#"name.familyName gt "Kepler" and name.familyName lt "lp""#, true),
            (r#"name.familyName ge "lovelace" and name.familyName le "LOVELACE""#, true),
            (r#"userName co """#, true),
            (r#"nickName co """#, false),
            // Presence and null
            ("name pr and emails pr and active pr", true),
            ("title pr or nickName pr or ims pr or photos pr or locale pr or name.middleName pr", false),
            (r#"title eq "" and name.middleName eq """#, true),
            ("title eq null and nickName eq null and ims eq null", true),
            ("userName ne null and emails.type pr", true),
            // Some element, one and the same element
            (r#"emails eq "ada@HOME.example""#, true),
            (r#"emails.type eq "work" and emails.value co "@home""#, true),
            (r#"emails[type eq "work" and value co "@home"]"#, false),
            (r#"emails[type eq "work"].value co "@contoso""#, true),
            (r#"emails[type eq "work"].display pr"#, false),
            (r#"emails[primary eq "True"].type eq "work""#, true),
            (r#"emails[not (type eq "work" or type eq "home")]"#, false),
            (r#"emails[type ne "work"]"#, true),
            // `ne` of a list asks for some element that differs, in brackets or not
            (r#"emails.type ne "work""#, true),
            (r#"emails ne "ada@contoso.example""#, true),
            (r#"emails.type ne "other""#, true),
            ("emails.primary ne true and emails.primary ne false", true),
            (r#"addresses.type ne "work""#, false),
            (r#"not (emails.type eq "work")"#, false),
            // Of a single value, and of a list of simple ones, it is the opposite of `eq`: also where there is none
            (&format!(r#"schemas ne "{enterprise}""#), false),
            (r#"locale ne "de""#, true),
            (r#"not (locale eq "de")"#, true),
            (r#"name[familyName eq "lovelace" and givenName eq "ada"]"#, true),
            (r#"addresses[type ne "work"]"#, false),
            // Types
            ("active eq true and active ne false", true),
            (r#"active eq "False""#, false),
            (r#"meta.created eq "2026-01-02T04:04:05.500+01:00""#, true),
            (r#"meta.created lt "2026-01-02T03:04:05.6Z" and meta.created ge "2026-01-02T03:04:05.5""#, true),
            (r#"meta.lastModified gt "1970-01-01T00:00:00Z""#, false),
            (r#"meta.lastModified ne "1970-01-01T00:00:00Z""#, true),
            // Extensions
            (&format!(r#"{enterprise}:department eq "analysis""#), true),
            (&format!(r#"{enterprise}:manager eq "26118915""#), true),
            (&format!(r"{enterprise}:manager.displayName pr"), false),
            (&format!(r#"{}:lockedBy eq "idp""#, urn::TELEPHONY_USER), true),
            (&format!(r"{}:locked eq true", urn::TELEPHONY_USER), false),
            (&format!(r#"schemas eq "{enterprise}""#), true),
        ] {
            let expression = parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
            assert_eq!(holds(&expression, &ada), expected, "{filter}");
        }
    }

    /// Decision 4: who was told nothing is active.
    #[test]
    fn an_absent_value_counts_as_the_default() {
        for (active, is_true) in
            [(None, true), (Some(Value::Null), true), (Some(json!(true)), true), (Some(json!(false)), false)]
        {
            let resource = Map::from_iter(active.map(|active| ("active".to_owned(), active)));
            for (filter, expected) in [
                ("active eq true", is_true),
                ("active ne false", is_true),
                ("active eq false", !is_true),
                ("active ne true", !is_true),
            ] {
                assert_eq!(holds(&parse(filter).unwrap(), &resource), expected, "{filter}: {resource:?}");
            }
        }
    }

    #[test]
    fn values_of_a_wrong_type_fulfil_no_comparison() {
        let Value::Object(odd) = json!({"userName": 5, "active": "true", "emails": "x", "name": ["y"]}) else {
            panic!("an object")
        };
        for filter in
            [r#"userName sw """#, "active eq true", "emails.value pr", "name.familyName pr", "emails[value ne null]"]
        {
            assert!(!holds(&parse(filter).unwrap(), &odd), "{filter}");
        }
    }

    #[test]
    fn an_element_is_tested_alone() {
        let members = ResourceType::group().find(None, "members", None).unwrap();
        let filter = bind_element(&parse(r#"value eq "a" and not (type pr)"#).unwrap(), members).unwrap();
        assert!(matches_element(&filter, &json!({"value": "a"})));
        assert!(!matches_element(&filter, &json!({"value": "A"})));
        assert!(!matches_element(&filter, &json!({"value": "a", "type": "User"})));
        assert!(!matches_element(&filter, &json!("a")));
        assert!(!matches_element(&filter, &Value::Null));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let document = r#"{"id": "urn:x", "name": "X", "description": "", "attributes": [{
            "name": "c", "type": "complex",
            "subAttributes": [{"name": "i", "type": "integer"}, {"name": "d", "type": "decimal"}]}]}"#;
        let schema: Schema = serde_json::from_str(document).unwrap();
        let of = AttrRef { extension: None, attribute: schema.attribute("c").unwrap(), sub: None };
        for (filter, expected) in [
            ("i gt 9 and i lt 11 and i eq 10", true),
            ("i ge 11 or i le 9 or i ne 10", false),
            ("d ge 2.5 and d le 2.50 and d ne 2", true),
        ] {
            let filter = bind_element(&parse(filter).unwrap(), of).unwrap();
            assert_eq!(matches_element(&filter, &json!({"i": 10, "d": 2.5})), expected, "{filter:?}");
        }
    }

    fn not(inside: &Expression) -> Expression {
        Expression::Not(Box::new(inside.clone()))
    }

    fn and(left: &Expression, right: &Expression) -> Expression {
        Expression::And(Box::new(left.clone()), Box::new(right.clone()))
    }

    fn or(left: &Expression, right: &Expression) -> Expression {
        Expression::Or(Box::new(left.clone()), Box::new(right.clone()))
    }

    proptest! {
        #[test]
        fn filters_obey_the_laws_of_logic(a in user_filters(), b in user_filters(), user in users()) {
            let h = |expression: &Expression| holds(expression, &user);
            prop_assert_eq!(h(&not(&not(&a))), h(&a));
            prop_assert_eq!(h(&and(&a, &b)), h(&and(&b, &a)));
            prop_assert_eq!(h(&or(&a, &b)), h(&or(&b, &a)));
            prop_assert_eq!(h(&not(&and(&a, &b))), h(&or(&not(&a), &not(&b))));
            prop_assert_eq!(h(&and(&a, &or(&a, &b))), h(&a));
            prop_assert!(h(&or(&a, &not(&a))) && !h(&and(&a, &not(&a))));
        }

        #[test]
        fn printing_a_filter_does_not_change_what_it_selects(a in user_filters(), user in users()) {
            prop_assert_eq!(holds(&parse(&a.to_string()).unwrap(), &user), holds(&a, &user));
        }

        #[test]
        fn l6_whatever_can_be_read_and_bound_can_be_evaluated(text in fragments(), user in users()) {
            if let Ok(filter) = parse(&text).and_then(|read| bind(&read, ResourceType::user())) {
                let _ = matches(&filter, &user);
            }
        }
    }
}
