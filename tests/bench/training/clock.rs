//! What a measure of a step is made of: images without meaning, a clock that is read before each step, and a line of JSON.

use std::sync::Mutex;
use std::time::Instant;

use bilevel::network::{Images, Shape, Split, Watch};
use bilevel::objective::Training;
use bilevel::random::Stream;

/// Images of a step.
pub(crate) const BATCH: usize = 64;
/// Steps before the clock counts: the first ones fill caches and the allocator's lists.
const WARM: usize = 3;

/// When each step began, and the seconds of processors that the process had had.
pub(crate) struct Clock {
    steps: usize,
    before: f64,
    began: Mutex<Vec<(Instant, f64)>>,
}

impl Watch for Clock {
    /// After the last step, before anything else is done with the network.
    fn stop(&self) -> bool {
        let mut began = self.began.lock().expect("one thread trains");
        began.push((Instant::now(), processors()));
        began.len() > self.steps
    }
}

impl Clock {
    /// One that counts `steps` and stops after them. What the process holds by now is before the network.
    pub(crate) fn new(steps: usize) -> Self {
        Self { steps: WARM + steps, before: memory("VmRSS:"), began: Mutex::default() }
    }

    /// A training of `steps` on `device`, by C, N, channels and side of the images, with `rest` images for validation and for the test.
    pub(crate) fn training(device: &str, sizes: [usize; 4], steps: usize, rest: usize) -> (Training, Split) {
        let [channels, cells, colours, side] = sizes;
        let training = Training {
            channels,
            cells,
            epochs: 1,
            batch_size: BATCH,
            learning_rate: 0.01,
            validation_images: Some(rest),
            test_images: Some(rest),
            device: device.parse().expect("a device by name"),
            ..Training::default()
        };
        let images = Self::images(Shape { channels: colours, height: side, width: side }, steps, rest);
        let split = Split::new(&images, &training, 1).expect("images enough");
        (training, split)
    }

    /// The training images of `steps`, and `rest` for each other part.
    fn images(shape: Shape, steps: usize, rest: usize) -> Images {
        // A step more: after the last one of an epoch nobody asks whether to stop.
        let count = (WARM + steps + 1) * BATCH + 2 * rest;
        let mut stream = Stream::new(1, "pixels", 0);
        let pixels = (0..count * shape.values()).map(|_| (stream.unit() * 256.0) as u8).collect();
        let labels = (0..count).map(|image| (image % 10) as u16).collect();
        let classes = (0..10).map(|class| class.to_string()).collect();
        Images::new(shape, pixels, labels, classes, 0).expect("as many pixels as the shape says")
    }

    /// The line: weights, median milliseconds of a step, mean milliseconds of processors, memory in MiB before and at its peak.
    pub(crate) fn line(&self, parameters: u64) -> String {
        let began = self.began.lock().expect("one thread trains");
        assert_eq!(began.len(), self.steps + 1, "training ended early");
        let mut times: Vec<f64> =
            began.windows(2).skip(WARM).map(|two| (two[1].0 - two[0].0).as_secs_f64() * 1e3).collect();
        let cpu = (began[self.steps].1 - began[WARM].1) * 1e3 / times.len() as f64;
        times.sort_unstable_by(f64::total_cmp);
        let (median, before, peak) = (times[times.len() / 2], self.before, memory("VmHWM:"));
        format!(
            "{{\"parameters\": {parameters}, \"ms\": {median:.3}, \"cpu\": {cpu:.3}, \"before\": {before:.1}, \
             \"peak\": {peak:.1}}}"
        )
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
