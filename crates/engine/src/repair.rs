//! Adapt: turns a judgement into a repair directive, checked in code.

use crate::judge::{Judged, valid};
use crate::schema::DirectiveReply;
use domain::{AgentId, Directive, JudgedItem, RepairDirective};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Only items that fell short, agents that exist and sentences that are there come through.
pub(crate) fn adapt(judged: &Judged, agents: &[AgentId], threshold: f64) -> RepairDirective {
    // An item at this many points would meet the threshold by itself.
    let enough = (threshold / 2.0).min(5.0);
    let short = |item: &&JudgedItem| item.points.is_some_and(|points| points < enough);
    let failed: Vec<&JudgedItem> = judged.judgement.items.iter().filter(short).collect();
    let mut specific_instructions: BTreeMap<AgentId, Vec<Directive>> = BTreeMap::new();
    let weakest = failed
        .iter()
        .min_by(|a, b| a.points.partial_cmp(&b.points).unwrap_or(Ordering::Equal));
    let mut add = |reply: &DirectiveReply, item: &JudgedItem| {
        let faulty_sentences = valid(&reply.sentences, judged.sentences.len())
            .into_iter()
            .map(|number| judged.sentences[number as usize - 1].clone())
            .collect();
        specific_instructions
            .entry(reply.agent_id.clone())
            .or_default()
            .push(Directive {
                item: item.id.clone(),
                faulty_sentences,
                required_change: reply.required_change.trim().to_owned(),
            });
    };
    let usable = |reply: &&DirectiveReply| {
        agents.contains(&reply.agent_id) && !reply.required_change.trim().is_empty()
    };
    let mut named = false;
    for reply in judged.directives.iter().filter(usable) {
        if let Some(item) = failed.iter().find(|item| item.id == reply.item_id) {
            add(reply, item);
            named = true;
        }
    }
    // A judge that names an agent but no item that failed means the weakest one.
    if let (false, Some(item), Some(reply)) =
        (named, weakest, judged.directives.iter().find(usable))
    {
        add(reply, item);
    }
    let issue = |item: &&JudgedItem| match item.reason.trim() {
        "" => item.text.clone(),
        reason => format!("{} ({reason})", item.text),
    };
    RepairDirective {
        issues: failed.iter().map(issue).collect(),
        specific_instructions,
        focus_areas: failed.iter().map(|item| item.text.clone()).collect(),
    }
}
