//! Documents as people write them, and the mistakes they make.

use proptest::prelude::*;
use serde_json::json;

use std::collections::BTreeSet;

use super::{
    Known, MAX_LIST, MAX_MISTAKES, MAX_PATH, MAX_PER_RULE, Vocabulary, mentions, parse, parse_json, parse_stored,
    render, warnings,
};
use crate::base::caseless::fold;
use crate::domain::grant::rule::{Attribute, Entry, Rule, RuleBook};
use crate::domain::office_desk::{Access, DeskOffer, Switches};
use crate::domain::permission::{Allowance, Permission};
use crate::domain::thing::{Class, Kind};

/// Reads keys as simply as will do.
struct Simple;

impl Vocabulary for Simple {
    fn key(&self, kind: Kind, text: &str) -> Result<String, String> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        match kind.class() {
            Class::Number if text.starts_with('+') && digits.len() > 4 => Ok(format!("+{digits}")),
            Class::Number => Err(format!("{text:?} is no phone number")),
            Class::Extension if digits == text && (2..=6).contains(&digits.len()) => Ok(digits),
            Class::Extension => Err(format!("{text:?} is no extension: write 2 to 6 digits")),
            _ if text.trim().is_empty() => Err("a name is missing".to_owned()),
            _ => Ok(fold(text.trim())),
        }
    }

    fn attribute(&self, path: &str) -> Result<String, String> {
        if path.contains("Number") { Ok(path.to_owned()) } else { Err(format!("a user has no attribute {path:?}")) }
    }
}

const WHOLE: &str = r#"
[[rule]]
name = "Sales"
group = "Sales"                 # the IdP group's displayName
priority = 10
numbers      = [{ pool = "Berlin" }, "+49 30 1234500", { attribute = 'phoneNumbers[type eq "work"].value' }]
extensions   = [{ pool = "sales", count = 1, wish = true }, { pool = "two", count = 2, wish = "employeeNumber" }]
personal_faxes = [{ pool = "fax" }]
shared_faxes = ["+49 30 1234599"]
conferences  = []
devices      = [{ pool = "phones" }]
destinations = ["Zentrale"]
announcements = ["Begrüßung"]
mailboxes    = ["Sales"]
extension_access = ["201"]
permissions  = { call_forwarding = "manage", forwarding_reach = "paid", mailboxes = "use", own_destinations = "none" }
desks        = [
    { name = "{given_name} Desktop", fax = true, sms = false, extensions = "own", devices = ["own", "phone-1"] },
]

[[rule]]
name = "Berlin"
group = "Berlin"
"#;

#[test]
fn a_document_is_read_and_written_as_people_do() {
    let book = parse(WHOLE, &Simple).unwrap();
    insta::assert_snapshot!(render(&book), @r#"
    [[rule]]
    name = "Sales"
    group = "Sales"
    priority = 10
    numbers = [{ pool = "Berlin" }, "+49301234500", { attribute = 'phoneNumbers[type eq "work"].value' }]
    personal_faxes = [{ pool = "fax" }]
    shared_faxes = ["+49301234599"]
    extensions = [{ pool = "sales", wish = true }, { pool = "two", count = 2, wish = "employeeNumber" }]
    devices = [{ pool = "phones" }]
    destinations = ["Zentrale"]
    announcements = ["Begrüßung"]
    mailboxes = ["Sales"]
    extension_access = ["201"]
    permissions = { call_forwarding = "manage", forwarding_reach = "paid", mailboxes = "use", own_destinations = "none" }
    desks = [{ name = "{given_name} Desktop", fax = true, extensions = "own", devices = ["own", "phone-1"] }]

    [[rule]]
    name = "Berlin"
    group = "Berlin"
    "#);
    assert_eq!(parse(&render(&book), &Simple).unwrap(), book);
}

#[test]
fn json_has_the_same_structure() {
    let book = parse(WHOLE, &Simple).unwrap();
    let value = serde_json::to_value(&book).unwrap();
    assert_eq!(value["rule"][0]["extensions"][0], json!({"pool": "sales", "wish": true}));
    assert_eq!(parse_json(&value, &Simple).unwrap(), book);
    let errors = parse_json(&json!({"rule": [{"name": "A", "group": "A", "numbers": ["7"]}]}), &Simple).unwrap_err();
    assert_eq!(errors.to_string(), r#"rule "A": numbers[0]: "7" is no phone number"#);
}

#[test]
fn all_mistakes_are_reported_together_with_line_key_and_remedy() {
    let text = r#"
rules = 1
[[rule]]
name = "Sales"
gruop = "Sales"
priority = "high"
numbers = ["7", { pol = "berlin" }, { pool = "berlin", count = 0 }, { pool = "a", attribute = "b" }, 7]
extensions = [{ pool = "sales", wish = "department" }, "201", "201", { pool = "x" }, { pool = "X" }]
conferences = [{ pool = "rooms" }]
devices = [{ pool = "phones", wish = true }]
permissions = { mailboxes = "manag", call_forward = "use" }
desks = [{ name = "{given} Desktop", fax = "yes", extension = "own" }, { extensions = "all" }]

[[rule]]
name = "SALES"
group = ""

[[rule]]
group = "Berlin"
"#;
    insta::assert_snapshot!(parse(text, &Simple).unwrap_err(), @r#"
    line 2: rules: there is no such key; did you mean rule?
    line 3: rule "Sales": group: is missing
    line 5: rule "Sales": gruop: there is no such key; did you mean group?
    line 6: rule "Sales": priority: this is a text, and must be a whole number
    line 7: rule "Sales": numbers[0]: "7" is no phone number
    line 7: rule "Sales": numbers[1].pol: there is no such key; did you mean pool?
    line 7: rule "Sales": numbers[1]: pool or attribute is missing
    line 7: rule "Sales": numbers[2].count: 0 is not from 1 to 100
    line 7: rule "Sales": numbers[3]: name a pool or an attribute, not both; for both write wish = "PATH"
    line 7: rule "Sales": numbers[4]: this is a whole number, and must be a text, or a table with pool or attribute
    line 8: rule "Sales": extensions[0].wish: a user has no attribute "department"
    line 8: rule "Sales": extensions[2]: this stands here twice
    line 8: rule "Sales": extensions[4]: this pool stands here already; for more than one write count
    line 9: rule "Sales": conferences[0].pool: a pool is for what one person holds alone; name the one that all shall share
    line 10: rule "Sales": devices[0].wish: true is for extensions and numbers; write the path of an attribute
    line 11: rule "Sales": permissions.call_forward: there is no such key; did you mean call_forwarding?
    line 11: rule "Sales": permissions.mailboxes: this must be one of none, use, manage
    line 12: rule "Sales": desks[0].extension: there is no such key; did you mean extensions?
    line 12: rule "Sales": desks[0].fax: this is a text, and must be true or false
    line 12: rule "Sales": desks[0].name: there is no {given}; a name can have {given_name}, {family_name}, {display_name}, {user_name}
    line 12: rule "Sales": desks[1].extensions: this must be "own" or a list
    line 12: rule "Sales": desks[1].name: is missing
    line 14: rule "SALES": name: there is a rule of this name already, in line 3
    line 16: rule "SALES": group: this is empty
    line 18: rule 3: name: is missing
    "#);
}

#[test]
fn what_is_no_toml_is_reported_beside_the_rest() {
    let text = "[[rule]]\nname = \"Sales\ngroup = \"Sales\"\nfrobnicate = 1\n";
    insta::assert_snapshot!(parse(text, &Simple).unwrap_err(), @r#"
    line 2: this is no TOML: invalid basic string, expected `"`
    line 4: rule "Sales": frobnicate: there is no such key; there is name, group, priority, extension_access, permissions, desks, numbers, personal_faxes, shared_faxes, conferences, extensions, devices, destinations, announcements, mailboxes
    "#);
    insta::assert_snapshot!(
        parse("[rule]\nname = \"Sales\"\n", &Simple).unwrap_err(),
        @"line 1: rule: this is one table; write [[rule]] over each rule"
    );
    let long = "#".repeat(super::MAX_BYTES + 1);
    insta::assert_snapshot!(parse(&long, &Simple).unwrap_err(), @"the document is longer than 1048576 bytes");
}

#[test]
fn what_is_not_there_yet_is_a_warning() {
    let book = parse(WHOLE, &Simple).unwrap();
    let named = mentions(&book);
    let pools = named.pools.into_iter().map(|pool| (pool, BTreeSet::new())).collect();
    let mut known = Known { groups: named.groups, pools, other_pools: BTreeSet::new(), things: named.things };
    assert_eq!(warnings(&book, &known), []);
    known.groups.remove("berlin");
    known.pools.remove("sales");
    known.pools.insert("fax".to_owned(), BTreeSet::from([Kind::VoiceNumber, Kind::Extension]));
    known.pools.insert("phones".to_owned(), BTreeSet::from([Kind::Device, Kind::Extension]));
    known.other_pools.insert("salse".to_owned());
    known.things.remove(&(Kind::Extension, "201".to_owned()));
    let lines: Vec<String> = warnings(&book, &known).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    rule "Berlin": there is no group "Berlin" yet, so it gives nothing
    rule "Sales": extension 201 is not in stock; who shall have it waits
    rule "Sales": pool "fax" is one of voice number and extension, without any personal fax; who shall have one waits
    rule "Sales": there is no pool "sales"; who shall have something from it waits; did you mean "salse"?
    "#);
}

/// A rule with these lines besides name and group.
fn a_rule(more: &str) -> String {
    format!("[[rule]]\nname = \"A\"\ngroup = \"A\"\n{more}\n")
}

#[test]
fn of_very_many_mistakes_the_first_are_told_and_the_rest_counted() {
    let wrong = |count: usize| a_rule(&format!("extension_access = [{}]", "1, ".repeat(count)));
    let errors = parse(&wrong(MAX_LIST), &Simple).unwrap_err();
    assert_eq!((errors.listed.len(), errors.count()), (MAX_MISTAKES, MAX_LIST));
    assert!(errors.to_string().ends_with("\nand 900 further mistakes"), "{errors}");
    let errors = parse(&wrong(MAX_LIST + 1), &Simple).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "line 4: rule \"A\": extension_access: this list has too many items: at most 1000 are possible"
    );
    let broken = parse(&"= 1\n".repeat(500), &Simple).unwrap_err();
    assert_eq!((broken.listed.len(), broken.count() > MAX_MISTAKES), (MAX_MISTAKES, true));
    let errors = parse(&format!("[[rule]]\nname = \"{}\"\n", "x".repeat(100_000)), &Simple).unwrap_err();
    assert!(errors.to_string().len() < 500);
}

#[test]
fn what_one_rule_and_all_rules_ask_for_is_bounded() {
    let hundreds = |count: usize| {
        let pools: Vec<String> = (0..count).map(|pool| format!("{{ pool = \"p{pool}\", count = 100 }}")).collect();
        format!("extensions = [{}]", pools.join(", "))
    };
    let book = parse(&a_rule(&hundreds(10)), &Simple).unwrap();
    assert_eq!(book.rules[0].asks_for(), MAX_PER_RULE);
    let much = a_rule(&format!("{}\nextension_access = [\"201\"]", hundreds(10)));
    assert_eq!(
        parse(&much, &Simple).unwrap_err().to_string(),
        "line 1: rule \"A\": this rule gives each member too many things: at most 1000 are possible"
    );
    let many: String = (0..101).map(|rule| a_rule(&hundreds(10)).replace("\"A\"", &format!("\"{rule}\""))).collect();
    assert_eq!(
        parse(&many, &Simple).unwrap_err().to_string(),
        "line 1: rule: all rules together give too many things to somebody who is in every group: at most 100000 are possible"
    );
    // What is in force stays readable, whatever bounds there were.
    assert_eq!(parse_stored(&much, &Simple).unwrap().rules[0].asks_for(), MAX_PER_RULE + 1);
}

#[test]
fn a_path_is_no_longer_than_what_is_found_by_it_may_be() {
    let path = |length: usize| a_rule(&format!("numbers = [{{ attribute = \"{}\" }}]", "Number".repeat(length / 6)));
    assert!(parse(&path(MAX_PATH - 5), &Simple).is_ok());
    assert_eq!(
        parse(&path(MAX_PATH + 6), &Simple).unwrap_err().to_string(),
        "line 4: rule \"A\": numbers[0].attribute: this path has too many bytes: at most 1000 are possible"
    );
}

#[test]
fn w4_names_of_rules_and_pools_turn_no_text_round() {
    let turned =
        "[[rule]]\nname = \"A\u{202e}\"\ngroup = \"A\u{200f}\"\nextensions = [{ pool = \"\u{2028}b\u{2028}b\" }]\n";
    insta::assert_snapshot!(parse(turned, &Simple).unwrap_err(), @r#"
    line 2: rule "A\u{202e}": name: this has characters that cannot be shown
    line 4: rule "A\u{202e}": extensions[0].pool: this has characters that cannot be shown
    "#);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zäß '\"\\\\{}\\[\\]#=.,-]{1,12}", "[A-Za-z ]{1,8}"].prop_map(|text| format!("x{}", text.trim()))
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![Just("phoneNumbers[type eq \"work\"].value".to_owned()), Just("employeeNumber".to_owned())]
}

fn entry(kind: Kind) -> BoxedStrategy<Entry> {
    let named = match kind.class() {
        Class::Number => "\\+[1-9][0-9]{5,9}".prop_map(|key| Entry::Named { name: key.clone(), key }).boxed(),
        Class::Extension => "[1-9][0-9]{1,4}".prop_map(|key| Entry::Named { name: key.clone(), key }).boxed(),
        Class::Device => text().prop_map(|name| Entry::Named { key: fold(&name), name: fold(&name) }).boxed(),
        _ => text().prop_map(|name| Entry::Named { key: fold(&name), name }).boxed(),
    };
    let by_attribute = path().prop_map(|path| Entry::ByAttribute { path });
    if !kind.is_exclusive() {
        return prop_oneof![named, by_attribute].boxed();
    }
    let requested = matches!(kind, Kind::Extension | Kind::VoiceNumber);
    let wish = prop_oneof![
        Just(None),
        path().prop_map(|path| Some(Attribute::Path(path))),
        Just(requested.then_some(Attribute::Requested)),
    ];
    let from_pool =
        (text(), 1_u32..=super::MAX_COUNT, wish).prop_map(|(pool, count, wish)| Entry::FromPool { pool, count, wish });
    prop_oneof![named, by_attribute, from_pool].boxed()
}

fn access() -> impl Strategy<Value = Access> {
    (any::<bool>(), prop::collection::btree_set("[1-9][0-9]{1,4}", 0..3))
        .prop_map(|(own, listed)| Access { own, listed })
}

fn desk() -> impl Strategy<Value = DeskOffer> {
    let name = prop_oneof![Just("{given_name} Desktop".to_owned()), "[A-Za-z'\"]{1,8}"];
    (name, any::<[bool; 4]>(), access(), access()).prop_map(
        |(name, [fax, sms, contacts, call_list], extensions, devices)| DeskOffer {
            name,
            switches: Switches { fax, sms, contacts, call_list },
            extensions,
            devices,
        },
    )
}

fn rule(index: usize) -> impl Strategy<Value = Rule> {
    let things = prop::collection::btree_map(prop::sample::select(Kind::ALL.to_vec()), Just(()), 0..4)
        .prop_flat_map(|kinds| {
            kinds.into_keys().map(|kind| (Just(kind), entry(kind).prop_map(|entry| vec![entry]))).collect::<Vec<_>>()
        })
        .prop_map(|things| things.into_iter().collect());
    let allowance = prop::sample::select(Permission::ALL.to_vec()).prop_flat_map(|permission| {
        let levels = prop::sample::select(permission.levels());
        levels.prop_map(move |level| Allowance::parse(permission, level).unwrap())
    });
    let permissions = prop::collection::btree_map(Just(()), allowance, 0..2)
        .prop_map(|allowances| allowances.into_values().collect());
    let desks = prop::collection::vec(desk(), 0..2);
    let access = prop::collection::btree_set("[1-9][0-9]{1,4}", 0..12).prop_map(|keys| keys.into_iter().collect());
    (text(), text(), -9..9_i32, things, access, permissions, desks).prop_map(
        move |(name, group, priority, things, extension_access, permissions, desks)| Rule {
            name: format!("{name} {index}"),
            group,
            priority,
            things,
            extension_access,
            permissions,
            desks,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_written_is_read_again(
        rules in (0..4_usize).prop_flat_map(|count| (0..count).map(rule).collect::<Vec<_>>()),
    ) {
        let book = RuleBook { rules };
        let text = render(&book);
        let read = parse(&text, &Simple);
        prop_assert_eq!(read.as_ref(), Ok(&book), "{}", text);
        prop_assert_eq!(parse_json(&serde_json::to_value(&book).unwrap(), &Simple).unwrap(), book);
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "(\\[\\[rule\\]\\]\n|name|group|desks|numbers| = |\\[|\\]|\\{|\\}|\"|'|\n|pool|1|,|ä){0,40}") {
        _ = parse(&text, &Simple);
    }
}
