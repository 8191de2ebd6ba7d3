//! A figure on the page: what it is, what there is to see, the chart that the browser draws over
//! it, and the table that everybody has.

use super::plot::{Plot, Tone};
use super::section::Figure;
use leptos::prelude::*;

#[component]
pub fn FigureView(figure: Figure, csv: String) -> impl IntoView {
    let Figure {
        title,
        says,
        head,
        plot,
        wide,
        ..
    } = figure;
    let chart = (!plot.is_empty()).then(|| {
        // An element of the browser's own, from `app/charts`: nothing here has to draw it.
        view! {
            <overmind-chart
                role="img"
                aria-label=format!("{title}. {says}")
                data-plot=plot.json()
                class=format!("needs-script mt-4 block w-full {}", plot.height())
            ></overmind-chart>
        }
    });
    view! {
        <figure class=if wide { "min-w-0 lg:col-span-2" } else { "min-w-0" }>
            <figcaption>
                <h3 class="text-sm font-medium">{title}</h3>
                <p class="mt-0.5 text-sm text-muted">{says}</p>
            </figcaption>
            {legend(&plot)}
            {chart}
            <details class="mt-3">
                <summary class="inline-flex h-8 cursor-pointer items-center text-xs text-muted underline-offset-4 hover:text-text hover:underline">
                    {t!("Show the numbers")} <span class="sr-only">{format!(": {title}")}</span>
                </summary>
                <div
                    role="region"
                    aria-label=t!("{title}, the numbers", title)
                    tabindex="0"
                    class="mt-1 max-h-80 overflow-auto rounded-md border border-line bg-raised"
                >
                    {table(title, head, &plot)}
                </div>
                <p class="mt-2 text-xs">
                    <a
                        href=csv
                        rel="external"
                        download
                        class="inline-flex h-6 items-center text-accent underline underline-offset-4"
                    >
                        {t!("Download as CSV")}
                        <span class="sr-only">{format!(": {title}")}</span>
                    </a>
                </p>
            </details>
        </figure>
    }
}

/// Which colour is what; one needs no telling.
fn legend(plot: &Plot) -> Option<impl IntoView + use<>> {
    if plot.is_empty() || plot.drawn().count() < 2 {
        return None;
    }
    let entries: Vec<_> = plot
        .drawn()
        .filter_map(|column| Some((swatch(column.tone?), column.name.clone())))
        .collect();
    Some(view! {
        <ul class="needs-script mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {entries
                .into_iter()
                .map(|(swatch, name)| {
                    view! {
                        <li class="flex items-center gap-1.5">
                            <span aria-hidden="true" class=swatch></span>
                            {name}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    })
}

fn swatch(tone: Tone) -> &'static str {
    match tone {
        Tone::Accent | Tone::Agent => "size-2 rounded-full bg-accent",
        Tone::Soft => "size-2 rounded-full bg-accent/45",
        Tone::Warn => "size-2 rounded-full bg-warn",
        Tone::Bad => "size-2 rounded-full bg-bad",
        Tone::Muted => "size-2 rounded-full bg-muted/60",
        Tone::Target => "h-3 w-0.5 bg-text",
    }
}

fn table(title: &'static str, head: &'static str, plot: &Plot) -> impl IntoView + use<> {
    const CELL: &str = "border-t border-line px-3 py-1.5 text-right whitespace-nowrap";
    const HEAD: &str =
        "sticky top-0 bg-raised px-3 py-2 text-right font-medium whitespace-nowrap text-muted";
    let heads = plot.columns.iter().map(|column| {
        let name = column.name.clone();
        view! {
            <th scope="col" class=HEAD>
                {name}
            </th>
        }
    });
    let heads = heads.collect_view();
    let row = |(row, label): (usize, &String)| {
        let cells = plot
            .columns
            .iter()
            .map(|column| column.text(row).to_owned());
        let cells = cells.map(|text| view! { <td class=CELL>{text}</td> });
        view! {
            <tr>
                <th
                    scope="row"
                    class="border-t border-line px-3 py-1.5 text-left font-normal whitespace-nowrap"
                >
                    {label.clone()}
                </th>
                {cells.collect_view()}
            </tr>
        }
    };
    let rows = plot.labels.iter().enumerate().map(row).collect_view();
    view! {
        <table class="w-full text-xs tabular-nums">
            <caption class="sr-only">{title}</caption>
            <thead>
                <tr>
                    <th
                        scope="col"
                        class="sticky top-0 bg-raised px-3 py-2 text-left font-medium text-muted"
                    >
                        {head}
                    </th>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
