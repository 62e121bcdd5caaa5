//! Syntax tree to bound filter: names become attributes, values become operands of the attribute's type.

use super::ast::{AttributePath, Comparison, Expression, Literal};
use super::bound::{Filter, Operand};
use super::key::text_key;
use super::name::{find_attribute, no_sub_attribute, sub_attributes};
use crate::base::clock::Ts;
use crate::base::json::shortened;
use crate::scim::error::Error;
use crate::scim::schema::{AttrRef, Kind, ResourceType, Returned};

/// Finds every attribute of a filter in the schemas of a resource type and brings every value to its type.
///
/// A complex attribute is compared by its `value` where it has one (`emails co "@example.com"`). `ne` becomes the
/// opposite of `eq`: of a list's sub-attribute, in some element. `eq null` and `ne null` become the opposite of `pr`, and
/// `pr`, of the attribute as named. A boolean that has a default equals it also while it is absent.
///
/// # Errors
///
/// `invalidFilter` that names the attribute or the value at fault: an attribute that nobody declared (with the one
/// probably meant), a complex one without `value`, one that is never shown (`password`: a filter would tell it letter
/// by letter), an operator that its type does not have, a value of another type, square brackets behind a simple one.
pub fn bind<'s>(expression: &Expression, resource_type: &'s ResourceType) -> Result<Filter<'s>, Error> {
    Scope::Resource(resource_type).bind(expression)
}

/// The same for one resource type in a query over several: a condition on what only `others` have never holds here
/// (RFC 7644, section 3.4.2.1).
///
/// # Errors
///
/// As [`bind`], for what none of them has.
pub fn bind_among<'s>(
    expression: &Expression,
    resource_type: &'s ResourceType,
    others: &[&ResourceType],
) -> Result<Filter<'s>, Error> {
    match expression {
        Expression::And(left, right) => Ok(Filter::And(
            Box::new(bind_among(left, resource_type, others)?),
            Box::new(bind_among(right, resource_type, others)?),
        )),
        Expression::Or(left, right) => Ok(Filter::Or(
            Box::new(bind_among(left, resource_type, others)?),
            Box::new(bind_among(right, resource_type, others)?),
        )),
        Expression::Not(inside) => Ok(Filter::Not(Box::new(bind_among(inside, resource_type, others)?))),
        leaf => bind(leaf, resource_type).or_else(|error| {
            let elsewhere = others.iter().find_map(|other| bind(leaf, other).ok());
            match (elsewhere, resource_type.find(None, "id", None)) {
                // What is there and is not there: nothing. `ne` holds where there is no value.
                (Some(Filter::Not(_)), Some(id)) => Ok(Filter::Present(id)),
                (Some(_), Some(id)) => {
                    let there = || Box::new(Filter::Present(id));
                    Ok(Filter::And(there(), Box::new(Filter::Not(there()))))
                }
                _ => Err(error),
            }
        }),
    }
}

/// The same for the filter in the brackets of a path: its names are sub-attributes of `attribute`.
///
/// Any sub-attribute that `attribute` itself carries is passed over.
///
/// # Errors
///
/// `invalidFilter` that names the sub-attribute or the value at fault; also when `attribute` has no sub-attributes.
pub fn bind_element<'s>(expression: &Expression, attribute: AttrRef<'s>) -> Result<Filter<'s>, Error> {
    if attribute.attribute.kind != Kind::Complex {
        let whole = AttrRef { sub: None, ..attribute };
        return Err(Error::invalid_filter(format!(
            "{whole} has no sub-attributes, so a filter in square brackets has nothing to select by"
        )));
    }
    Scope::Element(attribute).bind(expression)
}

/// Where the names of an expression are looked up.
#[derive(Clone, Copy)]
enum Scope<'s> {
    Resource(&'s ResourceType),
    Element(AttrRef<'s>),
}

impl<'s> Scope<'s> {
    fn bind(self, expression: &Expression) -> Result<Filter<'s>, Error> {
        Ok(match expression {
            Expression::And(left, right) => Filter::And(Box::new(self.bind(left)?), Box::new(self.bind(right)?)),
            Expression::Or(left, right) => Filter::Or(Box::new(self.bind(left)?), Box::new(self.bind(right)?)),
            Expression::Not(inside) => Filter::Not(Box::new(self.bind(inside)?)),
            Expression::Present(path) => Filter::Present(self.find(path)?),
            Expression::Compare(path, operator, literal) => self.compare(self.find(path)?, *operator, literal)?,
            Expression::ValuePath(path, inside) => {
                let attribute = self.find(path)?;
                if attribute.sub.is_some() {
                    return Err(Error::invalid_filter(format!(
                        "square brackets cannot follow the sub-attribute {attribute}"
                    )));
                }
                Filter::Element(attribute, Box::new(bind_element(inside, attribute)?))
            }
        })
    }

    fn compare(self, named: AttrRef<'s>, operator: Comparison, literal: &Literal) -> Result<Filter<'s>, Error> {
        if *literal == Literal::Null {
            return compare_with_null(named, operator);
        }
        let (attribute, operand) = operands(named, operator, literal)?;
        if operator != Comparison::NotEqual {
            return Ok(or_default(attribute, operator, operand));
        }
        let differs = Filter::Not(Box::new(or_default(attribute, Comparison::Equal, operand)));
        let of_list = attribute.attribute.multi_valued && attribute.sub.is_some();
        Ok(match self {
            Self::Resource(_) if of_list => Filter::Element(AttrRef { sub: None, ..attribute }, Box::new(differs)),
            Self::Resource(_) | Self::Element(_) => differs,
        })
    }

    fn find(self, path: &AttributePath) -> Result<AttrRef<'s>, Error> {
        let found = match self {
            Self::Resource(resource_type) => {
                find_attribute(path, resource_type).map_err(|unknown| Error::invalid_filter(unknown.to_string()))?
            }
            Self::Element(of) => find_sub_attribute(path, of)?,
        };
        if [found.attribute, found.target()].iter().any(|attribute| attribute.returned == Returned::Never) {
            return Err(Error::invalid_filter(format!("{found} is never shown and cannot be searched by")));
        }
        Ok(found)
    }
}

fn find_sub_attribute<'s>(path: &AttributePath, of: AttrRef<'s>) -> Result<AttrRef<'s>, Error> {
    let AttributePath { urn: None, name, sub: None } = path else {
        return Err(Error::invalid_filter(format!(
            "in the square brackets of {} stand bare names of its sub-attributes ({}), not {:?}",
            of.attribute.name,
            sub_attributes(of.attribute),
            shortened(&path.to_string())
        )));
    };
    let sub = of.attribute.sub_attribute(name);
    let sub = sub.ok_or_else(|| Error::invalid_filter(no_sub_attribute(of.attribute, name)))?;
    Ok(AttrRef { sub: Some(sub), ..of })
}

fn compare_with_null(named: AttrRef<'_>, operator: Comparison) -> Result<Filter<'_>, Error> {
    match operator {
        Comparison::Equal => Ok(Filter::Not(Box::new(Filter::Present(named)))),
        Comparison::NotEqual => Ok(Filter::Present(named)),
        _ => Err(Error::invalid_filter(format!("{named}: null can be compared by eq and ne, not by {operator}"))),
    }
}

/// What is compared, and with what.
fn operands<'s>(named: AttrRef<'s>, operator: Comparison, literal: &Literal) -> Result<(AttrRef<'s>, Operand), Error> {
    let attribute = named.comparable().ok_or_else(|| {
        Error::invalid_filter(format!(
            "{named} is complex and cannot be compared as a whole; compare one of its sub-attributes: {}",
            sub_attributes(named.attribute)
        ))
    })?;
    let kind = attribute.target().kind;
    if !operators(kind).contains(&operator) {
        let known: Vec<_> = operators(kind).iter().map(|known| known.keyword()).collect();
        return Err(Error::invalid_filter(format!(
            "{attribute} cannot be compared by {operator}; its type has {} and pr",
            known.join(", ")
        )));
    }
    let operand = operand(attribute, literal).ok_or_else(|| {
        let found = literal.to_string();
        Error::invalid_filter(format!("{attribute} is compared with {}, not with {}", wanted(kind), shortened(&found)))
    })?;
    Ok((attribute, operand))
}

/// The comparison, which an absent value fulfils where it counts as that value.
fn or_default(attribute: AttrRef<'_>, operator: Comparison, operand: Operand) -> Filter<'_> {
    let single = attribute.sub.is_none() && !attribute.attribute.multi_valued;
    let default = attribute.attribute.default.filter(|_| single).map(Operand::Boolean);
    let is_default = default.is_some_and(|default| default == operand);
    let compared = Filter::Compare(attribute, operator, operand);
    if is_default {
        Filter::Or(Box::new(compared), Box::new(Filter::Not(Box::new(Filter::Present(attribute)))))
    } else {
        compared
    }
}

/// The operators of a type: RFC 7644, table 3, wants an error for the order of booleans and binaries; parts are parts
/// of text.
const fn operators(kind: Kind) -> &'static [Comparison] {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    match kind {
        Kind::String | Kind::Reference => &Comparison::ALL,
        Kind::Integer | Kind::Decimal | Kind::DateTime => {
            &[Equal, NotEqual, Greater, GreaterOrEqual, Less, LessOrEqual]
        }
        Kind::Boolean | Kind::Binary => &[Equal, NotEqual],
        Kind::Complex => &[],
    }
}

/// The value as the attribute's type has it; `None` when it is of another.
fn operand(attribute: AttrRef<'_>, literal: &Literal) -> Option<Operand> {
    match (attribute.target().kind, literal) {
        (Kind::String | Kind::Reference | Kind::Binary, Literal::String(text)) => {
            Some(Operand::Text(text_key(attribute, text).into_owned()))
        }
        (Kind::Boolean, Literal::Boolean(value)) => Some(Operand::Boolean(*value)),
        (Kind::Boolean, Literal::String(text)) => boolean_as_entra_quotes_it(text).map(Operand::Boolean),
        (Kind::DateTime, Literal::String(text)) => Ts::parse(text).map(Operand::Instant),
        (Kind::Integer, Literal::Number(number)) => number.as_i64().map(Operand::Integer),
        (Kind::Decimal, Literal::Number(number)) => number.as_f64().map(Operand::Decimal),
        _ => None,
    }
}

/// Entra writes booleans as text with a capital letter: `roles[primary eq "True"].value`.
fn boolean_as_entra_quotes_it(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

const fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Reference => "text in double quotes",
        Kind::Binary => "base 64 text in double quotes",
        Kind::Boolean => "true or false",
        Kind::Integer => "a whole number of 64 bits, without quotes",
        Kind::Decimal => "a number, without quotes",
        Kind::DateTime => "a date and time such as \"2026-11-21T08:15:30Z\"",
        Kind::Complex => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::{bind, bind_element};
    use crate::scim::error::ScimType;
    use crate::scim::filter::Filter;
    use crate::scim::schema::{AttrRef, Attribute, Kind, ResourceType, Schema};
    use crate::scim::urn;

    /// A bound filter in short: attributes in canonical case, operands as `Debug` shows them.
    fn short(filter: &Filter<'_>) -> String {
        match filter {
            Filter::And(left, right) => format!("({} and {})", short(left), short(right)),
            Filter::Or(left, right) => format!("({} or {})", short(left), short(right)),
            Filter::Not(inside) => format!("not {}", short(inside)),
            Filter::Present(attribute) => format!("{attribute} pr"),
            Filter::Compare(attribute, operator, operand) => format!("{attribute} {operator} {operand:?}"),
            Filter::Element(attribute, inside) => format!("{attribute}[{}]", short(inside)),
        }
    }

    #[test]
    fn names_are_found_and_values_brought_to_their_type() {
        for (text, bound) in [
            (r#"USERNAME eq "Ａda@X""#, r#"userName eq Text("ada@x")"#),
            (r#"displayName co "ÉCLAIR""#, r#"displayName co Text("éclair")"#),
            (r#"externalId eq "AbC""#, r#"externalId eq Text("AbC")"#),
            (r#"emails co "@X""#, r#"emails.value co Text("@x")"#),
            (
                r#"emails[type eq "Work"].value ew "@X""#,
                r#"emails[(emails.type eq Text("work") and emails.value ew Text("@x"))]"#,
            ),
            (r#"name[familyName eq "X"]"#, r#"name[name.familyName eq Text("x")]"#),
            ("active eq TRUE", "(active eq Boolean(true) or not active pr)"),
            ("active ne true", "not (active eq Boolean(true) or not active pr)"),
            ("active ne false", "not active eq Boolean(false)"),
            (r#"active eq "False""#, "active eq Boolean(false)"),
            (r#"roles[primary eq "True"]"#, "roles[roles.primary eq Boolean(true)]"),
            (r#"title ne "X""#, r#"not title eq Text("x")"#),
            (r#"emails.type ne "Work""#, r#"emails[not emails.type eq Text("work")]"#),
            (r#"emails ne "a@X""#, r#"emails[not emails.value eq Text("a@x")]"#),
            (r#"emails[type ne "Work"]"#, r#"emails[not emails.type eq Text("work")]"#),
            (r#"name.familyName ne "X""#, r#"not name.familyName eq Text("x")"#),
            (r#"schemas ne "urn:X""#, r#"not schemas eq Text("urn:X")"#),
            ("emails.type ne null", "emails.type pr"),
            ("emails ne null", "emails pr"),
            ("title eq null", "not title pr"),
            ("title ne null", "title pr"),
            ("emails eq null", "not emails pr"),
            ("name pr and not (id pr)", "(name pr and not id pr)"),
            (r#"meta.created gt "1970-01-01T01:00:01+01:00""#, "meta.created gt Instant(Ts(1000000))"),
            (r#"x509Certificates eq "AbC=""#, r#"x509Certificates.value eq Text("AbC=")"#),
            (r#"schemas co "Enterprise""#, r#"schemas co Text("Enterprise")"#),
            (r#"profileUrl sw "https://X""#, r#"profileUrl sw Text("https://X")"#),
        ] {
            let filter = bind(&parse(text).unwrap(), ResourceType::user());
            assert_eq!(short(&filter.unwrap_or_else(|error| panic!("{text}: {error}"))), bound);
        }
        let manager = format!(r#"{}:Manager eq "Boss""#, urn::ENTERPRISE_USER.to_uppercase());
        let filter = bind(&parse(&manager).unwrap(), ResourceType::user()).unwrap();
        assert_eq!(short(&filter), format!(r#"{}:manager.value eq Text("Boss")"#, urn::ENTERPRISE_USER));
        let member = bind(&parse(r#"id eq "g" and members eq "u""#).unwrap(), ResourceType::group()).unwrap();
        assert_eq!(short(&member), r#"(id eq Text("g") and members.value eq Text("u"))"#);
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_what_can() {
        for (text, detail) in [
            (r#"usrName eq "x""#, r#"User has no attribute "usrName"; did you mean userName?"#),
            (r#"emails.valu eq "x""#, r#"emails has no sub-attribute "valu"; it has value, display, type, primary"#),
            (r#"emails[typ eq "x"]"#, r#"emails has no sub-attribute "typ"; it has value, display, type, primary"#),
            (
                r#"name eq "x""#,
                "name is complex and cannot be compared as a whole; compare one of its sub-attributes: formatted, familyName",
            ),
            (r#"password eq "x""#, "password is never shown and cannot be searched by"),
            ("password pr", "password is never shown and cannot be searched by"),
            ("active gt true", "active cannot be compared by gt; its type has eq, ne and pr"),
            (r#"active co "t""#, "active cannot be compared by co; its type has eq, ne and pr"),
            (
                r#"x509Certificates.value sw "x""#,
                "x509Certificates.value cannot be compared by sw; its type has eq, ne and pr",
            ),
            (
                r#"meta.created sw "2026""#,
                "meta.created cannot be compared by sw; its type has eq, ne, gt, ge, lt, le and pr",
            ),
            (
                r#"meta.created gt "yesterday""#,
                r#"meta.created is compared with a date and time such as "2026-11-21T08:15:30Z", not with "yesterday""#,
            ),
            ("userName eq 5", "userName is compared with text in double quotes, not with 5"),
            ("userName eq true", "userName is compared with text in double quotes, not with true"),
            (r#"active eq "yes""#, r#"active is compared with true or false, not with "yes""#),
            ("active eq 1", "active is compared with true or false, not with 1"),
            ("title co null", "title: null can be compared by eq and ne, not by co"),
            (
                r#"userName[value eq "x"]"#,
                "userName has no sub-attributes, so a filter in square brackets has nothing to select by",
            ),
            (r#"schemas[value eq "x"]"#, "schemas has no sub-attributes, so"),
            (
                r#"emails[emails.type eq "x"]"#,
                r#"in the square brackets of emails stand bare names of its sub-attributes (value, display, type, primary), not "emails.type""#,
            ),
        ] {
            let error = bind(&parse(text).unwrap(), ResourceType::user()).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
            assert!(error.detail.starts_with(detail), "{text}\n  {}\n  {detail}", error.detail);
        }
    }

    #[test]
    fn in_brackets_names_are_those_of_sub_attributes() {
        let emails = ResourceType::user().find(None, "emails", Some("display")).unwrap();
        let filter = bind_element(&parse(r#"TYPE eq "Work" and value pr"#).unwrap(), emails).unwrap();
        assert_eq!(short(&filter), r#"(emails.type eq Text("work") and emails.value pr)"#);
        assert!(bind_element(&parse(r#"userName eq "x""#).unwrap(), emails).is_err());
        let title = ResourceType::user().find(None, "title", None).unwrap();
        assert!(bind_element(&parse(r#"value eq "x""#).unwrap(), title).is_err());
    }

    /// No schema of ours has numbers yet.
    #[test]
    fn numbers_are_whole_or_not_as_the_attribute_is() {
        let document = r#"{"id": "urn:x", "name": "X", "description": "", "attributes": [{
            "name": "c", "type": "complex",
            "subAttributes": [{"name": "i", "type": "integer"}, {"name": "d", "type": "decimal"}]}]}"#;
        let schema: Schema = serde_json::from_str(document).unwrap();
        let attribute: &Attribute = schema.attribute("c").unwrap();
        let of = AttrRef { extension: None, attribute, sub: None };
        for (text, bound) in [
            ("i ge -5", Ok("c.i ge Integer(-5)")),
            ("d lt 5", Ok("c.d lt Decimal(5.0)")),
            ("d eq 5.25", Ok("c.d eq Decimal(5.25)")),
            ("i eq 5.25", Err("c.i is compared with a whole number of 64 bits, without quotes, not with 5.25")),
            ("i eq 9223372036854775808", Err("c.i is compared with a whole number of 64 bits")),
            (r#"i eq "5""#, Err("c.i is compared with a whole number of 64 bits, without quotes, not with \"5\"")),
            (r#"d eq "5""#, Err("c.d is compared with a number, without quotes, not with \"5\"")),
            ("i co 5", Err("c.i cannot be compared by co")),
        ] {
            match (bind_element(&parse(text).unwrap(), of), bound) {
                (Ok(filter), Ok(bound)) => assert_eq!(short(&filter), bound),
                (Err(error), Err(start)) => assert!(error.detail.starts_with(start), "{error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        assert_eq!(attribute.kind, Kind::Complex);
    }
}
