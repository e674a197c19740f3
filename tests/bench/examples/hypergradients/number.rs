//! Numbers that a network computes with: f64, and f64 with its derivative along one direction.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// What the network needs of its numbers.
pub(crate) trait Number:
    Copy + From<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> + AddAssign
{
    /// The number without its derivative.
    fn value(self) -> f64;

    /// f(self), with f and f' known at its value.
    fn through(self, f: f64, slope: f64) -> Self;
}

impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn through(self, f: f64, _: f64) -> f64 {
        f
    }
}

/// value + slope·δ, δ² = 0: a gradient computed in these has the product of the second derivatives with a direction in its slopes
/// (forward over reverse; Pearlmutter 1994), exactly, wherever the function has second derivatives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) slope: f64,
}

impl Number for Dual {
    fn value(self) -> f64 {
        self.value
    }

    fn through(self, f: f64, slope: f64) -> Self {
        Self { value: f, slope: slope * self.slope }
    }
}

impl From<f64> for Dual {
    fn from(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl AddAssign for Dual {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
