//! Milliseconds of a step of a search that trains a supernet and the peak of memory, as a line of JSON: what
//! `supernet_beside_pytorch.py` puts beside PyTorch. The steps are those of a search, which is asked before each of them whether to
//! stop: that is when the clock is read, and after the last one it is stopped, before an epoch's instruments.
//!
//! Arguments: the space, the method, whether the policy `moves` or is `still`, the device, C, N, channels and side of the images,
//! steps, seed.
#![allow(clippy::print_stdout, reason = "it is read by a script")]

mod clock;

use std::sync::Arc;

use bilevel::network::SharedWeights;
use bilevel::objective::{Objective, Purpose, Trial};
use bilevel::search::supernet::{Method, Options};
use bilevel::space::{Architecture, Space};
use clock::{BATCH, Clock};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [space, method, policy, device, numbers @ ..] = arguments.as_slice() else {
        panic!("space, method, `moves` or `still`, device, C, N, channels, side, steps, seed")
    };
    let numbers: Vec<usize> = numbers.iter().map(|word| word.parse().expect("a number")).collect();
    let [channels, cells, colours, side, steps, seed] = numbers[..] else {
        panic!("C, N, channels, side, steps, seed")
    };
    let method: Method = method.parse().expect("a method by name");
    let options = match policy.as_str() {
        "moves" => method.options(),
        // What derives nothing wants candidates; none is judged here.
        "still" => Options { policy_steps: Some(0), candidates: 1, ..method.options() },
        other => panic!("`moves` or `still`, got {other}"),
    };

    // Validation images for two batches, and as many that are not used.
    let (training, split) = Clock::training(device, [channels, cells, colours, side], steps, 2 * BATCH);
    let space = Space::named(space).expect("a ready-made space");

    let clock = Arc::new(Clock::new(steps));
    let shared = SharedWeights::new(&space, &options, &training, split, seed as u64).expect("a supernet");
    let mut shared = shared.with_watch(clock.clone());
    let nobody = Architecture::new(vec![0; space.length()]);
    let trial = Trial { purpose: Purpose::Train, ..Trial::evaluate(0, nobody, 0).with_epochs(Some(1)) };
    let end = shared.answer(&trial).expect_err("the clock stops it");
    assert!(end.to_string().contains("stopped"), "{end}");
    println!("{}", clock.line(shared.blueprint().parameters()));
}
