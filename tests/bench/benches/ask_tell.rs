//! Time of ask + tell a trial, and whether it stays the same as trials add up.
#![allow(missing_docs, reason = "the macros of criterion write undocumented functions")]

use std::hint::black_box;

use bilevel::search::SearcherSpec;
use bilevel_bench::ask_and_tell;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn ask_tell(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ask_tell");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for searcher in ["random", "evolution", "tpe", "reinforce", "rloo", "ppo"] {
        let spec: SearcherSpec = bilevel::run::parse(searcher).expect("a searcher");
        for trials in [100, 10_000, 1_000_000] {
            group.throughput(Throughput::Elements(trials));
            group.bench_with_input(BenchmarkId::new(searcher, trials), &trials, |bencher, trials| {
                bencher.iter(|| black_box(ask_and_tell(&spec, *trials)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ask_tell);
criterion_main!(benches);
