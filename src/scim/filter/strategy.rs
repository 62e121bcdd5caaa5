//! What property tests are fed: syntax trees of any shape, filters that fit the User schema, users they may select.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value, json};

use super::ast::{AttributePath, Comparison, Expression, Literal};
use crate::scim::urn;

fn name() -> BoxedStrategy<String> {
    "[a-zA-Z][a-zA-Z0-9_-]{0,8}|\\$ref"
        .prop_filter("words of the grammar are no names", |name| !matches!(&*name.to_lowercase(), "and" | "or" | "not"))
        .boxed()
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        // Decimals with few digits: as it is built here, serde_json reads long ones to within a step only.
        any::<i32>().prop_filter_map("finite", |n| Number::from_f64(f64::from(n) / 8.0).map(Literal::Number)),
        any::<String>().prop_map(|text| Literal::String(text.replace('\0', ""))),
    ]
}

fn operator() -> impl Strategy<Value = Comparison> {
    select(&Comparison::ALL[..])
}

fn bare(name: impl Into<String>) -> AttributePath {
    AttributePath { urn: None, name: name.into(), sub: None }
}

fn branches<S: Strategy<Value = Expression> + 'static>(leaf: S) -> BoxedStrategy<Expression> {
    let branch = |inner: BoxedStrategy<Expression>| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Expression::And(left.into(), right.into())),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Expression::Or(left.into(), right.into())),
            inner.prop_map(|inside| Expression::Not(inside.into())),
        ]
    };
    leaf.prop_recursive(5, 16, 2, branch).boxed()
}

/// Any tree that text can mean, whatever its names.
pub(crate) fn expressions() -> impl Strategy<Value = Expression> {
    let urn = select(vec![urn::USER, urn::ENTERPRISE_USER, "urn:x", "x"]).prop_map(str::to_owned);
    let path =
        (option::of(urn), name(), option::of(name())).prop_map(|(urn, name, sub)| AttributePath { urn, name, sub });
    let leaf = prop_oneof![
        path.clone().prop_map(Expression::Present),
        (path.clone(), operator(), literal()).prop_map(|(path, op, value)| Expression::Compare(path, op, value)),
    ]
    .boxed();
    let element = (path, branches(leaf.clone()))
        .prop_map(|(path, inside)| Expression::ValuePath(AttributePath { sub: None, ..path }, inside.into()));
    branches(prop_oneof![3 => leaf, 1 => element])
}

fn word() -> impl Strategy<Value = String> {
    select(vec!["", "a", "A", "ada", "ADA", "work", "home", "É", "e\u{301}", "ß", "Σ", "ａ"]).prop_map(str::to_owned)
}

fn text_condition(paths: Vec<&'static str>) -> BoxedStrategy<Expression> {
    let path = select(paths).prop_map(|path| match path.split_once('.') {
        Some((name, sub)) => AttributePath { sub: Some(sub.to_owned()), ..bare(name) },
        None => bare(path),
    });
    prop_oneof![
        3 => (path.clone(), operator(), word().prop_map(Literal::String))
            .prop_map(|(path, op, text)| Expression::Compare(path, op, text)),
        1 => path.prop_map(Expression::Present),
    ]
    .boxed()
}

/// Filters that [`bind`](super::bind) accepts for a User.
pub(crate) fn user_filters() -> BoxedStrategy<Expression> {
    let text = text_condition(vec!["userName", "externalId", "title", "name.familyName", "emails", "emails.type"]);
    let flag = (select(vec![Comparison::Equal, Comparison::NotEqual]), any::<bool>())
        .prop_map(|(op, flag)| Expression::Compare(bare("active"), op, Literal::Boolean(flag)));
    let null = select(vec![Comparison::Equal, Comparison::NotEqual])
        .prop_map(|op| Expression::Compare(bare("emails"), op, Literal::Null));
    let element = branches(text_condition(vec!["value", "type"]))
        .prop_map(|inside| Expression::ValuePath(bare("emails"), inside.into()));
    branches(prop_oneof![4 => text, 1 => flag, 1 => null, 2 => element])
}

/// Users with some of what [`user_filters`] ask for.
pub(crate) fn users() -> impl Strategy<Value = Map<String, Value>> {
    let value = || option::of(word()).prop_map(|text| text.map_or(Value::Null, Value::String));
    let emails = vec((value(), value()).prop_map(|(value, kind)| json!({"value": value, "type": kind})), 0..3);
    (word(), value(), value(), value(), option::of(any::<bool>()), emails).prop_map(
        |(user_name, external_id, title, family_name, active, emails)| {
            Map::from_iter([
                ("userName".to_owned(), json!(user_name)),
                ("externalId".to_owned(), external_id),
                ("title".to_owned(), title),
                ("name".to_owned(), json!({"familyName": family_name})),
                ("active".to_owned(), json!(active)),
                ("emails".to_owned(), json!(emails)),
            ])
        },
    )
}

/// Rows of words that filters and paths are made of, in any order: nearly right, mostly wrong.
pub(crate) fn fragments() -> impl Strategy<Value = String> {
    let words = [
        "userName",
        "emails",
        "emails[",
        "type",
        ".value",
        "name.familyName",
        "eq",
        "ne",
        "CO",
        "pr",
        "gt",
        "and",
        "or",
        "not",
        "not(",
        "(",
        ")",
        "[",
        "]",
        "\"work\"",
        "\"",
        "\\",
        "\"\\u0041\"",
        "true",
        "False",
        "null",
        "1",
        "-1.5e3",
        "1e999",
        ":",
        "urn:x:",
        urn::USER,
        urn::ENTERPRISE_USER,
        ":manager.value",
        "$ref",
        ".",
        "é",
        "\u{0}",
        "😀",
        "\t",
    ];
    vec((select(words.to_vec()), select(vec!["", " "])), 0..14)
        .prop_map(|row| row.into_iter().flat_map(|(word, blank)| [word, blank]).collect())
}
