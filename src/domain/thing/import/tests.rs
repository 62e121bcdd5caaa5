use std::collections::HashSet;

use proptest::prelude::*;

use super::{CheckOptions, Known, MAX_BYTES, MAX_MISTAKES, Report, Sheet};
use crate::base::clock::Ts;
use crate::base::ids::ThingId;
use crate::domain::thing::export::{Export, Names};
use crate::domain::thing::number::Overlaps;
use crate::domain::thing::{Class, Details, Key, Kind, Label, Name, NumberingPlan, Thing};

fn read(text: &str) -> Sheet {
    Sheet::read(text.as_bytes(), NumberingPlan::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn key(class: Class, text: &str) -> Key {
    Key::parse(class, text, NumberingPlan::default()).unwrap()
}

/// The report on a file that may make pools, with these keys in stock.
fn checked(text: &str, stock: &[Key]) -> Report {
    let known = Known { keys: stock.iter().cloned().collect(), ..Known::default() };
    read(text).check(&known, CheckOptions { make_pools: true, ..CheckOptions::default() })
}

fn mistakes(text: &str, stock: &[Key]) -> Vec<String> {
    let report = checked(text, stock).to_string();
    report.lines().filter(|line| line.starts_with("line ")).map(str::to_owned).collect()
}

const ALL_KINDS: &str = "\
kind;key;pool;label;number;target;notify;description;model;disabled
Rufnummer;+49 30 1234-100…104;Berlin;;;;;;;
shared_fax;030 1234-900;;Team sales;;;;;;
extension;200-204;Sales;;+49 30 1234-100…104;;;;;
device;ada.desk;Phones;;;;;;Desk phone;
device;;Phones;;;;;;Desk phone;ja
destination;Zentrale;;;;mailbox:Sales;;;;
destination;Mobil Ada;;;;0170 12345678;;;;
Ansage;Begrüßung;;;;;;Guten Tag;;
mailbox;Sales;;;201;;sales@example.com;;;
";

#[test]
fn a_file_brings_things_of_all_kinds_and_ranges_in_one_go() {
    let report = checked(ALL_KINDS, &[]);
    insta::assert_snapshot!(report.to_string(), @r#"
    lines:     9
    things:    17 (5 voice_number, 1 shared_fax, 5 extension, 2 device, 2 destination, 1 announcement, 1 mailbox)
    new pools: Berlin, Phones, Sales
    "#);
    assert!(report.is_clean());
    let extension = &report.things[6];
    assert_eq!((extension.line, extension.kind), (4, Kind::Extension));
    assert_eq!(extension.key, Some(key(Class::Extension, "200")));
    assert_eq!(extension.details.to_json(), r#"{"number":"+49301234100"}"#);
    assert_eq!(extension.pool.as_ref().map(Name::as_str), Some("Sales"));
    let devices: Vec<_> = report.things.iter().filter(|thing| thing.kind == Kind::Device).collect();
    assert_eq!(devices[1].key, None, "its name is made when it is written");
    assert!(devices[1].disabled && !devices[0].disabled);
    let mailbox = report.things.last().unwrap();
    assert_eq!(mailbox.label.as_str(), "Sales");
    assert_eq!(mailbox.details.to_json(), r#"{"answers":{"extension":"201"},"notify":"sales@example.com"}"#);
}

#[test]
fn the_keys_and_pools_that_a_file_speaks_of_are_known_before_the_stock_is_asked() {
    let sheet = read("kind,key,pool,number,target\nextension,201,Sales,030 1234100,\ndestination,Tür,,,device:door\n");
    let expected = [
        key(Class::Extension, "201"),
        key(Class::Number, "030 1234100"),
        key(Class::Destination, "tür"),
        key(Class::Device, "door"),
    ];
    assert_eq!(sheet.keys(), HashSet::from(expected));
    assert_eq!(sheet.pools(), HashSet::from([Name::parse("sales").unwrap().key().clone()]));
}

#[test]
fn files_of_any_spreadsheet_are_read() {
    let lines = |text: &str| checked(text, &[]).counts().values().sum::<usize>();
    for text in [
        "kind;key\nextension;201\n",
        "kind,key\nextension,201",
        "kind\tkey\r\nextension\t201\r\n",
        "\u{feff}kind;key\r\nextension;201\r\n",
        "sep=;\r\nkind;key\r\nextension;201\r\n",
        "\"kind\",\"key\"\n\"extension\",\"201\"\n",
        "KEY; Kind ;state;holder;held_until;held_for;id\n201;Nebenstelle;free;;;;x\n;;;;;;\n\n",
    ] {
        assert_eq!(lines(text), 1, "{text:?}");
    }
    assert_eq!(lines("kind,key\nextension,\"201, 203,\n210-219\"\n"), 12);
}

#[test]
fn a_file_that_cannot_be_read_at_all_says_why() {
    let refused = |file: &[u8]| Sheet::read(file, NumberingPlan::default()).unwrap_err().to_string();
    assert_eq!(refused(&vec![b'x'; MAX_BYTES + 1]), "the file is larger than 10 MiB: give it in parts");
    assert_eq!(
        refused(b"kind;key\nannouncement;Begr\xfc\xdfung\n"),
        "line 2 is not UTF-8: save the file as \"CSV UTF-8\""
    );
    for (text, expected) in [
        ("", "the file is empty"),
        ("kind;key\n;\n", "the file is empty"),
        ("kind;pool\nx;y\n", "the first line does not name the column key"),
        ("+49301234500\n", "the first line names a column \"+49301234500\", which nobody knows"),
        ("kind;key;pol\nx;y;z\n", "the first line names a column \"pol\", which nobody knows: did you mean \"pool\"?"),
        ("kind;key;Key\nx;y;z\n", "the first line names the column key twice"),
    ] {
        let error = refused(text.as_bytes());
        assert!(error.starts_with(expected), "{error}");
    }
    let many = format!("kind;key\n{}", "extension;1000-9999\n".repeat(3));
    assert_eq!(refused(many.as_bytes()), "with line 4 the file brings more than 25000 things: give it in parts");
}

#[test]
fn lines_are_counted_as_an_editor_does_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let text = ["kind;key", "extension;7", "", "extension;8", "extension;201", "extension;9"].join(end);
        let report = Sheet::read(text.as_bytes(), NumberingPlan::default())
            .unwrap()
            .check(&Known::default(), CheckOptions::default());
        let lines: Vec<u64> = report.mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [2, 4, 6], "{end:?}");
    }
}

#[test]
fn every_mistake_of_every_line_is_told_with_its_column() {
    let text = "\
kind;key;pool;label;number;target;notify;description;model;disabled
extnsion;201
extension;7;;;12;;;;;perhaps
voice_number;0900 1234567;;;;;;;;
voice_number;030 1234500;;a\u{1b}b;;;;;Phone;
extension;300-309;;;030 1234-100…104;;;;;
destination;;;;;sip:x;;;;
mailbox;Sales;;;;;nobody;;;
device;Ada;;;;;;;;
device;ada;;;;;;;;;too much
";
    insta::assert_snapshot!(mistakes(text, &[]).join("\n"), @r#"
    line 2, kind: "extnsion" is no kind: did you mean "extension"?
    line 3, key: "7" is no extension: write 2 to 6 digits
    line 3, number: "12": the area code of "12" is missing: write it like +49 30 1234500 or 030 1234500
    line 3, disabled: "perhaps" is neither yes nor no: write one of the two
    line 4, key: +499001234567 is a premium rate number, which cannot be in stock
    line 5, label: the character U+001B at position 2 cannot be shown: leave it out
    line 5, model: a voice_number has nothing to say here: leave the cell empty
    line 6, number: 5 numbers for 10 extensions: give each extension one number, or none
    line 7, key: a name is missing
    line 7, target: "sip:x" is no SIP address: write it like sip:door@192.0.2.7 or sip:desk@pbx.example.com:5060
    line 8, notify: "nobody" is no e-mail address: write one address, like team@example.com
    line 9, key: "Ada" is no SIP user name: write 3 to 32 small letters, digits, points, hyphens and underscores, beginning with a letter or digit
    line 10: there are more cells than columns: put text with a comma or semicolon in quotes
    "#);
}

#[test]
fn what_stands_twice_or_is_in_stock_already_is_told_with_both_places() {
    let stock = [key(Class::Number, "030 1234102"), key(Class::Mailbox, "sales")];
    let text = "\
kind;key
voice_number;030 1234-100…103
personal_fax;+49 30 1234103
mailbox;SALES
extension;201
extension;200-202
";
    insta::assert_snapshot!(mistakes(text, &stock).join("\n"), @r#"
    line 2, key: +49301234102 is in stock already: leave it out
    line 3, key: +49301234103 stands in line 2 already: leave one out
    line 4, key: sales is in stock already: leave it out
    line 6, key: 201 stands in line 5 already: leave one out
    "#);
    let former = Known { former_devices: HashSet::from([key(Class::Device, "ada")]), ..Known::default() };
    let report = read("kind;key\ndevice;ada\n").check(&former, CheckOptions::default());
    assert!(report.mistakes[0].message.contains("no name is given twice"), "{report}");
}

#[test]
fn numbers_that_are_the_beginning_of_others_are_told_unless_the_operator_insists() {
    let text = "kind;key\nvoice_number;\"+49 30 12345-1, -20…-21\"\nvoice_number;+49 30 12345-10\n";
    let stock = [key(Class::Number, "+49 30 123452")];
    let told = mistakes(text, &stock);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("line 2, key: +4930123452 is the beginning of +49301234520: "), "{told:?}");
    assert!(told[2].starts_with("line 3, key: +4930123451 is the beginning of +49301234510: "), "{told:?}");
    let known = Known { keys: HashSet::from(stock), ..Known::default() };
    let report = read(text).check(&known, CheckOptions { overlaps: Overlaps::Allowed, make_pools: false });
    assert!(report.is_clean(), "{report}");
}

#[test]
fn what_a_line_refers_to_is_in_stock_or_in_the_file() {
    let text = "kind;key;target;number\ndestination;A;mailbox:Sales;\nmailbox;B;;201\nextension;300;;030 1234500\n";
    insta::assert_snapshot!(mistakes(text, &[]).join("\n"), @r#"
    line 2, target: the mailbox sales is neither in stock nor in this file
    line 3, number: the extension 201 is neither in stock nor in this file
    line 4, number: the number +49301234500 is neither in stock nor in this file
    "#);
    let stock = [key(Class::Mailbox, "sales"), key(Class::Extension, "201"), key(Class::Number, "030 1234500")];
    assert_eq!(mistakes(text, &stock), Vec::<String>::new());
}

#[test]
fn pools_are_there_or_made_only_if_that_is_wanted() {
    let text = "kind;key;pool\nextension;201;Sales\nextension;202;sales\nextension;203;Berlin\n";
    let known = Known { pools: HashSet::from([Name::parse("berlin").unwrap().key().clone()]), ..Known::default() };
    let report = read(text).check(&known, CheckOptions::default());
    let told: Vec<_> = report.mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
    assert_eq!(told, ["there is no pool \"Sales\": make it first, or let the import make pools"]);
    let report = read(text).check(&known, CheckOptions { make_pools: true, ..CheckOptions::default() });
    assert!(report.is_clean());
    assert_eq!(report.new_pools.iter().map(Name::as_str).collect::<Vec<_>>(), ["Sales"]);
}

#[test]
fn a_report_lists_so_many_mistakes_and_counts_the_rest() {
    let lines = format!("extension;x;\n{}", "extension;x;y\n".repeat(MAX_MISTAKES));
    let report = checked(&format!("kind;key;number\n{lines}"), &[]);
    assert_eq!((report.mistakes.len(), report.more_mistakes), (MAX_MISTAKES, 1));
    assert!(report.to_string().ends_with("and 1 further mistakes\n"));
    // A file with so many is not read to its end.
    assert_eq!(report.mistakes.last().unwrap().line, 502);
    assert_eq!(report.notices[0].line, 503);
    assert_eq!(report.notices[0].message, "from here on nothing is read: 1000 mistakes are enough");
}

#[test]
fn what_a_line_with_mistakes_stands_for_counts_as_well() {
    let number = |line: usize| format!("voice_number;+49 30 4{line}00-0000…9999;x;\n");
    let extension = |line: usize| format!("extension;201;;+49 30 4{line}00-0000…9999\n");
    for line in [number as fn(usize) -> String, extension] {
        let text = format!("kind;key;target;number\n{}", (0..3).map(line).collect::<String>());
        let error = Sheet::read(text.as_bytes(), NumberingPlan::default()).unwrap_err();
        assert_eq!(error.to_string(), "with line 4 the file brings more than 25000 things: give it in parts");
    }
}

/// Things as the stock would have them after an import.
fn stocked(report: &Report) -> Vec<Thing> {
    let now = Ts::from_micros(0);
    let thing = |thing: &super::ImportedThing| Thing {
        id: ThingId::generate(),
        kind: thing.kind,
        key: thing.key.clone().unwrap_or_else(|| key(Class::Device, "made")),
        pool: None,
        label: thing.label.clone(),
        details: thing.details.clone(),
        holder: None,
        held_until: None,
        held_for: None,
        released_at: None,
        disabled_at: thing.disabled.then_some(now),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    report.things.iter().map(thing).collect()
}

fn exported(things: &[Thing]) -> String {
    let mut export = Export::new();
    for thing in things {
        let names = Names { pool: Some("Main"), holder: Some("ada@example.com"), held_for: None };
        export.add(thing, names, Ts::from_micros(0));
    }
    String::from_utf8(export.take()).unwrap()
}

#[test]
fn what_is_exported_can_be_imported_again() {
    let things = stocked(&checked(ALL_KINDS, &[]));
    let again = checked(&exported(&things), &[]);
    assert!(again.is_clean(), "{again}");
    // A block is remembered by the stock; a file of single numbers knows nothing of it.
    let without_block = |thing: &Thing| match &thing.details {
        Details::Number(_) => "{}".to_owned(),
        details => details.to_json(),
    };
    for (before, after) in things.iter().zip(stocked(&again)) {
        assert_eq!((before.kind, &before.key, &before.label), (after.kind, &after.key, &after.label));
        assert_eq!((without_block(before), before.disabled_at), (after.details.to_json(), after.disabled_at));
    }
}

#[test]
fn w4_no_exported_cell_is_a_formula() {
    let mut thing = stocked(&checked("kind;key\nvoice_number;030 1234500\n", &[])).remove(0);
    for label in [
        "=1+2",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1",
        "'=1",
        "=cmd|' /C calc'!A0;\"x\"",
        "n,=1+1,",
        "n;'=1|+2",
        "n,\"=1\",",
        "n,'x",
    ] {
        thing.label = Label::parse(label).unwrap();
        let file = exported(std::slice::from_ref(&thing));
        let cells = file.lines().nth(1).unwrap().split(';').map(|cell| cell.trim_start_matches('"'));
        for cell in cells {
            assert!(!cell.starts_with(['=', '+', '-', '@', '＝']), "{file}");
        }
        // As one that divides cells by other signs would read it.
        for delimiter in [b',', b';', b'\t', b'|'] {
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file.as_bytes());
            for cell in
                reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            {
                assert!(!cell.starts_with(['=', '+', '-', '@', '＝']), "{cell} of {file}");
            }
        }
        let again = checked(&file, &[]);
        assert_eq!(again.things[0].label.as_str(), label, "{file}");
    }
}

#[test]
fn an_export_is_a_file_that_spreadsheets_open() {
    let mut thing = stocked(&checked("kind;key\nmailbox;\"Größe; 1\"\n", &[])).remove(0);
    thing.id = ThingId::parse("01990000-0000-7000-8000-000000000001").unwrap();
    let file = exported(&[thing]);
    assert!(file.starts_with('\u{feff}') && file.contains("\r\n"));
    insta::assert_snapshot!(file.trim_start_matches('\u{feff}').replace("\r\n", "\n"), @r#"
    "kind";"key";"pool";"label";"number";"target";"notify";"description";"model";"disabled";"state";"holder";"held_until";"held_for";"id"
    "mailbox";"Größe; 1";"Main";"";"";"";"";"";"";"";"free";"ada@example.com";"";"01990000-0000-7000-8000-000000000001"
    "#);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        rows in proptest::collection::vec(
            proptest::collection::vec(
                prop_oneof!["\\PC{0,12}", "[+0-9…,-]{0,12}", "extension|device|mailbox|destination|Rufnummer", "\"[^\"]{0,5}"],
                0..9,
            ),
            0..12,
        ),
    ) {
        let _ = Sheet::read(&bytes, NumberingPlan::default());
        let rows: Vec<String> = rows.iter().map(|cells| cells.join(";")).collect();
        let text = format!("kind;key;pool;label;number;target;notify\n{}\n", rows.join("\n"));
        if let Ok(sheet) = Sheet::read(text.as_bytes(), NumberingPlan::default()) {
            let report = sheet.check(&Known::default(), CheckOptions::default());
            let _ = report.to_string();
            prop_assert!(report.is_clean() || !report.mistakes.is_empty());
        }
    }

    #[test]
    fn any_label_survives_export_and_import(label in prop_oneof!["\\PC{0,30}", "[,;|'\"=+a ]{0,12}"]) {
        if let Ok(label) = Label::parse(&label) {
            let mut thing = stocked(&checked("kind;key\nextension;201\n", &[])).remove(0);
            thing.label = label.clone();
            let again = checked(&exported(&[thing]), &[]);
            prop_assert_eq!(&again.things[0].label, &label);
        }
    }
}
