//! Milliseconds of a step of training and the peak of memory, as a line of JSON: what `beside_pytorch.py` puts beside
//! PyTorch. The training is the one that every search uses; it is asked before each step whether to stop, and that is
//! when the clock is read.
//!
//! Arguments: the cell, C, N, channels and side of the images, steps.
#![allow(clippy::print_stdout, reason = "it is read by a script")]

use std::sync::Mutex;
use std::time::Instant;

use bilevel::network::{Blueprint, Images, Shape, Split, Watch, train};
use bilevel::objective::Training;
use bilevel::random::Stream;
use bilevel::space::{Cells, Space};

/// Images of a step.
const BATCH: usize = 64;
/// Steps before the clock counts: the first ones fill caches and the allocator's lists.
const WARM: usize = 3;

/// When each step began, and the seconds of processors that the process had had.
#[derive(Default)]
struct Began(Mutex<Vec<(Instant, f64)>>);

impl Watch for Began {
    fn stop(&self) -> bool {
        self.0.lock().expect("one thread trains").push((Instant::now(), processors()));
        false
    }
}

/// Seconds of processors, in user and kernel mode: fields 14 and 15 of `/proc/self/stat`, in hundredths.
fn processors() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(')').expect("the name in parentheses");
    fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().expect("a number") / 100.0).sum()
}

/// A line of `/proc/self/status`, in MiB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
    let kibibytes: f64 = line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("kibibytes");
    kibibytes / 1024.0
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cell, numbers @ ..] = arguments.as_slice() else { panic!("cell, C, N, channels, side, steps") };
    let numbers: Vec<usize> = numbers.iter().map(|word| word.parse().expect("a number")).collect();
    let [channels, cells, colours, side, steps] = numbers[..] else { panic!("C, N, channels, side, steps") };

    let shape = Shape { channels: colours, height: side, width: side };
    // Validation and test take a class of images each; a step more, since the end of the last is not seen.
    let (steps, rest) = (WARM + steps + 1, 10);
    let count = steps * BATCH + 2 * rest;
    let mut stream = Stream::new(1, "pixels", 0);
    let pixels = (0..count * shape.values()).map(|_| (stream.unit() * 256.0) as u8).collect();
    let labels = (0..count).map(|image| (image % 10) as u16).collect();
    let classes = (0..10).map(|class| class.to_string()).collect();
    let images = Images::new(shape, pixels, labels, classes, 0).expect("as many pixels as the shape says");
    let training = Training {
        channels,
        cells,
        epochs: 1,
        batch_size: BATCH,
        learning_rate: 0.01,
        validation_images: Some(rest),
        test_images: Some(rest),
        ..Training::default()
    };
    let split = Split::new(&images, &training, 1).expect("images enough");
    let space = Space::named("nas-bench-201").expect("a ready-made space");
    let architecture = space.parse(&cell.replace(' ', "")).expect("a cell");
    let cells = Cells::of(&space).expect("it describes a cell");
    let blueprint = Blueprint::new(&cells, &architecture, &training, shape, 10).expect("a network");

    let before = memory("VmRSS:");
    let began = Began::default();
    train(&cells, &architecture, &training, &split, 1, &began).expect("it does not diverge");
    let began = began.0.into_inner().expect("training is over");
    let mut times: Vec<f64> =
        began.windows(2).skip(WARM).map(|two| (two[1].0 - two[0].0).as_secs_f64() * 1e3).collect();
    let cpu = (began[began.len() - 1].1 - began[WARM].1) * 1e3 / times.len() as f64;
    times.sort_unstable_by(f64::total_cmp);
    let (parameters, median, peak) = (blueprint.parameters(), times[times.len() / 2], memory("VmHWM:"));
    print!("{{\"parameters\": {parameters}, \"ms\": {median:.3}, \"cpu\": {cpu:.3}, ");
    println!("\"before\": {before:.1}, \"peak\": {peak:.1}}}");
}
