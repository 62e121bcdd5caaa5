//! Callers without the right: told so before anything of theirs is read (I4, T3).

use super::Scene;
use crate::world::daemon::Daemon;
use crate::world::idp::user;
use crate::world::on_each_engine;

on_each_engine! {
    async fn i4_only_a_bearer_token_in_the_authorization_header_opens_anything(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        let token = scene.idp.token.clone();
        let bearer = format!("Bearer {token}");
        let wrong = format!("Bearer {}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
        let shorter = format!("Bearer {}", &token[..20]);
        let basic = format!("Basic {token}");
        let cookie = format!("access_token={token}; Authorization={bearer}; token={token}");
        let in_query = format!("/scim/v2/Users?access_token={token}&token={token}&authorization={token}");
        let none: &[(&str, &str)] = &[];
        let unknown = "Bearer realm=\"deskgate\", error=\"invalid_token\"";
        let missing = "Bearer realm=\"deskgate\"";
        for (path, headers, challenge) in [
            ("/scim/v2/Users", none, missing),
            (in_query.as_str(), none, missing),
            ("/scim/v2/Users", &[("cookie", cookie.as_str())], missing),
            ("/scim/v2/Users", &[("authorization", basic.as_str())], missing),
            ("/scim/v2/Users", &[("authorization", token.as_str())], missing),
            ("/scim/v2/Users", &[("proxy-authorization", bearer.as_str())], missing),
            ("/scim/v2/Users", &[("x-authorization", bearer.as_str())], missing),
            ("/scim/v2/Users", &[("authorization", wrong.as_str())], unknown),
            ("/scim/v2/Users", &[("authorization", shorter.as_str())], unknown),
            ("/scim/v2/Users", &[("authorization", "Bearer non-token")], unknown),
            ("/scim/v2/Users", &[("authorization", bearer.as_str()), ("authorization", bearer.as_str())], unknown),
        ] {
            for method in ["GET", "POST"] {
                let answer = daemon.door().request(method, path, headers, user("bo").to_string()).await;
                answer.refused(401, None);
                assert_eq!(answer.header("www-authenticate"), challenge, "{headers:?}");
                assert!(!answer.text.contains(&token));
                scene.is_unharmed().await;
            }
        }
        daemon.door().request("GET", "/scim/v2/Users", &[("authorization", &bearer)], "").await.expect(200);
    }
}

on_each_engine! {
    /// A stranger's body is not looked at: were it parsed, he would learn from the answer, and it would cost us.
    async fn i4_who_has_no_token_is_told_so_before_his_body_is_read(daemon: Daemon) {
        let scene = Scene::set(&daemon).await;
        for body in ["{", "\0", "", "[[[["] {
            for headers in [&[("content-type", "text/plain")][..], &[("content-encoding", "gzip")], &[]] {
                for (method, path) in [("POST", "/Users"), ("PATCH", "/Users/x"), ("PUT", "/Users/x"), ("POST", "/.search")] {
                    let path = format!("/scim/v2{path}?count=x&attributes=a&excludedAttributes=b");
                    daemon.door().request(method, &path, headers, body).await.refused(401, None);
                }
            }
        }
        scene.is_unharmed().await;
        let events = daemon.database.number("SELECT count(*) FROM provisioning_events WHERE status >= 400").await;
        assert_eq!(events, 0, "strangers leave no events");
    }
}
