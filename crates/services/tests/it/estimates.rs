//! What an answer will take, told from what the person's earlier ones took.

use crate::stories;
use crate::world::{World, ada, finished, invited, member, query, repaired};
use domain::wire::Query;
use domain::{Estimate, Role, Source, WorkflowId};
use provider_mock::Mock;
use services::{Member, Services};

stories!(what_answers_took_is_known_to_whoever_asked);

async fn estimate(services: &Services, who: &Member, id: &str) -> Option<Estimate> {
    let offered = services.workflows.offered_with_estimates(who).await;
    let offered = offered.unwrap().into_iter();
    let mut found = offered.filter(|it| it.workflow.id.as_str() == id);
    found.next().unwrap().estimate
}

async fn what_answers_took_is_known_to_whoever_asked(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    assert_eq!(estimate(&services, &ada, "balanced").await, None);
    let mut took = Vec::new();
    // The first one is repaired, the second is not.
    for _ in 0..2 {
        let query = Query {
            workflow_id: Some(WorkflowId::from("balanced")),
            ..query("How?")
        };
        let run = services.runs.start(&ada, query, Source::Browser).await;
        let run = finished(&services, &ada, &run.unwrap()).await;
        let steps = services.runs.steps(&ada, run.id).await.unwrap();
        let tokens = steps.iter().map(|it| it.input_tokens + it.output_tokens);
        took.push((u32::try_from(steps.len()).unwrap(), tokens.sum::<u64>()));
    }
    let known = estimate(&services, &ada, "balanced").await.unwrap();
    assert!(took[0] > took[1], "{took:?}");
    assert_eq!(known.calls, (took[1].0, took[0].0));
    assert_eq!(known.tokens, (took[1].1, took[0].1));
    assert_eq!(known.micros, None, "that model has no price");
    assert_eq!(estimate(&services, &ada, "quick").await, None);

    let bob = invited(&services, &ada, "Bob", Role::Admin).await;
    let bob = member(&services, &bob).await;
    assert_eq!(estimate(&services, &bob, "balanced").await, None);
}
