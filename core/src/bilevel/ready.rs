//! Waiting for what never has to be waited for.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The value of a future that has it as soon as it is asked, as those over a problem that computes in place do.
///
/// # Panics
/// If it has to wait for anything: a bug of the caller, who needs an executor for such a problem.
#[track_caller]
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the problem is not ready at once: await the estimate on an executor"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_given() {
        assert_eq!(ready(async { 7 }), 7);
    }

    #[test]
    #[should_panic(expected = "await the estimate on an executor")]
    fn what_is_not_there_is_a_bug_of_the_caller() {
        ready(std::future::pending::<()>());
    }
}
