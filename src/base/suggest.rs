//! "Did you mean …?"

/// How alike two names must be; below that a guess confuses more than it helps.
const ALIKE: f64 = 0.80;

/// The candidate most like `name`, if any is like it at all.
///
/// Of `section.leaf` the leaf is compared, in every section: a key that is spelt right in the wrong section is as
/// common as a misspelt one.
#[must_use]
pub fn closest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .into_iter()
        .map(|candidate| {
            // Between two that are equally alike, the one of the same section.
            let elsewhere = if section(name) == section(candidate) { 0.0 } else { 0.02 };
            (strsim::jaro_winkler(leaf(name), leaf(candidate)) - elsewhere, candidate)
        })
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

fn section(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(section, _)| section)
}

fn leaf(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, leaf)| leaf)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn misspelt_and_misplaced_names_lead_to_the_right_one() {
        let names = ["server.listen", "server.public_url", "log.format", "log.filter", "database.url"];
        for (wrong, right) in [
            ("server.lissten", Some("server.listen")),
            ("listen", Some("server.listen")),
            ("server.public-url", Some("server.public_url")),
            ("log.fromat", Some("log.format")),
            ("server.url", Some("database.url")),
            ("server.frobnicate", None),
            ("", None),
        ] {
            assert_eq!(closest(wrong, names), right, "{wrong}");
        }
    }
}
