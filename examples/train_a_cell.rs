//! What is a cell worth as a network?
//!
//! One is drawn by hand, trained on the optical digits from three seeds, and tested on images that training never saw.
//! Its weights leave as the bytes of a safetensors file and come back as the same network.
#![allow(clippy::print_stdout, reason = "an example tells its story")]

use bilevel::network::{Split, Trained, digits, train};
use bilevel::objective::Training;
use bilevel::space::{Cells, Space};

fn main() {
    let space = Space::named("nas-bench-201").expect("a ready-made space");
    let text = "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";
    let cell = space.parse(text).expect("an arch string");
    let cells = Cells::of(&space).expect("it describes a cell");
    let training = Training { epochs: 6, ..Training::default() };
    let split = Split::new(&digits(), &training, 7).expect("1,797 images are enough");

    println!("{text}");
    let mut accuracies = Vec::new();
    for seed in 0..3 {
        let trained =
            train(&cells, &cell, &training, &split, seed, &()).expect("it neither diverges nor is it stopped");
        let score = trained.score(split.test_after_the_choice_is_made());
        println!("seed {seed}: test accuracy {:.2} %, loss {:.3} nats", score.accuracy, score.loss);
        accuracies.push(score.accuracy);

        let back = Trained::from_safetensors(&trained.to_safetensors()).expect("its own bytes");
        assert_eq!(back.logits(split.validation()), trained.logits(split.validation()), "the same network");
    }
    println!("chance is 10 %");
    assert!(accuracies.iter().all(|accuracy| *accuracy > 85.0));
}
