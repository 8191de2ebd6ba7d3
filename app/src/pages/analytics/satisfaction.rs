//! What people think of the answers, and whether the score knows.

use super::plot::{Column, Plot, Shape, Tone, Unit, or_dash};
use super::section::{Figure, Section, counts, numbers};
use super::words;
use domain::analytics::{CalibrationBand, Figures, Table};

pub fn section(of: &Figures) -> Section {
    let satisfaction = &of.satisfaction;
    let rated = satisfaction.up + satisfaction.down;
    let mut answer = match words::share(satisfaction.up, rated) {
        None => {
            t!("Nobody has rated an answer in this time. Under each answer there are two thumbs for it.")
                .to_owned()
        }
        Some(liked) => t!(
            "{share} of {ratings} were for the answer.",
            share = words::percent(liked),
            ratings = plural!(rated, "1 rating", "{count} ratings")
        ),
    };
    let missing = satisfaction
        .needed
        .saturating_sub(satisfaction.rated_and_scored);
    if missing > 0 {
        answer.push_str(&plural!(
            missing,
            " Whether the score agrees with people can be said after 1 more rating of scored answers.",
            " Whether the score agrees with people can be said after {count} more ratings of scored answers."
        ));
    }
    Section {
        id: "satisfaction",
        question: t!("Are people satisfied?"),
        answer,
        figures: [calibration(of), ratings(of)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn ratings(of: &Figures) -> Option<Figure> {
    let points = &of.satisfaction.over_time;
    let busiest = points.iter().max_by_key(|it| it.up + it.down)?;
    (busiest.up + busiest.down > 0).then(|| Figure {
        table: Table::Ratings,
        title: t!("Ratings, by the day of the answer"),
        says: t!(
            "Most for answers of {time}: {up} up, {down} down.",
            time = words::at(busiest.at, of.period.interval),
            up = words::number(busiest.up),
            down = words::number(busiest.down)
        ),
        head: t!("Time (UTC)"),
        plot: Plot::new(
            Shape::Columns,
            Unit::Count,
            points
                .iter()
                .map(|it| words::at(it.at, of.period.interval))
                .collect(),
            vec![
                counts(t!("Thumbs up"), Tone::Accent, points.iter().map(|it| it.up)),
                counts(
                    t!("Thumbs down"),
                    Tone::Bad,
                    points.iter().map(|it| it.down),
                ),
            ],
        ),
        wide: false,
    })
}

fn calibration(of: &Figures) -> Option<Figure> {
    let satisfaction = &of.satisfaction;
    if satisfaction.rated_and_scored < satisfaction.needed {
        return None;
    }
    let bands: Vec<&CalibrationBand> = satisfaction
        .calibration
        .iter()
        .filter(|band| band.up + band.down > 0)
        .collect();
    let known = bands
        .iter()
        .filter_map(|band| Some((band.liked?, band)))
        .max_by_key(|(_, band)| band.up + band.down);
    let name = |band: &CalibrationBand| format!("{}-{}", band.from, band.from + 1);
    let says = match known {
        Some((liked, band)) => t!(
            "Answers scored {band} were liked {share} of the time.",
            band = name(band),
            share = words::percent(liked)
        ),
        None => t!("No band of scores has enough ratings yet.").to_owned(),
    };
    let mut plot = Plot::new(
        Shape::Bars,
        Unit::Share,
        bands
            .iter()
            .map(|band| t!("Scored {band}", band = name(band)))
            .collect(),
        vec![
            Column::drawn(
                t!("Liked"),
                Tone::Accent,
                bands.iter().map(|band| band.liked),
                words::percent,
            ),
            numbers(t!("Thumbs up"), bands.iter().map(|band| band.up)),
            numbers(t!("Thumbs down"), bands.iter().map(|band| band.down)),
            Column::said(
                t!("Enough to say"),
                bands
                    .iter()
                    .map(|band| or_dash(band.liked.map(|_| t!("yes").to_owned()))),
            ),
        ],
    );
    plot.top = Some(1.0);
    Some(Figure {
        table: Table::Calibration,
        title: t!("Liked, by score"),
        says,
        head: t!("Score"),
        plot,
        wide: false,
    })
}
