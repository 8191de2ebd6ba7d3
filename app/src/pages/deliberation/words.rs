//! What happened, in words: one short sentence for each event.

use crate::components::figures;
use domain::event::EventData;
use domain::synthesis::Agreement;
use domain::{AgentId, Distillation, Event};

/// As the list of events and the replay say it. The first event knows the agents' names.
pub fn of_events(events: &[Event]) -> Vec<String> {
    let agents = events.iter().find_map(|event| match &event.data {
        EventData::TaskStarted { agents, .. } => Some(agents.as_slice()),
        _ => None,
    });
    let name = |id: &AgentId| {
        let mut agents = agents.unwrap_or_default().iter();
        let known = agents.find(|agent| agent.id == *id);
        known.map_or_else(|| id.to_string(), |agent| agent.name.clone())
    };
    events
        .iter()
        .map(|event| of_event(&event.data, &name))
        .collect()
}

fn of_event(data: &EventData, name: &impl Fn(&AgentId) -> String) -> String {
    match data {
        EventData::TaskStarted { agents, .. } => plural!(
            agents.len(),
            "The question was taken up by 1 agent",
            "The question was taken up by {count} agents"
        ),
        EventData::Observed { checklist, .. } => plural!(
            checklist.len(),
            "The checklist was written: 1 item",
            "The checklist was written: {count} items"
        ),
        EventData::AgentStarted { agent_name, .. } => t!("{agent_name} was asked", agent_name),
        EventData::AgentCompleted(contribution) => t!(
            "{agent_name} finished",
            agent_name = contribution.agent_name
        ),
        EventData::AgentFailed { agent_name, .. } => t!("{agent_name} failed", agent_name),
        EventData::SynthesisStarted {} => t!("What they said was weighed").to_owned(),
        EventData::Distilled(distillation) => distilled(distillation),
        EventData::DraftStarted { draft_id } => t!("Draft {draft_id} was begun", draft_id),
        EventData::DraftCompleted { draft_id, .. } => t!("Draft {draft_id} was written", draft_id),
        EventData::JudgingStarted { .. } => t!("The draft went to the judge").to_owned(),
        EventData::QualityScored { score, .. } => match score {
            Some(score) => t!("The draft scored {score}", score = figures::score(*score)),
            None => t!("The draft got no score").to_owned(),
        },
        EventData::Comparison {
            incumbent,
            challenger,
            kept,
            ..
        } => t!(
            "Drafts {incumbent} and {challenger} were compared, {kept} was kept",
            incumbent,
            challenger,
            kept
        ),
        EventData::N2Triggered { directives, .. } => {
            let names: Vec<_> = directives.keys().map(name).collect();
            if names.is_empty() {
                t!("The draft fell short").to_owned()
            } else {
                t!(
                    "The draft fell short: sent back to {names}",
                    names = names.join(", ")
                )
            }
        }
        EventData::FinalOutput { .. } => t!("The answer was returned").to_owned(),
        EventData::Cancelled { by, .. } if by.is_empty() => t!("The run was cancelled").to_owned(),
        EventData::Cancelled { by, .. } => t!("The run was cancelled by {by}", by),
        EventData::Error { .. } => t!("The run failed").to_owned(),
    }
}

fn distilled(distillation: &Distillation) -> String {
    let count = |agreement| {
        let claims = distillation.claims.iter();
        claims.filter(|it| it.agreement == agreement).count()
    };
    t!(
        "Claims were set apart: {agreed} agreed, {disputed} disputed, {single} said by one agent",
        agreed = count(Agreement::Agreed),
        disputed = count(Agreement::Disputed),
        single = count(Agreement::Single)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn every_event_has_its_words() {
        assert_eq!(
            of_events(&sample::events()),
            [
                "The question was taken up by 2 agents",
                "Analytical Clarity was asked",
                "Creative Clarity was asked",
                "Analytical Clarity finished",
                "Creative Clarity finished",
                "What they said was weighed",
                "Claims were set apart: 0 agreed, 1 disputed, 0 said by one agent",
                "Draft 1 was begun",
                "Draft 1 was written",
                "The draft went to the judge",
                "The draft scored 8.7",
                "The draft fell short: sent back to Creative Clarity",
                "Creative Clarity was asked",
                "Creative Clarity failed",
                "The answer was returned",
            ]
        );
    }
}
