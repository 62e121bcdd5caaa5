//! What the guide in `deploy/` says of rules, of files of the stock and of the admin API is so: it names whatever the code
//! names, and its examples work.

use std::collections::BTreeMap;
use std::path::Path;

use deskgate::app::administration::rules::RulesText;
use deskgate::domain::office_desk::PLACEHOLDERS;
use deskgate::domain::permission::Permission;
use deskgate::domain::thing::import::{CheckOptions, Column, Known, Sheet};
use deskgate::domain::thing::{Kind, NumberingPlan};
use serde_json::Value;

use crate::api::Office;
use crate::rules::Firm;
use crate::world::on_each_engine;

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// The text of each block of that language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[track_caller]
fn names<'n>(page: &str, names: impl IntoIterator<Item = &'n str>) {
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name} is missing");
    }
}

on_each_engine! {
    async fn the_page_on_rules_names_every_key_and_its_rules_can_be_put_in_force(firm: Firm) {
        let rules = page("rules.md");
        let administration = firm.house.app.administration();
        let errors = async |toml: &str| {
            let text = RulesText::Toml(toml.to_owned());
            administration.check_rules(firm.author.scope(), text).await.unwrap().errors.listed
        };
        let whole = blocks(&rules, "toml").concat();
        assert_eq!(errors(&whole).await, []);
        // Each entry of the tables is one, too.
        for entry in rules.lines().filter_map(|line| line.strip_prefix("| `{ ")) {
            let entry = entry.split('`').next().unwrap();
            let rule = format!("[[rule]]\nname = \"a\"\ngroup = \"b\"\nextensions = [{{ {entry}]\n");
            assert_eq!(errors(&rule).await, [], "{entry}");
        }

        // What is refused names all that is not.
        let known = async |rule: &str| {
            let told = errors(&format!("[[rule]]\nname = \"a\"\ngroup = \"b\"\n{rule}\n")).await;
            let problem = told.into_iter().map(|error| error.problem).find(|problem| problem.contains("; there is "));
            let problem = problem.unwrap_or_else(|| panic!("{rule} is no mistake"));
            problem.split_once("; there is ").unwrap().1.split(", ").map(str::to_owned).collect::<Vec<_>>()
        };
        for unknown in ["qqqq = 1", "desks = [{ name = \"x\", qqqq = 1 }]", "permissions = { qqqq = \"use\" }"] {
            let known = known(unknown).await;
            assert!(known.len() > 3, "{known:?}");
            names(&rules, known.iter().map(String::as_str));
        }
        for key in known("numbers = [{ qqqq = 1 }]").await {
            assert!(rules.contains(&format!("{key} = ")), "{key} is missing");
        }
        for permission in Permission::ALL {
            let levels: Vec<String> = permission.levels().iter().map(|level| format!("`{level}`")).collect();
            let row = format!("| `{}` | {} |", permission.name(), levels.join(", "));
            assert!(rules.contains(&row), "{row} is missing");
        }
        for placeholder in PLACEHOLDERS {
            assert!(rules.contains(&format!("`{{{placeholder}}}`")), "{placeholder} is missing");
        }
    }
}

#[test]
fn the_page_on_the_stock_names_every_column_and_kind_and_its_file_can_be_taken() {
    let stock = page("stock.md");
    names(&stock, Column::ALL.map(Column::name));
    names(&stock, Kind::ALL.map(Kind::name));
    let folded = stock.to_lowercase();
    for word in Kind::words().chain(Column::ALL.into_iter().flat_map(Column::german).copied()) {
        assert!(folded.contains(word), "{word} is missing");
    }
    let made = CheckOptions { make_pools: true, ..CheckOptions::default() };
    for file in blocks(&stock, "csv") {
        let report = Sheet::read(file.as_bytes(), NumberingPlan::default()).unwrap().check(&Known::default(), made);
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.counts().len(), Kind::ALL.len(), "{report}");
    }
    // The German words of each kind stand in its row, and so do ways to write numbers, extensions and targets.
    let rows = stock.lines().filter_map(|line| line.strip_prefix("| `"));
    for row in rows {
        let (first, rest) = row.split_once('|').unwrap();
        let words = rest.split('|').next().unwrap();
        if let Some(kind) = Kind::parse(first.trim().trim_end_matches('`')) {
            for word in words.split(',') {
                assert_eq!(Kind::read(word), Ok(kind), "{word}");
            }
        } else if let Some(column) = Column::parse(first.trim().trim_end_matches('`')) {
            for word in words.split(',') {
                assert_eq!(Column::parse(word.trim()), Some(column), "{word}");
            }
        } else {
            let is_target = words.contains("device") || words.contains("mailbox") || words.contains("phone number");
            for cell in first.split(',').map(|cell| cell.trim().trim_matches('`')) {
                // A part of a list has its beginning in the cell before.
                let line = match cell {
                    "-10…-99" => continue,
                    cell if is_target && cell.starts_with(['d', 'm', 's', '+']) => format!("destination;x;{cell}"),
                    cell if cell.starts_with('2') => format!("extension;{cell};"),
                    cell => format!("voice_number;{cell};"),
                };
                let read =
                    Sheet::read(format!("kind;key;target\n{line}\n").as_bytes(), NumberingPlan::default()).unwrap();
                let report = read.check(&Known::default(), CheckOptions::default());
                let wrong: Vec<_> =
                    report.mistakes.iter().filter(|mistake| !mistake.message.contains("neither in stock")).collect();
                assert!(wrong.is_empty(), "{line}: {report}");
            }
        }
    }
}

on_each_engine! {
    async fn the_lines_of_the_page_on_the_admin_api_work_as_they_stand(office: Office) {
        office.house.app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
        let sales = office.scim("POST", "/Groups", &crate::groups::group("Sales", &[])).await.expect(201).json();
        let mut variables = BTreeMap::from([
            ("A".to_owned(), String::new()),
            ("SALES".to_owned(), sales["id"].as_str().unwrap().to_owned()),
        ]);
        let by_hand = page("by-hand.md");
        let (stock, others): (Vec<String>, Vec<String>) =
            blocks(&by_hand, "sh").into_iter().partition(|block| block.contains("stock/import"));
        // What is given has to be there first.
        let mut sent = 0;
        let employees = others.iter().skip(1).take(1);
        for line in employees.chain(&stock).chain(others.iter().skip(2)).flat_map(|block| block.lines()) {
            let (variable, command) = match line.split_once("=$(") {
                Some((variable, command)) if !variable.contains(' ') => (Some(variable), command),
                _ => (None, line),
            };
            let Some(command) = command.strip_prefix("api ") else { continue };
            let words = words(command, &variables);
            let (request, filter) = match words.iter().position(|word| word == "|") {
                Some(place) => (&words[..place], words.get(place + 3)),
                None => (&words[..], None),
            };
            let answer = request_of(&office, request).await;
            assert!((200..300).contains(&answer.status), "{line}: {answer:?}");
            sent += 1;
            if let Some(variable) = variable {
                let found = picked(&answer.json(), filter.unwrap().trim_end_matches(')'));
                variables.insert(variable.to_owned(), found.unwrap_or_else(|| panic!("{line}: {answer:?}")));
            }
        }
        assert!(sent > 40, "{sent} lines");
    }
}

/// The words of a line as a shell makes them, up to a comment.
fn words(line: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote, mut open) = (String::new(), None, false);
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, quote) {
            ('\'' | '"', None) => (quote, open) = (Some(character), true),
            (_, Some(mark)) if mark == character => quote = None,
            ('$', None | Some('"')) => {
                let mut name = String::new();
                while let Some(letter) = rest.next_if(char::is_ascii_uppercase) {
                    name.push(letter);
                }
                word.push_str(variables.get(&name).unwrap_or_else(|| panic!("${name} in {line}")));
            }
            ('#', None) if !open => break,
            (' ', None) if open => {
                words.push(std::mem::take(&mut word));
                open = false;
            }
            (' ', None) => {}
            _ => {
                word.push(character);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words
}

/// Sends what `curl` would send.
async fn request_of(office: &Office, words: &[String]) -> crate::world::door::Answer {
    let (mut method, mut path, mut kind, mut body) = (None, String::new(), "application/json".to_owned(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next().cloned(),
            "--json" => body = words.next().unwrap().as_bytes().to_vec(),
            "-H" => kind = words.next().unwrap().strip_prefix("Content-Type: ").unwrap().to_owned(),
            "--data-binary" => body = file(words.next().unwrap().strip_prefix('@').unwrap()),
            "-o" => _ = words.next(),
            word => path = word.to_owned(),
        }
    }
    let method = method.unwrap_or_else(|| if body.is_empty() { "GET" } else { "POST" }.to_owned());
    office.send(&method, &path, &[("content-type", kind.as_str())], body).await
}

/// A file that a line names.
fn file(name: &str) -> Vec<u8> {
    match name.rsplit_once('.') {
        Some((_, "png")) => crate::api::picture(8, 8),
        Some((_, "wav")) => crate::api::silence().into_bytes(),
        _ => std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap(),
    }
}

/// What `jq -r` takes out of an answer: `.items[0].id`, or `.items[] | select(.name == "x").id`.
fn picked(answer: &Value, filter: &str) -> Option<String> {
    let items = answer["items"].as_array()?;
    let (item, field) = match filter.strip_prefix(".items[] | select(.") {
        Some(rest) => {
            let (field, rest) = rest.split_once(" == \"")?;
            let (value, rest) = rest.split_once("\").")?;
            (items.iter().find(|item| item[field] == value)?, rest)
        }
        None => (items.first()?, filter.strip_prefix(".items[0].")?),
    };
    item[field].as_str().map(str::to_owned)
}
