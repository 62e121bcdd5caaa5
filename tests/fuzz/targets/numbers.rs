//! Phone numbers, blocks of them and extensions, from what somebody typed: never a panic, never slow, and what is shown
//! is read as what was meant.

#![no_main]

use deskgate::base::e164::{E164, Region};
use deskgate::domain::thing::extension::{ExtensionRules, parse_extensions};
use deskgate::domain::thing::number::{Block, MAX_NUMBERS, Overlaps, parse_numbers};
use libfuzzer_sys::{Corpus, fuzz_target};

const REGIONS: [&str; 6] = ["DE", "AT", "IT", "US", "AR", "RU"];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((first, data)) = data.split_first() else { return Corpus::Reject };
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let region = Region::parse(REGIONS[usize::from(*first) % REGIONS.len()]).expect("these have numbers");
    deskgate_fuzz::in_time(|| {
        let _ = E164::parse(text, region);
        let _ = parse_extensions(text, ExtensionRules::default());
    });
    // A block costs what its numbers cost, each of which is looked up in the numbering plan.
    let _ = parse_numbers(text, region, Overlaps::Refused);

    if let Ok(number) = E164::parse(text, region) {
        assert_eq!(E164::from_canonical(&number.to_string()), Some(number));
        for shown in [number.to_string(), number.international(), number.shown_in(region)] {
            assert_eq!(E164::parse(&shown, region), Ok(number), "{shown}");
        }
    }
    if let Ok(numbers) = parse_numbers(text, region, Overlaps::Allowed) {
        assert!((1..=MAX_NUMBERS).contains(&numbers.len()));
        for stock in numbers.iter().take(100) {
            assert_eq!(E164::parse(&stock.number.to_string(), region), Ok(stock.number));
            if let Some(block) = &stock.block {
                assert_eq!(Block::from_canonical(&block.to_string()).as_ref(), Some(block));
            }
        }
    }
    Corpus::Keep
});
