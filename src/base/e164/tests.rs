use proptest::prelude::*;

use super::{E164, E164Error, Region, Service};

fn german(text: &str) -> Result<String, E164Error> {
    E164::parse(text, Region::GERMANY).map(|number| number.to_string())
}

#[test]
fn a_number_is_read_in_every_way_people_write_it() {
    for text in [
        "+49301234500",
        "+49 30 1234500",
        "+49 30 1234-500",
        "+49-30-1234-500",
        "+49 (30) 1234500",
        "+49(0)30 1234500",
        "+49 (0) 30/1234500",
        "+49 030 1234500",
        "+49 (030) 12345-00",
        "0049 30 1234500",
        "0049(0)30 1234500",
        "030 1234500",
        "030/1234-500",
        "(030) 12 34 50-0",
        "030.1234.500",
        " 030\u{a0}1234\u{2011}500 ",
        "\u{202a}+49 30 1234500\u{202c}",
        "tel:+49-30-1234-500",
        "＋49 30 1234500",
    ] {
        assert_eq!(german(text).as_deref(), Ok("+49301234500"), "{text}");
    }
}

#[test]
fn numbers_of_other_countries_keep_what_is_theirs() {
    for (text, expected) in [
        ("+39 06 698 12345", "+390669812345"),
        ("+39 (0)6 698 12345", "+390669812345"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+41 44 668 18 00", "+41446681800"),
        ("+1 650 253 0000", "+16502530000"),
        ("0043 1 5880070", "+4315880070"),
    ] {
        assert_eq!(german(text).as_deref(), Ok(expected), "{text}");
    }
    let from = |text: &str, region: &str| E164::parse(text, Region::parse(region).unwrap()).map(|n| n.to_string());
    assert_eq!(from("06 698 12345", "IT").as_deref(), Ok("+390669812345"));
    assert_eq!(from("(650) 253-0000", "us").as_deref(), Ok("+16502530000"));
    assert_eq!(from("011 49 30 1234500", "US").as_deref(), Ok("+49301234500"));
    assert_eq!(from("044 668 18 00", "CH").as_deref(), Ok("+41446681800"));
}

#[test]
fn what_is_no_number_is_refused_with_what_to_change() {
    for (text, expected) in [
        ("", "a phone number is missing: write it like +49 30 1234500"),
        ("  - ", "a phone number is missing: write it like +49 30 1234500"),
        ("+", "a phone number is missing: write it like +49 30 1234500"),
        ("1234500", "the area code of \"1234500\" is missing: write it like +49 30 1234500 or 030 1234500"),
        ("030 1234500 Herr Meier", "'H' at position 13 is no part of a phone number: leave it out"),
        ("+49 30 1234500;ext=1", "';' at position 15 is no part of a phone number: leave it out"),
        ("030 123+4500", "'+' at position 8 is no part of a phone number: leave it out"),
        ("+49 30 1234500\n", "'\\n' at position 15 is no part of a phone number: leave it out"),
        ("+999 1234567", "no country has numbers that begin like +9991234567: check the digits after the +"),
        ("+0301234500", "no country has numbers that begin like +0301234500: check the digits after the +"),
        (
            "+49 30 1234567890123",
            "+49301234567890123 has too many digits: at most 15 with the country's code, in some countries fewer",
        ),
        ("+1 650 253", "+1650253 has too few digits for its country: write the whole number"),
        ("+1 2530000", "+12530000 has too few digits for its country: write the whole number"),
        ("+49 3", "+493 has too few digits for its country: write the whole number"),
    ] {
        assert_eq!(german(text).unwrap_err().to_string(), expected, "{text:?}");
    }
    assert_eq!(german(&"0".repeat(65)), Err(E164Error::TooLong));
}

#[test]
fn emergency_and_service_numbers_are_nobodys() {
    for text in [
        "110",
        "112",
        "115",
        "116117",
        "116 000",
        "11833",
        "118000",
        "19222",
        "+49 112",
        "0049 110",
        "+49116117",
        "011800",
        "0116117",
        "0110",
    ] {
        assert!(matches!(german(text), Err(E164Error::Service { .. })), "{text}: {:?}", german(text));
    }
    let service = |text: &str| E164::parse(text, Region::GERMANY).unwrap().service();
    assert_eq!(service("0900 1234567"), Some(Service::Premium));
    assert_eq!(service("0180 5123456"), Some(Service::SharedCost));
    assert_eq!(service("0137 7123456"), Some(Service::MassTraffic));
    assert_eq!(service("+44 909 8790000"), Some(Service::Premium));
    assert_eq!(service("0800 2222550"), None);
    assert_eq!(service("030 1234500"), None);
}

#[test]
fn a_number_is_shown_as_its_country_writes_it() {
    let shown = |text: &str| {
        let number = E164::from_canonical(text).unwrap();
        (number.national(), number.international())
    };
    for (number, national, international) in [
        ("+49301234500", "030 1234500", "+49 30 1234500"),
        ("+4933621234", "03362 1234", "+49 3362 1234"),
        ("+4917012345678", "0170 12345678", "+49 170 12345678"),
        ("+390669812345", "06 6981 2345", "+39 06 6981 2345"),
        ("+16502530000", "(650) 253-0000", "+1 650-253-0000"),
        ("+999123456", "+999123456", "+999123456"),
    ] {
        assert_eq!(shown(number), (national.to_owned(), international.to_owned()));
    }
    let number = E164::from_canonical("+49301234500").unwrap();
    assert_eq!(number.shown_in(Region::GERMANY), "030 1234500");
    assert_eq!(number.shown_in(Region::parse("AT").unwrap()), "+49 30 1234500");
}

#[test]
fn only_one_form_is_kept() {
    for wrong in ["49301234500", "+0301234500", "+123", "+1234567890123456", "+49 30", "+４９301234500", "+", ""] {
        assert_eq!(E164::from_canonical(wrong), None, "{wrong}");
    }
    assert!(serde_json::from_str::<E164>("\"030 1234500\"").is_err());
    assert_eq!(serde_json::from_str::<E164>("\"+49301234500\"").unwrap().to_string(), "+49301234500");
}

#[test]
fn numbers_are_counted_as_people_count_them() {
    let number = |text: &str| E164::from_canonical(text).unwrap();
    let ordered = ["+49309", "+493010", "+493011", "+4930100"].map(number);
    assert!(ordered.is_sorted());
    assert!(ordered.map(E164::sort_key).is_sorted());
    assert!(number("+49301").is_beginning_of(number("+493010")));
    assert!(!number("+49301").is_beginning_of(number("+49301")));
    assert!(!number("+49301").is_beginning_of(number("+493020")));
    assert!(!number("+493010").is_beginning_of(number("+49301")));
}

#[test]
fn regions_are_countries_with_numbers() {
    assert_eq!(Region::default().to_string(), "DE");
    assert_eq!(Region::parse("at").unwrap().to_string(), "AT");
    for wrong in ["", "D", "DEU", "ZZ", "001", "ÄÖ"] {
        assert_eq!(Region::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_as_the_same_number(
        text in prop_oneof!["\\+49[1-9][0-9]{2,12}", "\\+[1-9][0-9]{3,14}", "0[1-9][0-9]{4,11}"],
        region in prop_oneof!["DE", "AT", "IT", "US", "AR", "RU"],
    ) {
        let region = Region::parse(&region).unwrap();
        if let Ok(number) = E164::parse(&text, region) {
            prop_assert_eq!(E164::from_canonical(&number.to_string()), Some(number));
            prop_assert_eq!(E164::parse(&number.to_string(), region), Ok(number));
            prop_assert_eq!(E164::parse(&number.international(), region), Ok(number));
            prop_assert_eq!(E164::parse(&number.shown_in(region), region), Ok(number));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}", signs in "[+0-9() /.-]{0,24}") {
        let _ = E164::parse(&text, Region::GERMANY);
        let _ = E164::parse(&signs, Region::GERMANY);
    }

    #[test]
    fn the_sort_key_orders_like_the_number(one in 1_000_u64..999_999_999_999_999, other in 1_000_u64..999_999_999_999_999) {
        let [one, other] = [one, other].map(|number| E164::from_digits(&number.to_string()).unwrap());
        prop_assert_eq!(one.cmp(&other), one.sort_key().cmp(&other.sort_key()));
    }
}
