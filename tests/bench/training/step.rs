//! Milliseconds of a step of training and the peak of memory, as a line of JSON: what `beside_pytorch.py` puts beside
//! PyTorch. The training is the one that every search uses; it is asked before each step whether to stop, and that is
//! when the clock is read.
//!
//! Arguments: the device, the cell, C, N, channels and side of the images, steps, and the turn, which changes nothing.
#![allow(clippy::print_stdout, reason = "it is read by a script")]

mod clock;

use bilevel::network::{Blueprint, TrainError, train};
use bilevel::space::{Cells, Space};
use clock::Clock;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [device, cell, numbers @ ..] = arguments.as_slice() else {
        panic!("device, cell, C, N, channels, side, steps, turn")
    };
    let numbers: Vec<usize> = numbers.iter().map(|word| word.parse().expect("a number")).collect();
    let [channels, cells, colours, side, steps, _] = numbers[..] else { panic!("C, N, channels, side, steps, turn") };

    // Validation and test take an image of each class.
    let (training, split) = Clock::training(device, [channels, cells, colours, side], steps, 10);
    let space = Space::named("nas-bench-201").expect("a ready-made space");
    let architecture = space.parse(&cell.replace(' ', "")).expect("a cell");
    let cells = Cells::of(&space).expect("it describes a cell");
    let blueprint = Blueprint::new(&cells, &architecture, &training, split.shape(), 10).expect("a network");

    let clock = Clock::new(steps);
    let end = train(&cells, &architecture, &training, &split, 1, &clock);
    assert!(matches!(end, Err(TrainError::Stopped { .. })), "{:?}", end.map(|_| ()));
    println!("{}", clock.line(blueprint.parameters()));
}
