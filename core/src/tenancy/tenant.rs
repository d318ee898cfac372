//! A tenant: one customer, isolated from all others.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DisplayName, Email, TenantSlug};
use crate::id::TenantId;

/// What a tenant pays for; its limits are data, see the limits table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The smallest.
    Basic,
    /// The usual.
    Standard,
    /// The largest.
    Premium,
    /// Without rate limits: demonstrations and a team's own server.
    Unlimited,
}

impl Tier {
    /// All tiers, smallest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Standard, Self::Premium, Self::Unlimited];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Standard => "standard",
            Self::Premium => "premium",
            Self::Unlimited => "unlimited",
        }
    }
}

impl FromStr for Tier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or("a tier is one of basic, standard, premium, unlimited")
    }
}

/// Whether a tenant works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TenantStatus {
    /// It works.
    Active,
    /// Its members' requests are refused until it is reinstated.
    Suspended {
        /// Why, in the operator's words.
        reason: Option<String>,
    },
    /// It is gone for its members; kept for 30 days.
    Deleted {
        /// Since when.
        at: Timestamp,
    },
}

impl TenantStatus {
    /// Its word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended { .. } => "suspended",
            Self::Deleted { .. } => "deleted",
        }
    }
}

/// An amount in US dollars, to the cent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(u64);

impl Usd {
    /// The amount in `dollars`, which must be 0 to 1,000,000,000 with at most two decimals; `None` otherwise.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the bounds are checked first, far below 2^53"
    )]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        if !(0.0..=1e9).contains(&dollars) {
            return None;
        }
        let cents = (dollars * 100.0).round();
        ((cents / 100.0 - dollars).abs() < 1e-9 * dollars.max(1.0)).then_some(Self(cents as u64))
    }

    /// The amount in cents.
    pub const fn cents(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} USD", self.0 / 100, self.0 % 100)
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Names the tenant for ever.
    pub id: TenantId,
    /// Its alias in addresses.
    pub slug: TenantSlug,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it pays for.
    pub tier: Tier,
    /// Whether it works.
    pub status: TenantStatus,
    /// Who answers for it.
    pub owner_email: Email,
    /// What it wants to spend in a month at most.
    pub monthly_budget: Option<Usd>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_cents() {
        for (dollars, cents) in
            [(0.0, Some(0)), (0.1, Some(10)), (19.99, Some(1999)), (1e9, Some(100_000_000_000))]
        {
            assert_eq!(Usd::from_dollars(dollars).map(Usd::cents), cents, "{dollars}");
        }
        for bad in [-1.0, 0.001, f64::NAN, f64::INFINITY, 1e10] {
            assert_eq!(Usd::from_dollars(bad), None, "{bad}");
        }
    }
}
