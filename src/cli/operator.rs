//! Who sits at the shell, for the audit record.

/// The operator's login name; behind `sudo` it is not root.
pub(super) fn login_name() -> String {
    of(|name| std::env::var(name).ok())
}

fn of(variable: impl Fn(&str) -> Option<String>) -> String {
    ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .filter_map(variable)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "shell".to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_operator_is_the_person_behind_sudo() {
        let both = |name: &str| match name {
            "SUDO_USER" => Some("ada".to_owned()),
            "USER" => Some("root".to_owned()),
            _ => None,
        };
        assert_eq!(of(both), "ada");
        assert_eq!(of(|_| None), "shell");
    }
}
