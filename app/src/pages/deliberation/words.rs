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
        EventData::TaskStarted { agents, .. } => format!(
            "The question was taken up by {}",
            figures::counted(agents.len(), "agent")
        ),
        EventData::Observed { checklist, .. } => format!(
            "The checklist was written: {}",
            figures::counted(checklist.len(), "item")
        ),
        EventData::AgentStarted { agent_name, .. } => format!("{agent_name} was asked"),
        EventData::AgentCompleted(contribution) => format!("{} finished", contribution.agent_name),
        EventData::AgentFailed { agent_name, .. } => format!("{agent_name} failed"),
        EventData::SynthesisStarted {} => "What they said was weighed".to_owned(),
        EventData::Distilled(distillation) => distilled(distillation),
        EventData::DraftStarted { draft_id } => format!("Draft {draft_id} was begun"),
        EventData::DraftCompleted { draft_id, .. } => format!("Draft {draft_id} was written"),
        EventData::JudgingStarted { .. } => "The draft went to the judge".to_owned(),
        EventData::QualityScored { score, .. } => match score {
            Some(score) => format!("The draft scored {}", figures::score(*score)),
            None => "The draft got no score".to_owned(),
        },
        EventData::Comparison {
            incumbent,
            challenger,
            kept,
            ..
        } => format!("Drafts {incumbent} and {challenger} were compared, {kept} was kept"),
        EventData::N2Triggered { directives, .. } => {
            let names: Vec<_> = directives.keys().map(name).collect();
            if names.is_empty() {
                "The draft fell short".to_owned()
            } else {
                format!("The draft fell short: sent back to {}", names.join(", "))
            }
        }
        EventData::FinalOutput { .. } => "The answer was returned".to_owned(),
        EventData::Cancelled { by, .. } if by.is_empty() => "The run was cancelled".to_owned(),
        EventData::Cancelled { by, .. } => format!("The run was cancelled by {by}"),
        EventData::Error { .. } => "The run failed".to_owned(),
    }
}

fn distilled(distillation: &Distillation) -> String {
    let count = |agreement| {
        let claims = distillation.claims.iter();
        claims.filter(|it| it.agreement == agreement).count()
    };
    format!(
        "Claims were set apart: {} agreed, {} disputed, {} said by one agent",
        count(Agreement::Agreed),
        count(Agreement::Disputed),
        count(Agreement::Single)
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
