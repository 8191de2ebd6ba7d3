//! What one text says in other words than another, marked in the text. The server compares.

use domain::deliberation::{Piece, PieceChange};
use leptos::prelude::*;

/// One `<p>` for each paragraph; the gaps between them are the caller's.
#[component]
pub fn Rewording(paragraphs: Vec<Vec<Piece>>) -> impl IntoView {
    paragraphs
        .into_iter()
        .map(|pieces| {
            view! {
                <p class="whitespace-pre-wrap">
                    {pieces.into_iter().map(|piece| view! { <Changed piece /> }).collect_view()}
                </p>
            }
        })
        .collect_view()
}

/// Few screen readers say by themselves where these begin and end. The words that do are not part of
/// the text, so nobody copies them.
#[component]
fn Changed(piece: Piece) -> impl IntoView {
    match piece.change {
        PieceChange::Same => piece.text.into_any(),
        PieceChange::Removed => view! {
            <del
                data-start=t!(" start of removed text ")
                data-end=t!(" end of removed text ")
                class="relative bg-bad/12 decoration-bad/70 before:sr-only before:content-[attr(data-start)] after:sr-only after:content-[attr(data-end)]"
            >
                {piece.text}
            </del>
        }
        .into_any(),
        PieceChange::Added => view! {
            <ins
                data-start=t!(" start of added text ")
                data-end=t!(" end of added text ")
                class="relative bg-good/15 decoration-good/70 underline-offset-4 before:sr-only before:content-[attr(data-start)] after:sr-only after:content-[attr(data-end)]"
            >
                {piece.text}
            </ins>
        }
        .into_any(),
    }
}
