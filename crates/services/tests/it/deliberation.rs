//! A run looked at: what its page is made of, for whom, and one of its agents with another model.

use crate::stories;
use crate::world::{World, ada, finished, invited, member, passing, query, repaired};
use domain::deliberation::{BarState, Lane, Moved};
use domain::{AgentId, Role, RunStatus, Source};
use provider_mock::Mock;
use services::{Admin, Error};

stories!(
    a_repaired_run_shows_what_the_repair_bought,
    a_run_that_waits_can_be_looked_at,
    an_agent_is_asked_once_more_with_another_model,
);

async fn a_repaired_run_shows_what_the_repair_bought(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = finished(&services, &ada, &run.await.unwrap()).await;
    let seen = services.runs.deliberation(&ada, run.id).await.unwrap();
    assert_eq!(seen.question, "How?");
    assert_eq!(seen.events.len() as u64, run.last_seq);

    let timeline = seen.timeline.unwrap();
    let lanes: Vec<Vec<Lane>> = timeline
        .rounds
        .iter()
        .map(|round| round.rows.iter().map(|row| row.lane.clone()).collect())
        .collect();
    assert_eq!(lanes.len(), 2);
    assert_eq!((lanes[0][0].clone(), lanes[0].len()), (Lane::Observe, 11));
    let practical = AgentId::from("practical");
    assert_eq!(
        lanes[1],
        [
            Lane::Agent(practical.clone()),
            Lane::Distill,
            Lane::Integrate,
            Lane::Judge
        ]
    );
    let rows = || timeline.rounds.iter().flat_map(|round| &round.rows);
    let bars = || rows().flat_map(|row| &row.bars);
    assert!(bars().all(|bar| bar.state == BarState::Done));
    // One for each call, and the moment in which the round was sent back.
    assert_eq!(bars().count(), mock.calls().len() + 1);

    let [gain] = &seen.gains[..] else {
        panic!("one repair: {:?}", seen.gains);
    };
    assert_eq!((gain.round, gain.draft_before), (2, Some(1)));
    assert_eq!(
        (gain.score_before, gain.score_after),
        (Some(8.0), Some(10.0))
    );
    assert_eq!((gain.count(Moved::Fixed), gain.kept), (4, Some(true)));
    assert_eq!(gain.asked[0].agent_id, practical);
    assert_eq!(gain.asked[0].changes, ["Name a first step"]);
    assert_eq!(gain.calls, 4);
    let drafts: Vec<u32> = seen.drafts.iter().map(|draft| draft.id).collect();
    assert_eq!(drafts, [1, 2]);
    assert!(seen.drafts[0].html.starts_with('<'));
    let revision = seen.revision.unwrap();
    assert_eq!((revision.first, revision.returned), (1, 2));

    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let foreign = services.runs.deliberation(&bob, run.id).await;
    assert!(matches!(foreign, Err(Error::NotFound("run"))));
}

async fn a_run_that_waits_can_be_looked_at(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let run = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = run.await.unwrap();
    let seen = services.runs.deliberation(&ada, run.id).await.unwrap();
    assert_eq!(seen.run.status, RunStatus::Queued);
    assert_eq!((seen.timeline, seen.revision), (None, None));
    assert!(seen.events.is_empty() && seen.gains.is_empty());
    let waits = services.runs.timeline(&ada, run.id).await;
    assert!(matches!(waits, Err(Error::Conflict(_))));
}

async fn an_agent_is_asked_once_more_with_another_model(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let run = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = finished(&services, &ada, &run.await.unwrap()).await;
    let before = services.runs.steps(&ada, run.id).await.unwrap();
    let practical = AgentId::from("practical");
    let asked = before
        .iter()
        .find(|step| step.kind == "contribution" && step.agent.as_deref() == Some("practical"));

    let agents = &services.agents;
    let again = agents.test_again(&admin, run.id, &practical, "compatible/another");
    let trial = again.await.unwrap();
    assert_eq!(trial.contribution.model.model(), "another");
    assert_eq!(trial.contribution.lines.len(), 4);
    assert!(!trial.reply.is_empty());
    // In the same words as in the run, and nothing of it is changed.
    let call = mock.calls().pop().unwrap();
    assert_eq!(call.prompt, asked.unwrap().prompt);
    assert_eq!(services.runs.steps(&ada, run.id).await.unwrap(), before);
    assert_eq!(services.runs.get(&ada, run.id).await.unwrap(), run);

    for (agent, model, refused) in [
        ("nobody", "compatible/another", "There is no such agent."),
        ("practical", "another", "is not a model name"),
    ] {
        let agent = AgentId::from(agent);
        let again = agents.test_again(&admin, run.id, &agent, model).await;
        let error = again.unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
    // Runs are their owner's, also towards admins.
    let eve = invited(&services, &ada, "Eve", Role::Admin).await;
    let eve = Admin::try_from(member(&services, &eve).await).unwrap();
    let foreign = agents.test_again(&eve, run.id, &practical, "compatible/another");
    assert!(matches!(foreign.await, Err(Error::NotFound("run"))));
}
