//! Tokens and money. Money is counted in whole micro-dollars; an unknown price stays unknown.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign};

/// Tokens sent to (`input`) and received from (`output`) models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
}

impl Tokens {
    pub fn new(input: u64, output: u64) -> Self {
        Self { input, output }
    }

    pub fn total(&self) -> u64 {
        self.input + self.output
    }
}

impl Add for Tokens {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input + other.input,
            output: self.output + other.output,
        }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What calls cost, in micro-dollars; `None` once any part of it is unknown, never 0 for unknown.
/// Serializes as dollars (`0.0123`) or `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<f64>", into = "Option<f64>")]
pub struct Cost(Option<u64>);

impl From<Option<f64>> for Cost {
    fn from(usd: Option<f64>) -> Self {
        Self(
            usd.filter(|usd| *usd >= 0.0)
                .map(|usd| (usd * 1e6).round() as u64),
        )
    }
}

impl From<Cost> for Option<f64> {
    fn from(cost: Cost) -> Self {
        cost.usd()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Cost {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Option::<f64>::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Cost {}

impl Default for Cost {
    fn default() -> Self {
        Self::micros(0)
    }
}

impl Cost {
    pub const UNKNOWN: Self = Self(None);

    pub const fn micros(micros: u64) -> Self {
        Self(Some(micros))
    }

    pub fn as_micros(&self) -> Option<u64> {
        self.0
    }

    pub fn usd(&self) -> Option<f64> {
        self.0.map(|micros| micros as f64 / 1e6)
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(a, b)| a + b))
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_cost_is_never_zero() {
        assert_eq!(Cost::micros(5) + Cost::micros(7), Cost::micros(12));
        assert_eq!((Cost::micros(5) + Cost::UNKNOWN).usd(), None);
        assert_eq!((Cost::UNKNOWN + Cost::default()).usd(), None);
        for micros in [0, 1, 333_333, 12_345_678_901] {
            let json = serde_json::to_string(&Cost::micros(micros)).unwrap();
            assert_eq!(
                serde_json::from_str::<Cost>(&json).unwrap(),
                Cost::micros(micros)
            );
        }
        assert_eq!(serde_json::to_string(&Cost::UNKNOWN).unwrap(), "null");
    }
}
