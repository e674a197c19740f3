//! Work in pieces, on all threads or on this one.

#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;

/// From so many multiplications on, work is given to the pool of threads. Less is done before they are awake, and other
/// candidates may be in training beside this one.
#[cfg(not(target_family = "wasm"))]
const LEAST: usize = 1 << 21;

/// `of` every piece, in their order.
pub(super) fn spread<T: Send, R: Send>(
    pieces: Vec<T>,
    multiplications: usize,
    of: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    #[cfg(not(target_family = "wasm"))]
    if multiplications >= LEAST {
        return pieces.into_par_iter().map(of).collect();
    }
    let _ = multiplications;
    pieces.into_iter().map(of).collect()
}
