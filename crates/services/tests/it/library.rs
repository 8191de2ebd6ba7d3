//! Agents and workflows as their pages keep them: switched, tried as they were, exported and
//! imported.

use crate::stories;
use crate::world::{World, ada, invited, member, passing};
use domain::{AgentForm, AgentId, Role, WorkflowId};
use provider_mock::Mock;
use services::{Admin, Error};

stories!(
    an_agent_is_switched_as_its_reader_saw_it,
    an_agent_is_tried_as_it_was,
    what_was_exported_becomes_a_new_one,
);

async fn an_agent_is_switched_as_its_reader_saw_it(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let (agents, id) = (&services.agents, AgentId::from("creative"));
    let off = agents.switch(&admin, &id, false, Some(1)).await.unwrap();
    assert_eq!((off.is_active, off.config.version), (false, 2));
    // Nothing to do makes no version.
    let off = agents.switch(&admin, &id, false, Some(2)).await.unwrap();
    assert_eq!(off.config.version, 2);
    let stale = agents.switch(&admin, &id, true, Some(1)).await;
    assert!(matches!(stale, Err(Error::Stale)));
    let all = agents.all(&ada).await.unwrap();
    let first: Vec<_> = all.iter().map(|it| it.config.id.as_str()).collect();
    assert_eq!(first[..2], ["creative", "structural"]);
    assert!(!all[0].is_active && all[1].is_active);
}

async fn an_agent_is_tried_as_it_was(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let (agents, id) = (&services.agents, AgentId::from("creative"));
    let form = AgentForm::from(agents.get(&ada, &id).await.unwrap());
    let form = AgentForm {
        goal: "Count the sheep.".to_owned(),
        ..form
    };
    agents.replace(&admin, &id, form, Some(1)).await.unwrap();
    for (version, counts) in [(None, true), (Some(2), true), (Some(1), false)] {
        let said = agents.test(&admin, &id, version, "How?".into()).await;
        let said = said.unwrap();
        assert_eq!(said.contribution.lines.len(), 4, "{version:?}");
        // As it was before it was read: with the numbers that the lines go without.
        let line = format!("\"1: {}\"", said.contribution.lines[0]);
        assert!(said.reply.contains(&line), "{}", said.reply);
        let call = mock.calls().pop().unwrap();
        let told = format!("{}{}", call.system, call.prompt);
        assert_eq!(told.contains("Count the sheep."), counts, "{version:?}");
    }
    let gone = agents.test(&admin, &id, Some(3), "How?".into()).await;
    assert!(matches!(gone, Err(Error::NotFound("version"))));
}

async fn what_was_exported_becomes_a_new_one(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let agent = services.agents.get(&ada, &AgentId::from("practical")).await;
    let agent = agent.unwrap();
    let json = serde_json::to_string(&agent).unwrap();
    let made = services.agents.import(&admin, &json).await.unwrap();
    assert_ne!(made.config.id, agent.config.id);
    assert_eq!(AgentForm::from(made), AgentForm::from(agent));

    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let overmind = WorkflowId::from("overmind");
    let workflow = services.workflows.get(&bob, &overmind).await.unwrap();
    let json = serde_json::to_string(&workflow).unwrap();
    let made = services.workflows.import(&bob, &json).await.unwrap();
    assert!(workflow.is_public && !made.is_public);
    assert_eq!(made.created_by, Some(bob.user().id));
    assert_eq!(made.workflow.agent_ids, workflow.workflow.agent_ids);

    for wrong in ["", "[]", "{}", r#"{"name":"A","poem":1}"#] {
        let refused = services.agents.import(&admin, wrong).await;
        let is_told = matches!(refused, Err(Error::Invalid { field: "json", .. }));
        assert!(is_told, "{wrong}");
    }
    let foreign = json.replace("\"creative\"", "\"nobody\"");
    let refused = services.workflows.import(&bob, &foreign).await;
    assert!(matches!(
        refused,
        Err(Error::Invalid {
            field: "agent_ids",
            ..
        })
    ));
    let eve = invited(&services, &ada, "Eve", Role::Viewer).await;
    let eve = member(&services, &eve).await;
    let refused = services.workflows.import(&eve, &json).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}
