//! What distinguishes the methods, held to what they are made of.

use std::collections::BTreeSet;

use super::super::digits::digits;
use super::super::layers::Phase;
use super::inner::{OnBatches, leaf, pass, weights};
use super::*;
use crate::bilevel::{InnerProblem, InnerStep, Level};
use crate::objective::supernet::Activation;
use crate::search::supernet::Method;

fn training(epochs: u32) -> Training {
    Training { channels: 4, epochs, batch_size: 32, train_images: Some(160), ..Training::default() }
}

fn search(method: Method, epochs: u32) -> SharedWeights {
    with(method.options(), epochs)
}

fn with(options: Options, epochs: u32) -> SharedWeights {
    let space = Space::named("nas-bench-201").unwrap();
    let split = Split::new(&digits(), &training(epochs), 1).unwrap();
    SharedWeights::new(&space, &options, &training(epochs), split, 5).unwrap()
}

fn epoch(number: u32) -> Trial {
    let trial = Trial::evaluate(u64::from(number), Architecture::new([0; 6]), 0).with_epochs(Some(number));
    Trial { purpose: Purpose::Train, ..trial }
}

fn progress(shared: &mut SharedWeights, number: u32) -> Progress {
    shared.answer(&epoch(number)).unwrap().progress.unwrap()
}

#[test]
fn along_a_path_and_at_a_corner_only_the_chosen_operations_run() {
    let shared = search(Method::Gdas, 1);
    let mut learner = shared.begin().unwrap();
    let (part, images) = (shared.split.train(), (0..32).collect::<Vec<_>>());
    let batch = shared.batch(part, &images, &learner.network);
    // 1 × 1, 3 × 3, skip, none, pool, 3 × 3: the convolutions of an edge are numbered 0 and 1.
    let path = vec![2, 3, 1, 0, 4, 3];
    let mut corner = vec![0.0; 30];
    path.iter().enumerate().for_each(|(edge, choice)| corner[5 * edge + choice] = 1.0);
    let ran = |passed: &inner::Passed, network: &mut Network| {
        let slots = network.slots();
        let with_gradient = slots.iter().filter(|slot| slot.flat_gradient(&passed.gradients).is_some());
        let edge = |name: &str| Some(name.strip_prefix("cells.0.edges.")?.split(".op").next()?.to_owned());
        with_gradient.filter_map(|slot| edge(&slot.name)).collect::<BTreeSet<_>>()
    };
    let wanted: BTreeSet<String> = ["0.0", "1.1", "5.1"].map(str::to_owned).into();
    let passed = pass(&learner.network, &batch, &Mix::Path(path.clone()));
    assert_eq!(ran(&passed, &mut learner.network), wanted);
    let point = Point::Soft(Mixture(corner));
    let passed = pass(&learner.network, &batch, &shared.mix(&learner, &point));
    assert_eq!(ran(&passed, &mut learner.network), wanted);
    let slopes = wait(passed.slopes()).unwrap();
    for (edge, choice) in path.iter().enumerate() {
        let others = (0..5).filter(|k| k != choice).map(|k| slopes[5 * edge + k]);
        assert!(others.into_iter().all(|slope| slope == 0.0), "{edge}: {slopes:?}");
    }
    assert!(slopes[2] != 0.0 && slopes[8] != 0.0);
    // Of a mixture every operation runs.
    let all = pass(&learner.network, &batch, &Mix::Shares(leaf(&[0.2; 30], &learner.network)));
    assert_eq!(ran(&all, &mut learner.network).len(), 12);
}

#[test]
fn a_corner_has_the_loss_of_its_path() {
    for method in [Method::DartsV1, Method::Gdas, Method::PcDarts] {
        let shared = search(method, 1);
        let learner = shared.begin().unwrap();
        let (part, images) = (shared.split.train(), (0..32).collect::<Vec<_>>());
        let batch = shared.batch(part, &images, &learner.network);
        // Without a `none`, which lets a part of the channels by in a mixture and along a path is no edge.
        let path = vec![2, 3, 1, 2, 4, 3];
        // Weights of edges are 1 along a path.
        let mut shares = vec![0.0; if method == Method::PcDarts { 36 } else { 30 }];
        path.iter().enumerate().for_each(|(edge, choice)| shares[5 * edge + choice] = 1.0);
        shares[30..].iter_mut().for_each(|weight| *weight = 1.0);
        let loss = |mix: &Mix| wait(pass(&learner.network, &batch, mix).loss()).unwrap();
        let (hard, soft) = (loss(&Mix::Path(path)), loss(&Mix::Shares(leaf(&shares, &learner.network))));
        assert!((hard - soft).abs() < 1e-5, "{method:?}: {hard} {soft}");
    }
}

#[test]
fn what_is_not_asked_for_changes_no_bit_of_what_is() {
    for (space, method) in [
        ("nas-bench-201", Method::DartsV1),
        ("nas-bench-201", Method::Gdas),
        ("darts", Method::DartsV1),
        ("darts", Method::PcDarts),
        ("darts", Method::Gdas),
    ] {
        let training = training(1);
        let split = Split::new(&digits(), &training, 1).unwrap();
        let space = Space::named(space).unwrap();
        let shared = SharedWeights::new(&space, &method.options(), &training, split, 5).unwrap();
        let mut learner = shared.begin().unwrap();
        let (part, images) = (shared.split.train(), (0..32).collect::<Vec<_>>());
        let batch = shared.batch(part, &images, &learner.network);
        let (choices, operations) = (shared.cells.choices(), shared.cells.choices().choices_in_all());
        let count = learner.policy.parameters().len();
        let mixture: Vec<f64> = (0..count).map(|place| 0.1 + 0.001 * place as f64).collect();
        let corner = |choice: usize| -> Vec<f64> {
            let mut shares = vec![0.0; count];
            shares[operations..].iter_mut().for_each(|weight| *weight = 1.0);
            (0..choices.length()).for_each(|edge| shares[choices.offset(edge) + choice] = 1.0);
            shares
        };
        // The last of nothing but zeros, on which only the classifier's weights have a say.
        for (index, shares) in [mixture, corner(3), corner(0)].into_iter().enumerate() {
            let mix = shared.mix(&learner, &Point::Soft(Mixture(shares)));
            let passes = [
                pass(&learner.network, &batch, &mix),
                pass(&learner.network, &batch, &mix.clone().without_slopes()),
                pass(&learner.network.clone().judging(), &batch, &mix),
            ];
            let [loss, weightless, slopeless] = passes.each_ref().map(|passed| wait(passed.loss()).unwrap());
            assert!(loss == weightless && loss == slopeless, "{method:?}");
            let [slopes, none, alone] = passes.each_ref().map(|passed| wait(passed.slopes()).unwrap());
            assert!(slopes.iter().any(|slope| *slope != 0.0) || index == 2, "{method:?}");
            assert!(none.iter().all(|slope| *slope == 0.0) && slopes == alone, "{method:?}: other slopes");
            let slots = learner.network.slots();
            let of = |passed: &inner::Passed| -> Vec<_> {
                slots.iter().map(|slot| slot.gradient(&passed.gradients)).collect()
            };
            let [gradients, same, few] = passes.each_ref().map(of);
            assert!(gradients == same, "{method:?}: other gradients");
            // A convolution of the cells has none, and that of the classifier does.
            assert_eq!(few.iter().flatten().count(), 2);
        }
    }
}

#[test]
fn of_pc_darts_a_quarter_of_the_channels_passes() {
    let whole = search(Method::DartsV1, 1).blueprint().parameters();
    let shared = search(Method::PcDarts, 1);
    // The convolutions of the cells have a sixteenth of the weights; stem, reductions and head are the same.
    let cells = |c: u64| 6 * (c * c + 9 * c * c);
    let of_cells = cells(4) + cells(8) + cells(16);
    assert_eq!(whole - shared.blueprint().parameters(), of_cells - of_cells / 16);
    // An edge of zeros lets the other channels by: a cell of nothing else is no zero.
    let mut learner = shared.begin().unwrap();
    let (part, images) = (shared.split.train(), (0..8).collect::<Vec<_>>());
    let input = shared.input(part, &images, &learner.network);
    let zeros: Vec<f64> = (0..36).map(|place| f64::from(u8::from(place % 5 == 0 || place >= 30))).collect();
    let none = Mix::Shares(leaf(&zeros, &learner.network));
    let logits = learner.network.forward_mixed(input.clone(), &none, Phase::Train);
    let other = learner.network.forward_mixed(input.flip([0]), &none, Phase::Train);
    let apart = (logits - other).abs().max().into_scalar::<f32>();
    assert!(apart > 1e-3, "what is seen depends on the images");
}

#[test]
fn the_policy_stands_still_in_the_warm_up() {
    let options = Options { warm_up: 0.5, ..Method::DartsV1.options() };
    let mut shared = with(options, 4);
    let policies: Vec<Vec<f64>> = (1..=4).map(|number| progress(&mut shared, number).policy).collect();
    let start =
        with(Options { warm_up: 0.5, ..Method::DartsV1.options() }, 4).begin().unwrap().policy.parameters().to_vec();
    assert!(start.iter().all(|logit| *logit != 0.0 && logit.abs() < 0.01), "as DARTS has them: {start:?}");
    assert_eq!([&policies[0], &policies[1]], [&start, &start]);
    assert!(policies[2] != start && policies[2] != policies[3]);
    // That of rsps never moves.
    let mut shared = search(Method::Rsps, 2);
    assert_eq!(progress(&mut shared, 1).policy, progress(&mut shared, 2).policy);
}

#[test]
fn the_baseline_of_a_controller_moves() {
    for method in [Method::Enas, Method::ReinforceSupernet] {
        let mut shared = search(method, 1);
        let before = shared.begin().unwrap().estimator.state();
        shared.answer(&epoch(1)).unwrap();
        let after = shared.learner.as_ref().unwrap().estimator.state();
        assert_ne!(before["baseline"], after["baseline"], "{method:?}");
    }
}

#[test]
fn a_single_level_learns_from_training_images_alone() {
    let of = |validation: usize| {
        let space = Space::named("nas-bench-201").unwrap();
        // The same training images whatever the validation part is: only that is taken before them.
        let training = Training { validation_images: Some(validation), ..training(1) };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let options = Method::Snas.options();
        (SharedWeights::new(&space, &options, &training, split, 5).unwrap(), training)
    };
    let (mut one, _) = of(100);
    let policy = progress(&mut one, 1).policy;
    assert!(policy.iter().any(|logit| *logit != 0.0));
    // With a price of everything, what costs nothing wins.
    let mut dear = with(Options { cost_weight: 1000.0, ..Method::Snas.options() }, 6);
    let policy = progress(&mut dear, 6).policy;
    for row in policy.chunks(5) {
        assert!(row[3] < row[2] && row[2] < row[0].max(row[1]).max(row[4]), "{policy:?}");
    }
}

/// d/dx of x ↦ L_val(w − ξ ∇L_train(w, x), x) by differences in x, beside what `darts-v2` says.
#[test]
fn the_second_order_is_the_slope_through_a_step_of_the_weights() {
    let mut shared = search(Method::DartsV2, 1);
    shared.blueprint.style.activation = Activation::Silu;
    let learner = shared.begin().unwrap();
    let images: Vec<usize> = (0..64).collect();
    let train = shared.batch(shared.split.train(), &images, &learner.network);
    let validation = shared.batch(shared.split.validation(), &images, &learner.network);
    let mut network = learner.network.clone();
    let at = wait(weights(&mut network)).unwrap();
    let mut problem = OnBatches { network, train: &train, validation: &validation };
    let (x, rate) = (vec![0.2; 30], 0.5);
    let ahead = |problem: &mut OnBatches<'_>, x: &[f64]| {
        let step = wait(problem.gradients(Level::Train, &at, x)).unwrap();
        let next: Vec<f64> = at.iter().zip(&step.weights).map(|(w, g)| w - rate * g).collect();
        wait(problem.gradients(Level::Validation, &next, x)).unwrap()
    };
    let inner = InnerStep::sgd(rate);
    let estimate = |problem: &mut OnBatches<'_>, options: &Options| {
        wait(options.hypergradient.estimate(problem, &at, &x, &inner)).unwrap().gradient
    };
    let second = estimate(&mut problem, &Method::DartsV2.options());
    let without = ahead(&mut problem, &x).outer;
    let mut random = crate::random::Stream::new(3, "directions", 0);
    let mut errors = [0.0, 0.0];
    for _ in 0..12 {
        let direction: Vec<f64> = x.iter().map(|_| random.normal()).collect();
        let along = |vector: &[f64]| vector.iter().zip(&direction).map(|(a, b)| a * b).sum::<f64>();
        let moved = |by: f64| x.iter().zip(&direction).map(|(x, d)| x + by * d).collect::<Vec<_>>();
        let ends = [0.01, -0.01].map(|by| ahead(&mut problem, &moved(by)).loss);
        let slope = (ends[0] - ends[1]) / 0.02;
        for (error, gradient) in errors.iter_mut().zip([&second, &without]) {
            let apart = along(gradient) - slope;
            *error += apart * apart;
        }
    }
    // What the step of the weights adds is nearly all of what the first order lacks.
    assert!(errors[0] < 0.02 * errors[1], "{errors:?}");
}

#[test]
fn the_largest_eigenvalue_is_that_of_the_dense_hessian_on_a_smooth_network() {
    let mut shared = search(Method::DartsV1, 2);
    shared.blueprint.style.activation = Activation::Silu;
    let progress = progress(&mut shared, 2);
    let learner = shared.learner.as_ref().unwrap();
    let policy = learner.policy.as_categorical().unwrap();
    let images: Vec<usize> = (0..shared.training.batch_size).collect();
    let batch = shared.batch(shared.split.validation(), &images, &learner.network);
    let gradient = |logits: &[f64]| {
        let mut moved = policy.clone();
        moved.update(&mut |to| to.copy_from_slice(logits));
        let mix = Mix::Shares(leaf(moved.all_probabilities(), &learner.network));
        let slopes = wait(pass(&learner.network, &batch, &mix).slopes()).unwrap();
        instruments::in_logits(&moved, &slopes)
    };
    // Column by column, at another radius than the instrument has.
    let logits = policy.parameters();
    let column = |k: usize| {
        let at = |by: f64| {
            let mut moved = logits.to_vec();
            moved[k] += by;
            gradient(&moved)
        };
        at(0.02).iter().zip(at(-0.02)).map(|(a, b)| (a - b) / 0.04).collect::<Vec<f64>>()
    };
    let hessian: Vec<Vec<f64>> = (0..30).map(column).collect();
    // The largest eigenvalue by power iteration of the Hessian moved so far up that it is the largest in size too.
    let bound: f64 = hessian.iter().flatten().map(|x| x.abs()).sum();
    let mut vector = vec![1.0; 30];
    (0..30).for_each(|k| vector[k] += 0.01 * k as f64);
    let mut largest = 0.0;
    for _ in 0..20_000 {
        let next: Vec<f64> =
            (0..30).map(|i| bound * vector[i] + (0..30).map(|j| hessian[i][j] * vector[j]).sum::<f64>()).collect();
        let length = crate::numeric::sqrt(next.iter().map(|x| x * x).sum());
        largest = length - bound;
        vector = next.into_iter().map(|x| x / length).collect();
    }
    let got = progress.instruments["eigenvalue"];
    assert!((got - largest).abs() < 0.01 * largest, "{got} for {largest}");
}

#[test]
fn a_search_goes_on_from_its_checkpoint_to_the_same_bits() {
    for method in [Method::DartsV2, Method::Gdas, Method::PcDarts, Method::Enas, Method::RelaxSupernet] {
        let mut undisturbed = search(method, 3);
        let answers: Vec<Answer> = (1..=3).map(|number| undisturbed.answer(&epoch(number)).unwrap()).collect();
        let mut first = search(method, 3);
        assert_eq!(first.checkpoint_now(), None, "nothing was trained");
        first.answer(&epoch(2)).unwrap();
        let bytes = first.checkpoint_now().unwrap();
        let mut resumed = search(method, 3);
        resumed.restore(&bytes).unwrap();
        assert_eq!(resumed.checkpoint_now().unwrap(), bytes);
        // An epoch that was trained and not told is answered from there.
        assert_eq!(resumed.answer(&epoch(2)).unwrap(), answers[1], "{method:?}");
        assert_eq!(resumed.answer(&epoch(3)).unwrap(), answers[2], "{method:?}");
        let judged = |shared: &mut SharedWeights| {
            shared.answer(&Trial::evaluate(9, Architecture::new([3, 1, 2, 4, 0, 3]), 0).with_epochs(Some(3))).unwrap()
        };
        assert_eq!(judged(&mut resumed), judged(&mut undisturbed));
        // One that is asked about an earlier epoch begins anew.
        assert_eq!(resumed.answer(&epoch(1)).unwrap(), answers[0], "{method:?}");
    }
}

#[test]
fn operations_beside_a_gap_do_not_count() {
    let cells = Cells::of(&Space::named("nas-bench-201").unwrap()).unwrap();
    let weights = |choices: [u8; 6]| instruments::shape(&cells, &Architecture::new(choices))[1].1;
    assert_eq!(weights([0, 0, 2, 0, 3, 1]), 0.0, "nothing leaves the input");
    assert_eq!(weights([1, 0, 2, 0, 3, 1]), 2.0);
    assert_eq!(weights([1, 0, 0, 0, 1, 3]), 0.0, "a convolution of nothing is not there");
}

#[test]
fn a_checkpoint_goes_on_on_another_device() {
    let mut lost = search(Method::Gdas, 2);
    lost.answer(&epoch(1)).unwrap();
    lost.training.device = crate::objective::DeviceName::Webgpu;
    let bytes = lost.checkpoint_now().unwrap();
    let mut here = search(Method::Gdas, 2);
    here.restore(&bytes).unwrap();
    assert_eq!(here.answer(&epoch(2)).unwrap(), {
        let mut undisturbed = search(Method::Gdas, 2);
        undisturbed.answer(&epoch(2)).unwrap()
    });
}

#[test]
fn a_checkpoint_of_another_search_is_refused() {
    let mut shared = search(Method::DartsV1, 2);
    shared.answer(&epoch(1)).unwrap();
    let bytes = shared.checkpoint_now().unwrap();
    let error = search(Method::DartsV2, 2).restore(&bytes).unwrap_err();
    assert_eq!(error, "it is of another search: other options, images or seed");
    let error = search(Method::DartsV1, 2).restore(&bytes[..bytes.len() / 2]).unwrap_err();
    assert!(error.starts_with("not a file of safetensors: "), "{error}");
    let bare = safetensors::serialize(Vec::<(&str, safetensors::tensor::TensorView<'_>)>::new(), None).unwrap();
    let error = search(Method::DartsV1, 2).restore(&bare).unwrap_err();
    assert_eq!(error, "it is no checkpoint of a search that trains a supernet");
}

#[test]
fn every_space_of_cells_is_searched() {
    for (name, method) in [("darts", Method::DartsV1), ("darts", Method::PcDarts), ("dense-20x7", Method::Gdas)] {
        let space = Space::named(name).unwrap();
        let training = Training { train_images: Some(64), validation_images: Some(32), ..training(1) };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let mut shared = SharedWeights::new(&space, &method.options(), &training, split, 5).unwrap();
        let progress = progress(&mut shared, 1);
        assert!(space.contains(&progress.architecture), "{name}");
        let judged = shared.answer(&Trial::evaluate(1, progress.architecture, 0).with_epochs(Some(1))).unwrap();
        assert!(judged.values.iter().all(|value| value.is_finite()), "{name}");
    }
}

#[test]
fn what_cannot_be_searched_is_refused_in_words() {
    let refused = |space: &str, options: &Options, training: &Training| {
        let split = Split::new(&digits(), training, 1).unwrap();
        SharedWeights::new(&Space::named(space).unwrap(), options, training, split, 1).unwrap_err().to_string()
    };
    let darts = Method::DartsV1.options();
    assert!(refused("sequence:6x5", &darts, &training(1)).ends_with("and this is sequence:6x5; choose one of those"));
    let text = refused("nas-bench-201", &Method::PcDarts.options(), &Training { channels: 6, ..training(1) });
    assert_eq!(text, "channels must be a multiple of partial_channels, got 6 for 4");
    let exact = Options { hypergradient: Hypergradient::Exact(Default::default()), ..darts };
    let text = refused("nas-bench-201", &exact, &training(1));
    assert!(text.starts_with("hypergradient `exact` takes up to 2000 weights, and this supernet has 24982;"), "{text}");
    let mut shared = search(Method::DartsV1, 1);
    let text = shared.answer(&epoch(2)).unwrap_err().to_string();
    assert_eq!(text, "failed: epoch 2 is asked for, and the supernet has 1; ask for 1 to 1");
}
