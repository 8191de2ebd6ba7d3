//! Quotas of a calendar month: what they are, and how much of them is used.

use crate::api::organization::{SaveQuotas, quota_use};
use crate::components::figures;
use crate::components::form::{FormError, FormStatus, PostForm, ReturnTo, SubmitButton, TextField};
use crate::components::section::{Section, Unreadable};
use crate::state::{Post, Submission};
use domain::QuotaUse;
use domain::quota::{Quota, Quotas, Used};
use leptos::prelude::*;

const FIELDS: &[&str] = &[
    "member_requests",
    "member_tokens",
    "member_cost",
    "organization_requests",
    "organization_tokens",
    "organization_cost",
];

#[component]
pub fn QuotasSection() -> impl IntoView {
    let save = Post::<SaveQuotas>::prepare();
    let submission = save.submission();
    let set = Resource::new_blocking(|| (), |()| quota_use());
    // Beside what was just set; the form stays as it was typed.
    let used = Resource::new_blocking(move || save.version().get(), |_| quota_use());
    view! {
        <Section
            id="quotas"
            title=t!("Quotas")
            text=t!("What may be used in a calendar month (UTC). A question that has begun is answered, also when it passes a quota; the next one is refused. Calls without a known price do not count as money, and deleting something gives nothing back.")
        >
            <Suspense>
                {move || Suspend::new(async move {
                    match set.await {
                        Ok(set) => {
                            view! { <QuotasForm quotas=set.quotas save submission /> }.into_any()
                        }
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
            <Suspense>
                {move || Suspend::new(async move {
                    // Why not stands where the form would be.
                    used.await.ok().map(|used| view! { <UsedTable used /> })
                })}
            </Suspense>
        </Section>
    }
}

#[component]
fn QuotasForm(quotas: Quotas, save: Post<SaveQuotas>, submission: Submission) -> impl IntoView {
    view! {
        <PostForm post=save id="quotas-form" class="grid max-w-160 gap-5">
            <FormError message=submission.about_none_of(FIELDS) />
            <ReturnTo section="quotas" />
            <Group
                legend=t!("Of each member")
                quota=quotas.member
                names=["member_requests", "member_tokens", "member_cost"]
                submission
            />
            <Group
                legend=t!("Of all members together")
                quota=quotas.organization
                names=["organization_requests", "organization_tokens", "organization_cost"]
                submission
            />
            <p class="text-sm text-muted">{t!("Empty: no limit.")}</p>
            <div class="flex items-center gap-4">
                <SubmitButton pending=submission.pending>{t!("Set quotas")}</SubmitButton>
                <FormStatus submission text=t!("Saved") section="quotas" />
            </div>
        </PostForm>
    }
}

#[component]
fn Group(
    legend: &'static str,
    quota: Quota,
    names: [&'static str; 3],
    submission: Submission,
) -> impl IntoView {
    let [requests, tokens, cost] = names;
    let plain = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    view! {
        <fieldset class="grid gap-4 sm:grid-cols-3">
            <legend class="mb-2 text-sm font-medium">{legend}</legend>
            <TextField
                label=t!("Questions")
                name=requests
                kind="number"
                min="0"
                step="1"
                value=plain(quota.requests)
                submission
            />
            <TextField
                label=t!("Tokens")
                name=tokens
                kind="number"
                min="0"
                step="1"
                value=plain(quota.tokens)
                submission
            />
            <TextField
                label=t!("US dollars")
                name=cost
                kind="number"
                min="0"
                step="0.01"
                value=quota.cost_micros.map(dollars).unwrap_or_default()
                submission
            />
        </fieldset>
    }
}

/// As it is typed: `2.5`, never in another form than it was given.
fn dollars(micros: u64) -> String {
    let (whole, part) = (micros / 1_000_000, micros % 1_000_000);
    if part == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{part:06}");
    let text = text.trim_end_matches('0');
    // Cents have two places.
    match text.split_once('.') {
        Some((_, cents)) if cents.len() == 1 => format!("{text}0"),
        _ => text.to_owned(),
    }
}

#[component]
fn UsedTable(used: QuotaUse) -> impl IntoView {
    let QuotaUse {
        quotas,
        resets_at,
        organization,
        members,
        ..
    } = used;
    let mut rows = vec![row(
        t!("Everybody").to_owned(),
        organization,
        quotas.organization,
    )];
    rows.extend(
        members
            .into_iter()
            .map(|it| row(it.member.name, it.used, quotas.member)),
    );
    view! {
        <div class="mt-8 overflow-x-auto">
            <table class="w-full text-sm">
                <caption class="pb-2 text-left text-muted">
                    {t!(
                        "Used this month; begins anew on {day} (UTC).",
                        day = resets_at.format("%Y-%m-%d"),
                    )}
                </caption>
                <thead class="text-left text-muted">
                    <tr class="border-b border-line">
                        <th scope="col" class="py-2 pr-4 font-medium">{t!("Who")}</th>
                        <th scope="col" class="py-2 pr-4 text-right font-medium">
                            {t!("Questions")}
                        </th>
                        <th scope="col" class="py-2 pr-4 text-right font-medium">{t!("Tokens")}</th>
                        <th scope="col" class="py-2 text-right font-medium">
                            {t!("Cost, as far as known")}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(name: String, used: Used, quota: Quota) -> AnyView {
    let of = |used: String, limit: Option<String>| match limit {
        Some(limit) => t!("{used} of {limit}", used, limit),
        None => used,
    };
    let money = |micros: u64| format!("${}.{:02}", micros / 1_000_000, micros / 10_000 % 100);
    let plain = |count: u64| count.to_string();
    let short = |count: u64| figures::tokens(count);
    view! {
        <tr class="border-b border-line">
            <th scope="row" class="py-2 pr-4 text-left font-normal wrap-anywhere">{name}</th>
            <td class="py-2 pr-4 text-right tabular-nums">
                {of(plain(used.requests), quota.requests.map(plain))}
            </td>
            <td class="py-2 pr-4 text-right tabular-nums">
                {of(short(used.tokens), quota.tokens.map(short))}
            </td>
            <td class="py-2 text-right tabular-nums">
                {of(money(used.cost_micros), quota.cost_micros.map(money))}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn money_is_typed_as_it_was_given() {
        for (micros, expected) in [
            (0, "0"),
            (25_000_000, "25"),
            (2_500_000, "2.50"),
            (2_505_000, "2.505"),
            (1, "0.000001"),
        ] {
            assert_eq!(dollars(micros), expected);
        }
    }
}
