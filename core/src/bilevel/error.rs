//! Why there is no hypergradient.

/// Why there is no hypergradient.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HypergradientError<E> {
    /// The problem has no answer.
    #[error("{0}")]
    Problem(E),
    /// An option or the inner step is out of range.
    #[error("{0}")]
    Options(String),
    /// The problem, or the velocity of the inner step, is of another shape than the weights or the outer parameters.
    #[error("{wanted} numbers were expected and {got} given; weights, velocity and gradients must have one length")]
    Lengths {
        /// The length of what it stands beside.
        wanted: usize,
        /// Its own.
        got: usize,
    },
    /// The problem answered with NaN or infinity.
    #[error("the problem answered with a number that is not finite; try a smaller learning_rate or epsilon")]
    NotFinite,
    /// The power series grows.
    #[error(
        "the series grows beyond all numbers at term {term}; its step must be below 2 / (the largest curvature of the inner loss): \
         try a smaller one"
    )]
    Diverged {
        /// The first term that is not finite, from 0.
        term: u32,
    },
    /// A dense Hessian would be too large.
    #[error("the exact way takes up to {most} weights, got {got}; try conjugate-gradient")]
    TooManyWeights {
        /// How many it takes.
        most: usize,
        /// How many there are.
        got: usize,
    },
    /// The Hessian of the inner loss has no inverse.
    #[error(
        "the inner loss is flat in some direction, so that its weights are not settled: its Hessian is singular; try \
         conjugate-gradient with damping, or a weight_decay"
    )]
    Singular,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_to_do() {
        type Error = HypergradientError<std::fmt::Error>;
        for (error, message) in [
            (Error::Problem(std::fmt::Error), "an error occurred when formatting an argument"),
            (Error::Options("x must be in [0, 1], got 2; try 1".into()), "x must be in [0, 1], got 2; try 1"),
            (
                Error::Lengths { wanted: 3, got: 2 },
                "3 numbers were expected and 2 given; weights, velocity and gradients must have one length",
            ),
            (
                Error::NotFinite,
                "the problem answered with a number that is not finite; try a smaller learning_rate or epsilon",
            ),
            (
                Error::Diverged { term: 7 },
                "the series grows beyond all numbers at term 7; its step must be below 2 / (the largest curvature of the inner \
                 loss): try a smaller one",
            ),
            (
                Error::TooManyWeights { most: 2000, got: 2001 },
                "the exact way takes up to 2000 weights, got 2001; try conjugate-gradient",
            ),
            (
                Error::Singular,
                "the inner loss is flat in some direction, so that its weights are not settled: its Hessian is singular; try \
                 conjugate-gradient with damping, or a weight_decay",
            ),
        ] {
            assert_eq!(error.to_string(), message);
        }
    }
}
