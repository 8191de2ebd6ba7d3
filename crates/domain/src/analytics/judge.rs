//! Whether the judge can be trusted, in figures.

use super::{JudgeVersion, Scores};
use serde::{Deserialize, Serialize};

/// Whether the judge can still tell good from bad.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgeHealth {
    /// Of all drafts that were judged, the ones that were not returned too.
    pub drafts: Scores,
    /// How many of them have 9 or more: a judge that is pleased with everything tells nothing.
    pub nine_or_more: u64,
    /// Drafts without a usable verdict.
    pub unscored: u64,
    /// Judged by the model that wrote them.
    pub self_judged: u64,
    /// Items judged, and those without valid evidence.
    pub items: u64,
    pub void_items: u64,
    /// Drafts compared in both orders, and those where the order decided the verdict.
    pub comparisons: u64,
    pub reversals: u64,
    pub by_version: Vec<JudgeVersionHealth>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgeVersionHealth {
    pub judge: JudgeVersion,
    pub drafts: Scores,
    pub nine_or_more: u64,
    pub comparisons: u64,
    pub reversals: u64,
}
