//! `members[…]`: what a path filter may ask.
//!
//! Members that nobody names are not looked at one by one, so a filter may only ask for what decides about all of them
//! at once: which `value` they have or have not, and of which `type` they are.

use serde_json::json;

use super::MemberKind;
use crate::scim::error::Error;
use crate::scim::filter::{Comparison, Expression, Literal, matches_element};
use crate::scim::path::Selector;

/// Whether a filter can be decided.
pub(super) fn check(expression: &Expression) -> Result<(), Error> {
    match expression {
        Expression::And(left, right) | Expression::Or(left, right) => check(left).and_then(|()| check(right)),
        Expression::Not(inside) => check(inside),
        Expression::Present(path) if is(&path.name, "value") || is(&path.name, "type") => Ok(()),
        Expression::Compare(path, Comparison::Equal | Comparison::NotEqual, _)
            if is(&path.name, "value") || is(&path.name, "type") =>
        {
            Ok(())
        }
        Expression::Present(_) | Expression::Compare(..) | Expression::ValuePath(..) => Err(Error::invalid_filter(
            "members are selected by value and type, compared by eq and ne, such as members[value eq \"…\"]",
        )),
    }
}

fn is(name: &str, known: &str) -> bool {
    name.eq_ignore_ascii_case(known)
}

/// The identifiers that a filter names.
pub(super) fn named<'e>(expression: &'e Expression, named_so_far: &mut Vec<&'e str>) {
    match expression {
        Expression::And(left, right) | Expression::Or(left, right) => {
            named(left, named_so_far);
            named(right, named_so_far);
        }
        Expression::Not(inside) => named(inside, named_so_far),
        Expression::Compare(path, _, Literal::String(id)) if is(&path.name, "value") => named_so_far.push(id),
        Expression::Present(_) | Expression::Compare(..) | Expression::ValuePath(..) => {}
    }
}

/// The only identifier that a filter can select, where it is as plain as `value eq "…"`.
pub(super) fn only(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Compare(path, Comparison::Equal, Literal::String(id)) if is(&path.name, "value") => Some(id),
        _ => None,
    }
}

/// Whether the filter selects a member.
pub(super) fn selects(selector: &Selector<'_>, id: &str, kind: MemberKind) -> bool {
    matches_element(&selector.filter, &json!({"value": id, "type": kind.name()}))
}
