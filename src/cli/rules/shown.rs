//! Plans on the screen: by person, with a sign for each change and a line that sums it up.

use std::fmt::Write as _;

use console::{StyledObject, style};
use serde_json::{Value, json};

use crate::app::administration::rules::PlanChanged;
use crate::base::showable::showable;
use crate::domain::grant::diff::{Line, Marker, Tally};

/// A plan as people read it. Colours are for terminals.
pub(super) fn plan_text(lines: &[Line]) -> String {
    let mut text = by_person(lines);
    if !text.is_empty() {
        text.push('\n');
    }
    _ = writeln!(text, "{}", Tally::of(lines));
    text
}

/// What is different from the plan that was shown.
pub(super) fn difference_text(changed: &PlanChanged) -> String {
    let mut text = match changed.shown_base {
        Some(version) if version != changed.base => {
            format!("Version {} of the rules is in force by now.\n", changed.base)
        }
        _ => String::new(),
    };
    for (words, lines) in [("Would not happen any more:", &changed.gone), ("Would happen now:", &changed.new)] {
        if !lines.is_empty() {
            _ = writeln!(text, "\n{words}\n{}", by_person(lines).trim_end());
        }
    }
    text
}

/// For how many something changes, in numbers and words.
pub(super) fn summary_json(lines: &[Line]) -> Value {
    let tally = Tally::of(lines);
    let mut summary = json!(tally);
    if let Value::Object(summary) = &mut summary {
        summary.insert("text".to_owned(), tally.to_string().into());
    }
    summary
}

fn by_person(lines: &[Line]) -> String {
    let width = lines.iter().map(|line| showable(&line.what).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut person = None;
    for line in lines {
        if person != Some(line.employee) {
            person = Some(line.employee);
            _ = writeln!(text, "{}", style(showable(&line.user_name)).bold());
        }
        let (what, why) = (showable(&line.what), showable(&line.why));
        let sign = coloured(line.marker, line.marker.sign().to_string());
        let gap = " ".repeat(width.saturating_sub(what.chars().count()));
        let words = format!("{}{gap}  {}", coloured(line.marker, what.into_owned()), style(why).dim());
        _ = writeln!(text, "  {sign} {}", words.trim_end());
    }
    text
}

fn coloured(marker: Marker, text: String) -> StyledObject<String> {
    match marker {
        Marker::Loses => style(text).red(),
        Marker::Changes => style(text).yellow(),
        Marker::Gains => style(text).green(),
        Marker::Waits => style(text).cyan(),
    }
}

#[cfg(test)]
mod tests {
    use super::plan_text;
    use crate::base::ids::EmployeeId;
    use crate::domain::grant::diff::{Line, Marker};

    #[test]
    fn a_plan_is_told_by_person_and_summed_up() {
        let (ada, max) = (EmployeeId::generate(), EmployeeId::generate());
        let line = |user_name: &str, employee, marker, what: &str, why: &str| Line {
            user_name: user_name.to_owned(),
            employee,
            marker,
            what: what.to_owned(),
            why: why.to_owned(),
        };
        let lines = [
            line("ada@x.example", ada, Marker::Gains, "extension 201", "rule Sales, pool sales"),
            line("ada@x.example", ada, Marker::Waits, "number", "waits: pool \"berlin\" is empty"),
            line("max@x.example", max, Marker::Loses, "number +49301234500", "rule Berlin is gone; on hold"),
        ];
        console::set_colors_enabled(false);
        insta::assert_snapshot!(plan_text(&lines), @r#"
        ada@x.example
          + extension 201        rule Sales, pool sales
          ? number               waits: pool "berlin" is empty
        max@x.example
          - number +49301234500  rule Berlin is gone; on hold

        1 gains, 1 loses, 1 waits
        "#);
        assert_eq!(plan_text(&[]), "nothing changes\n");
        let turned = plan_text(&[line("a\u{202e}b", ada, Marker::Gains, "desk \u{2028}", "rule \u{202e}x")]);
        assert!(turned.starts_with("a\\u{202e}b\n  + desk \\u{2028}  rule \\u{202e}x\n"), "{turned}");
    }
}
