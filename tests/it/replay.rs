//! What Entra and Okta send in the life of a tenant is answered as they expect.

use deskgate::cli::demo::conversation::Conversation;
use deskgate::cli::demo::replay::{Outcome, Reason, Replay, StepResult};

use crate::world::daemon::Daemon;
use crate::world::on_each_engine;

/// Replays a conversation whole and gives the steps that were not answered as recorded, nor left out because there
/// are no groups.
async fn wrong(daemon: &Daemon, conversation: &Conversation) -> Vec<StepResult> {
    let idp = daemon.tenant(&conversation.name);
    let results = Replay::new(&idp.base(), &idp.token).run(conversation, |_| ()).await.unwrap();
    assert_eq!(results.len(), conversation.steps.len());
    results.into_iter().filter(|result| result.outcome != Outcome::Right).collect()
}

/// Groups are not served yet. Every step about them is left out, and no other one is.
fn left_out_are_the_groups(results: &[StepResult], conversation: &Conversation) {
    for result in results {
        assert_eq!(result.outcome, Outcome::LeftOut(Reason::NotOffered("/Groups".to_owned())), "{result:#?}");
        assert!(result.path.starts_with("/Groups"), "{result:#?}");
    }
    let left_out: Vec<u32> = results.iter().map(|result| result.step).collect();
    let groups = conversation.steps.iter().filter(|step| step.path.starts_with("/Groups"));
    assert_eq!(left_out, groups.map(|step| step.step).collect::<Vec<_>>());
}

on_each_engine! {
    async fn entra_gets_the_answers_it_expects(daemon: Daemon) {
        let entra = Conversation::entra();
        let others = wrong(&daemon, &entra).await;
        left_out_are_the_groups(&others, &entra);
        assert_eq!(entra.steps.len() - others.len(), 39);
    }
}

on_each_engine! {
    async fn okta_gets_the_answers_it_expects(daemon: Daemon) {
        let okta = Conversation::okta();
        let others = wrong(&daemon, &okta).await;
        left_out_are_the_groups(&others, &okta);
        assert_eq!(okta.steps.len() - others.len(), 29);
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
        left_out_are_the_groups(&one, &lives[0]);
        left_out_are_the_groups(&two, &lives[1]);
        assert_eq!(daemon.database.count("employees").await, 0);
        assert_eq!(daemon.database.count("employee_keys").await, 0);
    }
}
