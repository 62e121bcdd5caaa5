//! From a tree of values to typed rules.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{DocumentError, DocumentErrors};
use super::node::{Node, Value};
use super::{MAX_COUNT, MAX_LIST, MAX_NAME, MAX_PATH, MAX_PER_DOCUMENT, MAX_PER_RULE, MAX_RULES, SECTIONS, Vocabulary};
use crate::base::caseless::fold;
use crate::base::json::shortened;
use crate::base::showable::is_unshowable;
use crate::domain::grant::rule::{Attribute, Entry, Rule, RuleBook, pool_key};
use crate::domain::office_desk::{Access, DeskOffer, Switches, check_name};
use crate::domain::permission::{Allowance, Permission};
use crate::domain::thing::Kind;

/// How a mistake ends that something is not there.
pub(super) const MISSING: &str = "is missing";
const TWICE: &str = "this stands here twice";
const TOO_LONG: &str = "this list has too many items";

const POOL_ENTRY: [&str; 3] = ["pool", "count", "wish"];
const SWITCHES: [&str; 4] = ["fax", "sms", "contacts", "call_list"];

/// Whether more than there may be is a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// It is.
    Kept,
    /// It was no mistake when the document was put in force.
    Passed,
}

/// The rules, and the mistakes.
pub(super) fn book(root: &Node, vocabulary: &impl Vocabulary, bounds: Bounds) -> (RuleBook, DocumentErrors) {
    let mut reader = Reader { vocabulary, bounds, rule: None, index: None, errors: DocumentErrors::default() };
    let book = reader.book(root);
    let mut errors = reader.errors;
    errors.listed.sort_by_key(|error| error.line);
    (book, errors)
}

struct Reader<'v, V> {
    vocabulary: &'v V,
    bounds: Bounds,
    /// The rule that is being read.
    rule: Option<String>,
    index: Option<usize>,
    errors: DocumentErrors,
}

impl<V: Vocabulary> Reader<'_, V> {
    fn complain(&mut self, line: Option<usize>, key: &str, problem: impl Into<String>) {
        let (rule, index) = (&self.rule, self.index);
        let (key, problem) = (key.to_owned(), problem.into());
        self.errors.add(|| DocumentError { line, rule: rule.clone(), index, key, problem });
    }

    /// Whether there is no more of something than there may be.
    fn is_bounded(&mut self, line: Option<usize>, key: &str, (much, most): (usize, usize), what: &str) -> bool {
        let is_bounded = much <= most || self.bounds == Bounds::Passed;
        if !is_bounded {
            self.complain(line, key, format!("{what}: at most {most} are possible"));
        }
        is_bounded
    }

    fn unknown(&mut self, line: Option<usize>, key: &str, last: &str, known: &[&str]) {
        let last = shortened(last);
        let hint = match closest(last, known) {
            Some(name) => format!("; did you mean {name}?"),
            None => format!("; there is {}", known.join(", ")),
        };
        self.complain(line, key, format!("there is no such key{hint}"));
    }

    fn expected(&mut self, node: &Node, key: &str, what: &str) {
        self.complain(node.line, key, format!("this is {}, and must be {what}", node.value.name()));
    }

    fn book(&mut self, root: &Node) -> RuleBook {
        let mut book = RuleBook::default();
        let Value::Table(entries) = &root.value else {
            self.expected(root, "", "a table with the list rule");
            return book;
        };
        let mut seen = BTreeMap::new();
        let mut asked = 0;
        for (key, line, node) in entries {
            match &node.value {
                _ if key != "rule" => self.unknown(*line, key, key, &["rule"]),
                Value::List(rules) if rules.len() > MAX_RULES => {
                    self.complain(*line, key, format!("a document has at most {MAX_RULES} rules"));
                }
                Value::List(rules) => {
                    for (index, node) in rules.iter().enumerate() {
                        self.numbered_rule(index, node, &mut seen, &mut book);
                        asked += book.rules.last().map_or(0, Rule::asks_for);
                    }
                    let what = "all rules together give too many things to somebody who is in every group";
                    self.is_bounded(*line, key, (asked, MAX_PER_DOCUMENT), what);
                }
                Value::Table(_) => self.complain(*line, key, "this is one table; write [[rule]] over each rule"),
                _ => self.expected(node, key, "a list of rules; write [[rule]] over each"),
            }
        }
        book
    }

    fn numbered_rule(
        &mut self,
        index: usize,
        node: &Node,
        seen: &mut BTreeMap<String, Option<usize>>,
        book: &mut RuleBook,
    ) {
        let Value::Table(entries) = &node.value else {
            self.expected(node, &format!("rule[{index}]"), "a table");
            return;
        };
        let name = entries.iter().find_map(|(key, _, node)| match &node.value {
            Value::Text(text) if key == "name" => Some(text.trim().to_owned()),
            _ => None,
        });
        self.rule =
            Some(name.as_deref().map_or_else(|| (index + 1).to_string(), |name| format!("{:?}", shortened(name))));
        self.index = Some(index);
        let rule = self.rule(node, entries);
        self.is_bounded(node.line, "", (rule.asks_for(), MAX_PER_RULE), "this rule gives each member too many things");
        if let Some(first) = seen.get(&rule.key()) {
            let place = first.map_or_else(String::new, |line| format!(", in line {line}"));
            self.complain(node.line, "name", format!("there is a rule of this name already{place}"));
        } else if !rule.name.is_empty() {
            seen.insert(rule.key(), node.line);
        }
        book.rules.push(rule);
        (self.rule, self.index) = (None, None);
    }

    fn rule(&mut self, whole: &Node, entries: &[(String, Option<usize>, Node)]) -> Rule {
        let mut rule = Rule {
            name: String::new(),
            group: String::new(),
            priority: 0,
            things: BTreeMap::new(),
            extension_access: Vec::new(),
            permissions: Vec::new(),
            desks: Vec::new(),
        };
        for (key, line, node) in entries {
            if let Some((_, kind)) = SECTIONS.into_iter().find(|(section, _)| section == key) {
                let things = self.things(kind, key, node);
                if !things.is_empty() {
                    rule.things.insert(kind, things);
                }
                continue;
            }
            match key.as_str() {
                "name" => rule.name = self.showable_name(key, node),
                "group" => rule.group = self.name(key, node),
                "priority" => rule.priority = self.whole(key, node, -1_000_000, 1_000_000).unwrap_or(0),
                "extension_access" => rule.extension_access = self.keys(Kind::Extension, key, node),
                "permissions" => rule.permissions = self.permissions(key, node),
                "desks" => rule.desks = self.desks(key, node),
                _ => {
                    let own = ["name", "group", "priority", "extension_access", "permissions", "desks"];
                    let known: Vec<&str> = own.into_iter().chain(SECTIONS.map(|(section, _)| section)).collect();
                    self.unknown(*line, key, key, &known);
                }
            }
        }
        for required in ["name", "group"] {
            if !entries.iter().any(|(key, ..)| key == required) {
                self.complain(whole.line, required, MISSING);
            }
        }
        rule
    }

    fn name(&mut self, key: &str, node: &Node) -> String {
        let Value::Text(text) = &node.value else {
            self.expected(node, key, "a text");
            return String::new();
        };
        let name = text.trim();
        if name.is_empty() {
            self.complain(node.line, key, "this is empty");
        } else if name.chars().count() > MAX_NAME {
            self.complain(node.line, key, format!("this has more than {MAX_NAME} characters"));
        } else if name.chars().any(char::is_control) {
            self.complain(node.line, key, "this has control characters");
        }
        name.to_owned()
    }

    /// The name of a group is what the identity provider says; those of rules and pools are ours.
    fn showable_name(&mut self, key: &str, node: &Node) -> String {
        let name = self.name(key, node);
        if !name.chars().any(char::is_control) && name.chars().any(is_unshowable) {
            self.complain(node.line, key, "this has characters that cannot be shown");
        }
        name
    }

    fn whole<T: TryFrom<i64>>(&mut self, key: &str, node: &Node, least: i64, most: i64) -> Option<T> {
        match node.value {
            Value::Whole(number) if (least..=most).contains(&number) => T::try_from(number).ok(),
            Value::Whole(number) => {
                self.complain(node.line, key, format!("{number} is not from {least} to {most}"));
                None
            }
            _ => {
                self.expected(node, key, "a whole number");
                None
            }
        }
    }

    fn truth(&mut self, key: &str, node: &Node) -> bool {
        if let Value::Truth(truth) = node.value {
            return truth;
        }
        self.expected(node, key, "true or false");
        false
    }

    fn list<'n>(&mut self, key: &str, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(items) if self.is_bounded(node.line, key, (items.len(), MAX_LIST), TOO_LONG) => items,
            Value::List(_) => &[],
            _ => {
                self.expected(node, key, "a list");
                &[]
            }
        }
    }

    fn things(&mut self, kind: Kind, key: &str, node: &Node) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, item) in self.list(key, node).iter().enumerate() {
            let key = format!("{key}[{index}]");
            let entry = match &item.value {
                Value::Text(text) => self.key(kind, &key, item, text).map(|(key, name)| Entry::Named { key, name }),
                Value::Table(fields) => self.table_entry(kind, &key, item, fields),
                _ => {
                    self.expected(item, &key, "a text, or a table with pool or attribute");
                    None
                }
            };
            let Some(entry) = entry else { continue };
            if seen.insert(sameness(&entry)) {
                entries.push(entry);
            } else if let Entry::FromPool { .. } = entry {
                self.complain(item.line, &key, "this pool stands here already; for more than one write count");
            } else {
                self.complain(item.line, &key, TWICE);
            }
        }
        entries
    }

    fn key(&mut self, kind: Kind, key: &str, node: &Node, text: &str) -> Option<(String, String)> {
        match self.vocabulary.key(kind, text) {
            Ok(canonical) => {
                let named = matches!(kind, Kind::Destination | Kind::Announcement | Kind::Mailbox);
                let name = if named { text.trim().to_owned() } else { canonical.clone() };
                Some((canonical, name))
            }
            Err(problem) => {
                self.complain(node.line, key, problem);
                None
            }
        }
    }

    fn table_entry(
        &mut self,
        kind: Kind,
        key: &str,
        whole: &Node,
        fields: &[(String, Option<usize>, Node)],
    ) -> Option<Entry> {
        let field = |name: &str| fields.iter().find(|(field, ..)| field == name).map(|(_, _, node)| node);
        let (pool, attribute) = (field("pool"), field("attribute"));
        let known: &[&str] = match (pool, attribute) {
            (Some(_), None) => &POOL_ENTRY,
            (None, Some(_)) => &["attribute"],
            (None, None) => &["pool", "attribute", "count", "wish"],
            (Some(_), Some(_)) => {
                self.complain(whole.line, key, "name a pool or an attribute, not both; for both write wish = \"PATH\"");
                return None;
            }
        };
        for (name, line, _) in fields.iter().filter(|(name, ..)| !known.contains(&name.as_str())) {
            self.unknown(*line, &format!("{key}.{name}"), name, known);
        }
        if let Some(node) = attribute {
            let path = self.path(&format!("{key}.attribute"), node)?;
            return Some(Entry::ByAttribute { path });
        }
        let Some(pool) = pool else {
            self.complain(whole.line, key, format!("pool or attribute {MISSING}"));
            return None;
        };
        if !kind.is_exclusive() {
            let problem = "a pool is for what one person holds alone; name the one that all shall share";
            self.complain(whole.line, &format!("{key}.pool"), problem);
            return None;
        }
        let pool = self.showable_name(&format!("{key}.pool"), pool);
        let count =
            field("count").map_or(Some(1), |node| self.whole(&format!("{key}.count"), node, 1, i64::from(MAX_COUNT)));
        let wish = field("wish").and_then(|node| self.wish(kind, &format!("{key}.wish"), node));
        Some(Entry::FromPool { pool, count: count?, wish })
    }

    fn wish(&mut self, kind: Kind, key: &str, node: &Node) -> Option<Attribute> {
        match node.value {
            Value::Truth(false) => None,
            Value::Truth(true) if matches!(kind, Kind::Extension | Kind::VoiceNumber) => Some(Attribute::Requested),
            Value::Truth(true) => {
                let problem = "true is for extensions and numbers; write the path of an attribute";
                self.complain(node.line, key, problem);
                None
            }
            Value::Text(_) => self.path(key, node).map(Attribute::Path),
            _ => {
                self.expected(node, key, "true or the path of an attribute");
                None
            }
        }
    }

    fn path(&mut self, key: &str, node: &Node) -> Option<String> {
        let Value::Text(text) = &node.value else {
            self.expected(node, key, "the path of an attribute");
            return None;
        };
        match self.vocabulary.attribute(text) {
            Ok(path) => {
                self.is_bounded(node.line, key, (path.len(), MAX_PATH), "this path has too many bytes").then_some(path)
            }
            Err(problem) => {
                self.complain(node.line, key, problem);
                None
            }
        }
    }

    fn keys(&mut self, kind: Kind, key: &str, node: &Node) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, item) in self.list(key, node).iter().enumerate() {
            let key = format!("{key}[{index}]");
            let Value::Text(text) = &item.value else {
                self.expected(item, &key, "a text");
                continue;
            };
            match self.key(kind, &key, item, text) {
                Some((canonical, _)) if seen.insert(canonical.clone()) => keys.push(canonical),
                Some(_) => self.complain(item.line, &key, TWICE),
                None => {}
            }
        }
        keys
    }

    fn permissions(&mut self, key: &str, node: &Node) -> Vec<Allowance> {
        let Value::Table(entries) = &node.value else {
            self.expected(node, key, "a table such as { mailboxes = \"use\" }");
            return Vec::new();
        };
        let mut allowances = Vec::new();
        for (name, line, node) in entries {
            let key = format!("{key}.{name}");
            let Some(permission) = Permission::parse(name) else {
                self.unknown(*line, &key, name, &Permission::ALL.map(Permission::name));
                continue;
            };
            let allowance = match &node.value {
                Value::Text(level) => Allowance::parse(permission, level),
                _ => None,
            };
            match allowance {
                Some(allowance) => allowances.push(allowance),
                None => {
                    self.complain(node.line, &key, format!("this must be one of {}", permission.levels().join(", ")));
                }
            }
        }
        allowances.sort_unstable();
        allowances
    }

    fn desks(&mut self, key: &str, node: &Node) -> Vec<DeskOffer> {
        let mut desks: Vec<DeskOffer> = Vec::new();
        let mut names = BTreeSet::new();
        for (index, item) in self.list(key, node).iter().enumerate() {
            let key = format!("{key}[{index}]");
            let Value::Table(fields) = &item.value else {
                self.expected(item, &key, "a table such as { name = \"{given_name} Desktop\" }");
                continue;
            };
            let desk = self.desk(&key, item, fields);
            if desk.name.is_empty() || names.insert(fold(&desk.name)) {
                desks.push(desk);
            } else {
                self.complain(item.line, &format!("{key}.name"), "this rule has a desk of this name already");
            }
        }
        desks
    }

    fn desk(&mut self, key: &str, whole: &Node, fields: &[(String, Option<usize>, Node)]) -> DeskOffer {
        let mut desk = DeskOffer {
            name: String::new(),
            switches: Switches::default(),
            extensions: Access::default(),
            devices: Access::default(),
        };
        for (name, line, node) in fields {
            let key = format!("{key}.{name}");
            match name.as_str() {
                "name" => match &node.value {
                    Value::Text(text) => match check_name(text) {
                        Ok(()) => text.trim().clone_into(&mut desk.name),
                        Err(problem) => self.complain(node.line, &key, problem),
                    },
                    _ => self.expected(node, &key, "a text"),
                },
                "fax" => desk.switches.fax = self.truth(&key, node),
                "sms" => desk.switches.sms = self.truth(&key, node),
                "contacts" => desk.switches.contacts = self.truth(&key, node),
                "call_list" => desk.switches.call_list = self.truth(&key, node),
                "extensions" => desk.extensions = self.access(Kind::Extension, &key, node),
                "devices" => desk.devices = self.access(Kind::Device, &key, node),
                _ => {
                    let known: Vec<&str> = ["name", "extensions", "devices"].into_iter().chain(SWITCHES).collect();
                    self.unknown(*line, &key, name, &known);
                }
            }
        }
        if !fields.iter().any(|(name, ..)| name == "name") {
            self.complain(whole.line, &format!("{key}.name"), MISSING);
        }
        desk
    }

    fn access(&mut self, kind: Kind, key: &str, node: &Node) -> Access {
        let items = match &node.value {
            Value::Text(text) if text == "own" => return Access { own: true, listed: BTreeSet::new() },
            Value::List(items) if self.is_bounded(node.line, key, (items.len(), MAX_LIST), TOO_LONG) => items,
            Value::List(_) => return Access::default(),
            _ => {
                self.complain(node.line, key, "this must be \"own\" or a list");
                return Access::default();
            }
        };
        let mut access = Access::default();
        for (index, item) in items.iter().enumerate() {
            let key = format!("{key}[{index}]");
            match &item.value {
                Value::Text(text) if text == "own" => access.own = true,
                Value::Text(text) => {
                    if let Some((canonical, _)) = self.key(kind, &key, item, text) {
                        access.listed.insert(canonical);
                    }
                }
                _ => self.expected(item, &key, "a text"),
            }
        }
        access
    }
}

/// What no two entries of a list have in common.
fn sameness(entry: &Entry) -> (u8, String) {
    match entry {
        Entry::Named { key, .. } => (0, key.clone()),
        Entry::FromPool { pool, .. } => (1, pool_key(pool)),
        Entry::ByAttribute { path } => (2, path.clone()),
    }
}

/// The known name most like the one that is not, if any is like it at all.
fn closest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate));
    let alike = scored.filter(|(score, _)| *score >= 0.8);
    alike.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, candidate)| candidate)
}
