//! The built-in table against figures that the benchmark's authors published, read from another copy of them than the one
//! that the table was built from.

use crate::objective::table::Table;
use crate::objective::{FailureKind, Trial, answer};
use crate::space::nas_bench_201::DataSet;
use crate::space::{Architecture, Space};

fn open(metric: &str) -> (Space, Table) {
    let space = Space::named("nas-bench-201").unwrap();
    let table = Table::nas_bench_201(&space, Some(metric), &[]).unwrap();
    (space, table)
}

/// The operations of the cell, edge by edge; for each data set the accuracies of the runs and their mean in %, rounded to
/// four decimals, the latency in s to six, the seconds of an epoch to four.
type Row = (&'static str, [(&'static [f64], f64, f64, f64); 3]);
const ROWS: [Row; 12] = [
    (
        "421211",
        [
            (&[82.092, 81.616, 82.24], 81.9827, 0.013936, 7.2211),
            (&[51.88, 53.08, 53.14], 52.7, 0.013183, 14.4422),
            (&[28.3333, 27.3667, 28.9333], 28.2111, 0.012977, 43.8176),
        ],
    ),
    (
        "334131",
        [
            (&[90.712, 90.716, 90.88], 90.7693, 0.016853, 10.8482),
            (&[70.24, 69.8, 69.44], 69.8267, 0.015363, 21.6964),
            (&[44.8, 44.5, 44.1667], 44.4889, 0.013774, 65.8269),
        ],
    ),
    (
        "433444",
        [
            (&[82.284, 81.856, 81.592], 81.9107, 0.014428, 11.3359),
            (&[53.7, 54.56, 54.64], 54.3, 0.014029, 22.6718),
            (&[27.7, 27.0333, 28.1667], 27.6333, 0.012761, 68.7862),
        ],
    ),
    (
        "334034",
        [
            (&[87.748, 88.132, 87.94], 87.94, 0.016163, 12.4621),
            (&[67.72, 68.18, 66.46], 67.4533, 0.016139, 24.9241),
            (&[29.3667, 31.4333, 30.4333], 30.4111, 0.016465, 75.6198),
        ],
    ),
    (
        "111020",
        [
            (&[86.052, 86.02, 86.068], 86.0467, 0.012458, 4.8758),
            (&[62.06, 62.14, 60.84], 61.68, 0.011145, 9.7516),
            (&[33.9333, 33.0667, 33.2], 33.4, 0.012153, 29.5863),
        ],
    ),
    (
        "340200",
        [
            (&[86.416, 86.272, 86.54], 86.4093, 0.01587, 8.4676),
            (&[62.7, 62.46, 62.34], 62.5, 0.014812, 16.9352),
            (&[32.8, 32.5333, 32.8333], 32.7222, 0.013065, 51.3815),
        ],
    ),
    (
        "023241",
        [
            (&[86.112, 86.384], 86.248, 0.018045, 10.1179),
            (&[62.84, 62.0], 62.42, 0.016602, 20.2359),
            (&[33.4333, 34.3667], 33.9, 0.017054, 61.3957),
        ],
    ),
    (
        "223133",
        [
            (&[90.988, 91.008, 91.208], 91.068, 0.02167, 13.709),
            (&[72.26, 72.32, 72.96], 72.5133, 0.019932, 27.4181),
            (&[47.1333, 46.0333, 45.9667], 46.3778, 0.021861, 83.1865),
        ],
    ),
    (
        "333132",
        [
            (&[91.684, 91.72, 91.416], 91.6067, 0.020224, 14.3987),
            (&[72.8, 72.56, 72.88], 72.7467, 0.019562, 28.7975),
            (&[45.9667, 45.6667, 45.0333], 45.5556, 0.018258, 87.3716),
        ],
    ),
    (
        "130142",
        [
            (&[86.88, 86.524, 86.62], 86.6747, 0.015309, 7.8645),
            (&[65.04, 64.66, 65.84], 65.18, 0.014263, 15.729),
            (&[35.5, 37.2667, 36.9], 36.5556, 0.01429, 47.7217),
        ],
    ),
    (
        "322133",
        [
            (&[91.44, 91.216], 91.328, 0.020071, 13.5679),
            (&[73.1, 71.94], 72.52, 0.021163, 27.1358),
            (&[46.7, 46.7667], 46.7333, 0.018638, 82.3299),
        ],
    ),
    (
        "202022",
        [
            (&[83.828, 83.56, 85.184], 84.1907, 0.019546, 10.447),
            (&[55.58, 56.36, 55.42], 55.7867, 0.01933, 20.894),
            (&[23.8667, 17.3333, 22.9667], 21.3889, 0.020879, 63.3924),
        ],
    ),
];

#[test]
fn rows_have_the_published_figures() {
    for (data_set, place) in DataSet::ALL.into_iter().zip(0..) {
        let tables = ["", "_seed777", "_seed888", "_seed999"];
        let mut tables = tables.map(|suffix| open(&format!("{}/val200{suffix}", data_set.name())).1);
        for (digits, row) in ROWS {
            let cell = Architecture::new(digits.bytes().map(|digit| digit - b'0').collect::<Vec<u8>>());
            let trial = Trial::evaluate(0, cell, 0);
            let (runs, mean, latency, epoch) = row[place];
            let known = answer(&mut tables[0], &trial).unwrap();
            assert!((known.values[0] - mean).abs() <= 5.001e-5, "{digits}: {} and {mean}", known.values[0]);
            assert!((known.values[1] / 1000.0 - latency).abs() <= 5.6e-7, "{digits}: {}", known.values[1]);
            assert!((known.values[4] / 200.0 - epoch).abs() <= 2.1e-4, "{digits}: {}", known.values[4]);
            assert_eq!(known.cost.seconds, known.values[4]);
            assert!(!known.cost.measured);
            for (index, table) in tables[1..].iter_mut().enumerate() {
                match (answer(table, &trial), runs.get(index)) {
                    (Ok(known), Some(run)) => assert!((known.values[5] - run).abs() <= 5.001e-5, "{digits}"),
                    (Err(failure), None) => assert_eq!(failure.kind, FailureKind::Missing),
                    (known, run) => panic!("{digits}, run {index}: {known:?} and {run:?}"),
                }
            }
        }
    }
}

#[test]
fn the_best_cells_are_the_published_ones() {
    for (metric, text, best) in [
        (
            "cifar10/val200",
            "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|",
            91.6067,
        ),
        (
            "cifar100/val200",
            "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
            73.4933,
        ),
        (
            "imagenet16-120/val200",
            "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
            46.7333,
        ),
        ("cifar10/parameters", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", 73_306.0),
    ] {
        let (space, table) = open(metric);
        let (cell, value) = table.optimum().unwrap();
        assert_eq!(space.format(&cell), text);
        assert!((value - best).abs() <= 5.001e-5, "{metric}: {value}");
    }
}
