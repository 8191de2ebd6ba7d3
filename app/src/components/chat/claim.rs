//! Who stands behind a claim, wherever claims are shown.

use domain::transcript::AgentCard;
use domain::{AgentId, Claim};

/// With their names; of an agent that is gone only the id is known.
pub fn behind(claim: &Claim, agents: &[AgentCard]) -> Vec<(AgentId, String)> {
    let name = |id: &AgentId| {
        let card = agents.iter().find(|card| card.id == *id);
        card.map_or_else(|| id.to_string(), |card| card.name.clone())
    };
    claim
        .agents
        .iter()
        .map(|id| (id.clone(), name(id)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::chat::sample;

    #[test]
    fn claims_name_their_agents() {
        let transcript = sample::transcript();
        let distillation = transcript.distillation.expect("the sample distills");
        let mut claim = distillation.claims[0].clone();
        claim.agents.push("gone".into());
        let names: Vec<_> = behind(&claim, &transcript.agents)
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, ["Creative Clarity", "gone"]);
    }
}
