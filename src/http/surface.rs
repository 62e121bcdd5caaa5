//! Whom a path speaks to, which decides how a refusal looks.

/// An audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// Identity providers: SCIM errors.
    Scim,
    /// Administrators' programs: problem details.
    Api,
    /// Whoever keeps the daemon running: a line of text.
    Plain,
}

impl Surface {
    /// The audience of a path or of a route's pattern.
    pub(super) fn of(path: &str) -> Self {
        let below = |base| path.strip_prefix(base).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('/'));
        if below("/scim/v2") {
            Self::Scim
        } else if below("/api/v1") {
            Self::Api
        } else {
            Self::Plain
        }
    }

    /// The same where a proxy may pass on the path of the public URL.
    pub(super) fn behind(prefix: &str, path: &str) -> Self {
        match Self::of(path) {
            Self::Plain => path.strip_prefix(prefix).map_or(Self::Plain, Self::of),
            known => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Surface;

    #[test]
    fn a_path_tells_whom_it_speaks_to_also_behind_the_path_of_the_public_url() {
        for (path, surface) in [
            ("/scim/v2", Surface::Scim),
            ("/scim/v2/Users", Surface::Scim),
            ("/api/v1/pools/{id}", Surface::Api),
            ("/api/v10", Surface::Plain),
            ("/healthz", Surface::Plain),
        ] {
            assert_eq!(Surface::of(path), surface, "{path}");
            assert_eq!(Surface::behind("/deskgate", &format!("/deskgate{path}")), surface, "{path}");
            assert_eq!(Surface::behind("/deskgate", path), surface, "{path}");
        }
    }
}
