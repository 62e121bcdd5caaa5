//! What Entra and Okta send in the life of a tenant is answered as they expect, every step of it.

use deskgate::cli::demo::conversation::Conversation;
use deskgate::cli::demo::replay::{Outcome, Replay, StepResult};

use crate::world::daemon::Daemon;
use crate::world::on_each_engine;

/// Replays a conversation whole and gives the steps that were not answered as recorded, or were left out.
async fn wrong(daemon: &Daemon, conversation: &Conversation) -> Vec<StepResult> {
    let idp = daemon.tenant(&conversation.name);
    let results = Replay::new(&idp.base(), &idp.token).run(conversation, |_| ()).await.unwrap();
    assert_eq!(results.len(), conversation.steps.len());
    results.into_iter().filter(|result| result.outcome != Outcome::Right).collect()
}

on_each_engine! {
    async fn entra_gets_the_answers_it_expects(daemon: Daemon) {
        let wrong = wrong(&daemon, &Conversation::entra()).await;
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

on_each_engine! {
    async fn okta_gets_the_answers_it_expects(daemon: Daemon) {
        let wrong = wrong(&daemon, &Conversation::okta()).await;
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

on_each_engine! {
    async fn two_tenants_live_side_by_side_as_if_each_were_alone(daemon: Daemon) {
        let conversations = [("one", Conversation::entra()), ("two", Conversation::entra())];
        let lives = conversations.map(|(tenant, mut conversation)| {
            tenant.clone_into(&mut conversation.name);
            conversation
        });
        let (one, two) = tokio::join!(wrong(&daemon, &lives[0]), wrong(&daemon, &lives[1]));
        assert!(one.is_empty() && two.is_empty(), "{one:#?} {two:#?}");
        for table in ["employees", "employee_keys", "groups", "group_members", "group_closure", "group_changes"] {
            assert_eq!(daemon.database.count(table).await, 0, "{table}");
        }
    }
}
