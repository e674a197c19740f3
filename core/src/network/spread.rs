//! Work in pieces, on all threads or on this one.

use rayon::prelude::*;

/// From so many multiplications on, work is given to the pool of threads. Less is done before they are awake, and other
/// candidates may be in training beside this one.
const LEAST: usize = 1 << 21;

/// `of` every piece, in their order.
pub(super) fn spread<T: Send, R: Send>(
    pieces: Vec<T>,
    multiplications: usize,
    of: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    if multiplications < LEAST {
        pieces.into_iter().map(of).collect()
    } else {
        pieces.into_par_iter().map(of).collect()
    }
}
