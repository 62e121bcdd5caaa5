//! By which of its two names SCIM's JSON is called in an answer (RFC 7644, section 3.8).

use axum::response::Response;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use crate::http::scim::resource::MEDIA_TYPE;

const PLAIN: HeaderValue = HeaderValue::from_static("application/json");

/// Whether the client reads `application/json` and says nothing of `application/scim+json`: scripts and libraries that
/// know JSON by that name only. Everybody else gets the name that SCIM has for it, also who sends no `Accept` (`OneLogin`)
/// or wants something else: an answer that was not asked for serves a provider better than a 406.
pub fn plain_json_only(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut plain = false;
    for range in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if parts.any(refuses) {
            continue;
        }
        if ["application/scim+json", "application/*", "*/*"].iter().any(|scim| name.eq_ignore_ascii_case(scim)) {
            return false;
        }
        plain |= name.eq_ignore_ascii_case("application/json");
    }
    plain
}

/// A weight of 0 says "not this one" (RFC 9110, section 12.4.2).
fn refuses(parameter: &str) -> bool {
    let weight = parameter.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("q"));
    weight.and_then(|(_, weight)| weight.parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
}

/// The same answer under the name that everybody knows.
pub fn as_plain_json(mut response: Response) -> Response {
    if let Some(content_type) = response.headers_mut().get_mut(CONTENT_TYPE)
        && *content_type == MEDIA_TYPE
    {
        *content_type = PLAIN;
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
    use http::{HeaderMap, Response};

    use super::{as_plain_json, plain_json_only};
    use crate::http::scim::resource::MEDIA_TYPE;

    fn sent(values: &[&'static str]) -> bool {
        plain_json_only(&values.iter().map(|value| (ACCEPT, HeaderValue::from_static(value))).collect())
    }

    #[test]
    fn who_reads_json_and_nothing_else_gets_json() {
        assert!(!plain_json_only(&HeaderMap::new()));
        for scim in [
            &["application/scim+json"] as &[&str],
            &["application/scim+json, application/json"],
            &["application/json", "Application/SCIM+JSON;q=0.1"],
            &["application/json, text/plain, */*"],
            &["application/json;q=0.9, application/*;q=0.8"],
            &["*/*"],
            &["text/html"],
            &["application/jsonx"],
            &["application/json;q=0"],
            &[""],
        ] {
            assert!(!sent(scim), "{scim:?}");
        }
        for plain in [
            &["application/json"] as &[&str],
            &["Application/JSON; charset=utf-8"],
            &["text/plain, application/json;q=0.5"],
            &["application/json, application/scim+json;q=0"],
            &["text/html", "application/json"],
        ] {
            assert!(sent(plain), "{plain:?}");
        }
    }

    #[test]
    fn only_the_name_of_scims_json_changes() {
        for (before, after) in
            [(MEDIA_TYPE, "application/json"), (HeaderValue::from_static("text/plain"), "text/plain")]
        {
            let response = Response::builder().header(CONTENT_TYPE, before).body(Body::empty()).unwrap();
            assert_eq!(as_plain_json(response).headers()[CONTENT_TYPE], after);
        }
        assert!(as_plain_json(Response::new(Body::empty())).headers().is_empty());
    }
}
