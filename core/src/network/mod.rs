//! Networks that are really trained, on burn: the only place where burn is named.
//!
//! [`Images`] are divided by a [`Split`], [`train`] makes a [`Trained`] network of an architecture, and
//! [`TrainedNetwork`] is the objective that a search asks. Here as everywhere in the core there is no clock and no
//! file: images arrive as bytes, weights leave as bytes.
//!
//! ```
//! use bilevel::network::{Split, digits, train};
//! use bilevel::objective::Training;
//! use bilevel::space::Space;
//!
//! let training = Training { channels: 2, epochs: 1, train_images: Some(200), ..Training::default() };
//! let split = Split::new(&digits(), &training, 7).unwrap();
//! let space = Space::named("nas-bench-201").unwrap();
//! let cell = space.parse("|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|").unwrap();
//! let trained = train(&cell, &training, &split, 7, &()).unwrap();
//! assert!(trained.score(split.validation()).accuracy >= 0.0);
//! ```

mod batch;
mod blueprint;
mod body;
mod cell;
mod cost;
mod digits;
pub mod formats;
mod images;
mod layers;
mod normalisation;
mod objective;
mod split;
mod state;
mod train;
mod trained;
mod weights;

pub use blueprint::{Blueprint, BlueprintError, MOST_TRAINING_BYTES};
pub use digits::digits;
pub use images::{Images, ImagesError, LONGEST_SIDE, MOST_BYTES, MOST_CLASSES, Shape, scale};
pub use normalisation::Normalisation;
pub use objective::TrainedNetwork;
pub use split::{Part, Split, SplitError};
pub use train::{Epoch, TrainError, Watch, train};
pub use trained::{Score, Trained};
pub use weights::WeightsError;

#[cfg(test)]
mod measure {
    use super::*;
    use crate::objective::*;
    use crate::random::Stream;
    use crate::space::{Architecture, Space};
    fn env<T: std::str::FromStr>(name: &str, or: T) -> T {
        std::env::var(name).ok().and_then(|x| x.parse().ok()).unwrap_or(or)
    }
    #[test]
    #[ignore]
    fn job() {
        use std::sync::{Arc, Mutex};
        let training = Training::default();
        let split = Arc::new(Split::new(&digits(), &training, 7).unwrap());
        let space = Space::named("nas-bench-201").unwrap();
        let objective = TrainedNetwork::new(&space, &training, split.clone(), 7).unwrap();
        let mut random = Stream::new(5, "job", 0);
        let list: Vec<Architecture> = (0..30).map(|_| space.sample(&mut random)).collect();
        let queue = Mutex::new(0..30);
        let t = std::time::Instant::now();
        let results = Mutex::new(vec![vec![]; 30]);
        std::thread::scope(|s| for _ in 0..env("T", 2) { let mut o = objective.clone(); let (q, l, r) = (&queue, &list, &results); s.spawn(move || loop {
            let next = q.lock().unwrap().next(); let Some(i) = next else { break };
            let a = answer(&mut o, &Trial::evaluate(i as u64, l[i].clone(), 0)).unwrap();
            r.lock().unwrap()[i] = a.values;
        }); });
        let wall = t.elapsed().as_secs_f64();
        let r = results.into_inner().unwrap();
        let mut accs: Vec<f64> = r.iter().map(|v| v[0]).collect();
        let best = (0..30).max_by(|a, b| r[*a][0].total_cmp(&r[*b][0])).unwrap();
        accs.sort_by(f64::total_cmp);
        let bits: u64 = r.iter().flatten().fold(0u64, |h, v| (h ^ v.to_bits()).wrapping_mul(0x100000001b3));
        println!("T{} wall {wall:.1} bits {bits:x} accs {:.2} {:.2} {:.2} {:.2} best {}", env("T", 2), accs[0], accs[7], accs[15], accs[29], space.format(&list[best]));
        for epochs in [8, 16, 24, 40] {
            let training = Training { epochs, ..training.clone() };
            let t = std::time::Instant::now();
            let test = |h: &Architecture, seed| train(h, &training, &split, seed, &()).unwrap().score(split.test_after_the_choice_is_made()).accuracy;
            let w: Vec<f64> = (0..5).map(|s| test(&list[best], 100 + s)).collect();
            let mut random = Stream::new(77, "compare", 0);
            let q: Vec<f64> = (0..5).map(|s| test(&space.sample(&mut random), 100 + s)).collect();
            println!("epochs {epochs}: winner {w:.2?} random {q:.2?} {:.1} s", t.elapsed().as_secs_f64());
        }
    }
    #[test]
    #[ignore]
    fn spread() {
        let base = Training::default();
        let training = Training {
            channels: env("C", base.channels), cells: env("N", base.cells), epochs: env("E", base.epochs), batch_size: env("B", base.batch_size),
            learning_rate: env("LR", base.learning_rate), weight_decay: env("WD", base.weight_decay), train_images: std::env::var("TRAIN").ok().map(|x| x.parse().unwrap()), validation_images: std::env::var("VAL").ok().map(|x| x.parse().unwrap()), ..base };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let space = Space::named("nas-bench-201").unwrap();
        let mut random = Stream::new(99, "spread", 0);
        let t = std::time::Instant::now();
        let mut rows: Vec<[[f64; 2]; 2]> = vec![];
        let k = env("K", 16);
        let mut failed = 0;
        while rows.len() < k {
            let h = space.sample(&mut random);
            let scores: Vec<_> = (1..3).filter_map(|seed| train(&h, &training, &split, seed, &()).ok()).map(|t| { let s = t.score(split.validation()); [s.accuracy, s.loss] }).collect();
            if scores.len() < 2 { failed += 1; continue }
            if scores[0][0] < 15.0 { continue }
            rows.push([scores[0], scores[1]]);
        }
        let corr = |m: usize| {
            let n = rows.len() as f64;
            let f = |x: f64| if m == 1 { x.ln() } else { x };
            let a: Vec<f64> = rows.iter().map(|r| f(r[0][m])).collect();
            let b: Vec<f64> = rows.iter().map(|r| f(r[1][m])).collect();
            let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
            let cov: f64 = a.iter().zip(&b).map(|(x, y)| (x - ma) * (y - mb)).sum();
            let (va, vb): (f64, f64) = (a.iter().map(|x| (x - ma).powi(2)).sum(), b.iter().map(|x| (x - mb).powi(2)).sum());
            cov / (va * vb).sqrt()
        };
        let mut accs: Vec<f64> = rows.iter().flat_map(|r| [r[0][0], r[1][0]]).collect();
        accs.sort_by(f64::total_cmp);
        println!("C{} N{} E{} B{} LR{} WD{}: {:.2} s each; accuracy {:.1} / {:.1} / {:.1} / {:.1} / {:.1}; corr acc {:.2} ln loss {:.2}; failed {failed}", training.channels, training.cells, training.epochs, training.batch_size, training.learning_rate, training.weight_decay,
            t.elapsed().as_secs_f64() / (2 * k) as f64, accs[0], accs[accs.len()/4], accs[accs.len()/2], accs[accs.len()*3/4], accs[accs.len()-1], corr(0), corr(1));
    }
    #[test]
    #[ignore]
    fn measure() {
        let base = Training::default();
        let training = Training {
            channels: env("C", base.channels), cells: env("N", base.cells), epochs: env("E", base.epochs), batch_size: env("B", base.batch_size),
            learning_rate: env("LR", base.learning_rate), weight_decay: env("WD", base.weight_decay), train_images: std::env::var("TRAIN").ok().map(|x| x.parse().unwrap()), validation_images: std::env::var("VAL").ok().map(|x| x.parse().unwrap()), ..base };
        let split = Split::new(&digits(), &training, env("SEED", 1)).unwrap();
        let space = Space::named("nas-bench-201").unwrap();
        let mut random = Stream::new(99, "measure", 0);
        let mut list: Vec<Architecture> = (0..env("K", 6)).map(|_| space.sample(&mut random)).collect();
        if env("ALL3", 0) == 1 { list = vec![Architecture::new([3;6]), Architecture::new([4;6]), Architecture::new([2;6]), Architecture::new([1;6]), Architecture::new([0;6])]; }
        let started = std::time::Instant::now();
        let mut accs = vec![];
        for h in &list {
            let t = std::time::Instant::now();
            match train(h, &training, &split, env("SEED", 1), &()) {
                Ok(trained) => {
                    let s = trained.score(split.validation());
                    let tr = trained.score(split.train());
                    let te = trained.score(split.test_after_the_choice_is_made());
                    accs.push(s.accuracy);
                    println!("{} {:.2}s val {:.2} {:.4} train {:.2} {:.4} test {:.2}", space.format(h), t.elapsed().as_secs_f64(), s.accuracy, s.loss, tr.accuracy, tr.loss, te.accuracy);
                }
                Err(e) => println!("{} {e}", space.format(h)),
            }
        }
        accs.sort_by(f64::total_cmp);
        println!("C{} N{} E{} B{} LR{} WD{}: {:.2} s each; accuracy {:.2} .. median {:.2} .. {:.2}", training.channels, training.cells, training.epochs, training.batch_size, training.learning_rate, training.weight_decay,
            started.elapsed().as_secs_f64() / list.len() as f64, accs[0], accs[accs.len()/2], accs[accs.len()-1]);
    }
}
