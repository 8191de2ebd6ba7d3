//! What the organization's use came to: a question people have, its answer, and the figures behind
//! it. Everything can be read without scripts; the browser draws charts over the same numbers.

mod address;
mod contributions;
mod cost;
mod figure;
mod filter;
mod headline;
mod judge;
mod latency;
mod plot;
mod quality;
#[cfg(test)]
mod sample;
mod satisfaction;
mod section;
mod usage;
mod words;

use crate::api::analytics::analytics;
use crate::components::section::Unreadable;
use crate::state::Visitor;
use address::{Address, By};
use domain::analytics::Figures;
use figure::FigureView;
use filter::{FilterForm, LINK, Stretches};
use headline::headlines;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use section::Section;

#[component]
pub fn AnalyticsPage() -> impl IntoView {
    let query = use_query_map();
    let address = Memo::new(move |_| query.with(Address::read));
    let figures = Resource::new_blocking(
        move || address.get().told_by(By::default()),
        |address| {
            let Address {
                days,
                from,
                to,
                workflow,
                agent,
                model,
                user,
                ..
            } = address;
            analytics(days, from, to, workflow, agent, model, user)
        },
    );

    view! {
        <Title text=t!("Analytics - Overmind") />
        // Defines the element that draws; a browser that has it already does nothing.
        <script type="module" src="/pkg/charts.js"></script>
        <div class="mx-auto w-full max-w-240 px-5 pt-8 pb-24 sm:px-8">
            <h1 class="text-xl font-bold tracking-tight">{t!("Analytics")}</h1>
            <p class="mt-1 text-sm text-muted">
                {t!("What your organization asked, how good the answers were, and what they took. Days are UTC.")}
            </p>
            <Transition>
                {move || {
                    let address = address.get();
                    Suspend::new(async move {
                        match figures.await {
                            Ok(figures) => report(&figures, address).into_any(),
                            Err(refused) => {
                                view! {
                                    <div class="mt-6">
                                        <Stretches address=Address::default() />
                                        <div class="mt-4">
                                            <Unreadable message=refused.message() />
                                        </div>
                                    </div>
                                }
                                    .into_any()
                            }
                        }
                    })
                }}
            </Transition>
        </div>
    }
}

fn sections(of: &Figures, by: By) -> [Section; 7] {
    [
        quality::section(of),
        latency::section(of),
        cost::section(of, by),
        contributions::section(of),
        satisfaction::section(of),
        judge::section(of),
        usage::section(of),
    ]
}

fn report(figures: &Figures, address: Address) -> impl IntoView + use<> {
    let admin = figures.by_user.is_some();
    let content = if figures.totals.endings.questions() == 0 && figures.totals.calls == 0 {
        view! { <Nothing narrowed=address.narrows() /> }.into_any()
    } else {
        let sections = sections(figures, address.by).map(|section| {
            let tabs = (section.id == "cost").then(|| cost_tabs(&address, admin));
            shown(section, tabs, &address, figures)
        });
        view! {
            {headlines(figures)}
            {sections.into_iter().collect_view()}
        }
        .into_any()
    };
    let choices = figures.choices.clone();
    view! {
        <div class="mt-6">
            <Stretches address=address.clone() />
            <FilterForm address choices admin />
        </div>
        {content}
    }
}

fn shown(
    section: Section,
    tabs: Option<AnyView>,
    address: &Address,
    figures: &Figures,
) -> impl IntoView + use<> {
    let heading = format!("{}-title", section.id);
    let figures = section.figures.into_iter().map(|figure| {
        let csv = address.csv(figure.table, figures);
        view! { <FigureView figure csv /> }
    });
    let figures = figures.collect_view();
    view! {
        <section
            id=section.id
            aria-labelledby=heading.clone()
            class="mt-12 scroll-mt-6 border-t border-line pt-8"
        >
            <h2 id=heading.clone() class="text-lg font-bold tracking-tight">
                {section.question}
            </h2>
            <p class="mt-1 max-w-176">{section.answer}</p>
            {tabs}
            <div class="mt-6 grid gap-x-12 gap-y-10 lg:grid-cols-2">{figures}</div>
        </section>
    }
}

/// By what costs are told apart.
fn cost_tabs(address: &Address, admin: bool) -> AnyView {
    let links = By::ALL
        .into_iter()
        .filter(|by| admin || *by != By::User)
        .map(|by| {
            let name = match by {
                By::Model => t!("By model"),
                By::Agent => t!("By agent"),
                By::Workflow => t!("By workflow"),
                By::User => t!("By person"),
            };
            let current = by == address.by;
            view! {
                <a
                href=format!("{}#cost", address.told_by(by).page())
                data-noscroll=""
                class=LINK
                data-current=current.to_string()
                aria-current=current.then_some("true")
            >
                    {name}
                </a>
            }
        });
    let links = links.collect_view();
    view! {
        <nav aria-label=t!("Costs by") class="mt-3 flex flex-wrap gap-1">
            {links}
        </nav>
    }
    .into_any()
}

/// Where there is nothing to count yet, what to do about it.
#[component]
fn Nothing(narrowed: bool) -> impl IntoView {
    let (title, text) = match (narrowed, Visitor::expect().may_ask()) {
        (true, _) => (
            t!("Nothing fits"),
            t!(
                "In these days nothing was asked that way. Choose more days, or all workflows, agents and models."
            ),
        ),
        (false, true) => (
            t!("Nothing was asked in these days"),
            t!(
                "Ask a question, for instance “How do I improve team productivity?”. How good the answer is, how long it took and what it cost stands here as soon as it is there."
            ),
        ),
        (false, false) => (
            t!("Nothing was asked in these days"),
            t!(
                "As soon as somebody in your organization asks a question, how good the answer is, how long it took and what it cost stands here."
            ),
        ),
    };
    view! {
        <div class="mt-12 rounded-md border border-line bg-raised px-6 py-10">
            <h2 class="font-bold">{title}</h2>
            <p class="mt-2 max-w-152 text-sm text-muted">{text}</p>
            <p class="mt-4">
                <a
                    href=if narrowed { address::PATH } else { "/" }
                    class="inline-flex h-9 items-center rounded-sm border border-line px-3 text-sm font-medium hover:border-muted/70"
                >
                    {if narrowed {
                        t!("Show all of the last 30 days")
                    } else {
                        t!("Ask a question")
                    }}
                </a>
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(of: &Figures) -> Vec<String> {
        let sections = sections(of, By::default());
        sections.map(|section| section.answer).to_vec()
    }

    #[test]
    fn a_month_is_told_in_sentences() {
        assert_eq!(
            answers(&sample::month()),
            [
                "86 % of 123 answers passed; half of them score 8.8 or more.",
                "Half of the answers without a repair are there within 7.9 s, 95 % within 13.4 s. The aim is 12 s: missed.",
                "$4.02 in all, $0.03 a question, for 1.6 M tokens in 1,408 calls to models. The test bench made 12 calls of them.",
                "738 contributions to 128 questions; 70 % of the claims in them stand in the answers.",
                "77 % of 61 ratings were for the answer.",
                "31 % of 171 drafts got 9 or more; scores spread by 1.1 points; the order decided 12 % of 24 comparisons. 2 % of its verdicts had no valid evidence and do not count. 1 % of the drafts got no usable verdict.",
                "128 questions from 30 Oct 2026 to 28 Nov 2026; 2 failed and 3 were stopped.",
            ]
        );
    }

    #[test]
    fn of_nothing_nothing_is_said() {
        assert_eq!(
            answers(&sample::empty()),
            [
                "No question was answered in this time.",
                "No question was answered without a repair in this time.",
                "No model was called in this time.",
                "No agent was asked in this time.",
                "Nobody has rated an answer in this time. Under each answer there are two thumbs for it. Whether the score agrees with people can be said after 30 more ratings of scored answers.",
                "No draft was judged in this time.",
                "0 questions from 30 Oct 2026 to 28 Nov 2026.",
            ]
        );
    }

    /// Every chart has something to show, and its table something in every place.
    #[test]
    fn a_month_is_drawn() {
        for by in By::ALL {
            for section in sections(&sample::month(), by) {
                assert!(!section.figures.is_empty(), "{}", section.id);
                for figure in section.figures {
                    let plot = &figure.plot;
                    assert!(!plot.is_empty(), "{}", figure.title);
                    for row in 0..plot.labels.len() {
                        let mut texts = plot.columns.iter().map(|column| column.text(row));
                        assert!(texts.all(|text| !text.is_empty()), "{}", figure.title);
                    }
                }
            }
        }
    }
}
