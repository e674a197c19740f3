//! What is measured after every epoch of a search that trains a supernet.

use burn::module::Module;

use super::super::mix::Mix;
use super::super::reading::Lost;
use super::super::trained::Score;
use super::inner::{leaf, pass};
use super::judge::judge;
use super::{Learner, SharedWeights};
use crate::bilevel::largest_eigenvalue;
use crate::estimator::add_back;
use crate::objective::Instruments;
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::search::supernet::{self, BatchNormPolicy};
use crate::space::{Architecture, Cells, Operation};

/// Validation images of the losses.
const IMAGES: usize = 256;
/// The most validation images of the curvature; no more than a step has, so that it takes no more memory.
const CURVATURE_IMAGES: usize = 64;
/// Architectures whose mean loss is taken for the expected one.
const SAMPLES: u64 = 4;
/// Products with the Hessian.
const PRODUCTS: usize = 6;
/// How far the logits go to either side in a difference of gradients.
const RADIUS: f64 = 0.05;

/// Everything, by name, with the score of what would be derived.
///
/// - `train_loss`, nats: the mean of the epoch's steps;
/// - `relaxed_loss`, `expected_loss`, `derived_loss`, nats: of the mixture p, the mean of four draws, of what would be derived; the
///   first, and what is made of it, where the search runs mixtures at all;
/// - `relaxed_accuracy`, `derived_accuracy`, %: of the mixture and of what would be derived; `discretisation_gap`, nats: derived less relaxed;
/// - `generalisation_gap`, nats: the relaxed loss, or where there is none the expected one, less that of training;
/// - `entropy`, nats; `spread`: Σ (1 − ‖p‖²) over the edges;
/// - `skip_share`: the mean probability of a skip over the edges that have the choice; `skip_lead`, how far it is from 1 / K, 0, to
///   1; `derived_skips`, the skips of the derived normal cell; `derived_weights`, the operations with weights of the
///   derived cells;
/// - `eigenvalue`: the largest of ∇²_α of the validation loss;
/// - `missed_steps`: steps of the policy since the start that had no finite answer.
pub(super) async fn measured(
    shared: &SharedWeights,
    learner: &Learner,
    epoch: u32,
    train_loss: f64,
) -> Result<(Score, Instruments), Lost> {
    let mut instruments = Instruments::new();
    let mut note = |name: &str, value: f64| {
        instruments.insert(name.to_owned(), value);
    };
    let (policy, cells) = (learner.policy.as_ref(), &shared.cells);
    let plain = learner.network.clone().no_grad();
    // With the statistics of the images at hand, as the losses of the steps are.
    let of = |mix: Mix| {
        let network = plain.clone();
        async move { judge(network, &mix, BatchNormPolicy::Batch, &shared.blueprint, &shared.split, IMAGES).await }
    };
    let derived = supernet::derive(cells, policy);
    let path = cells.path(&derived);
    let of_derived = of(Mix::Path(indices(&path))).await?;
    note("train_loss", train_loss);
    note("derived_loss", of_derived.loss);
    note("derived_accuracy", of_derived.accuracy);
    note("entropy", policy.entropy().nats());
    let mut random = Stream::new(shared.seed, "expected loss", u64::from(epoch));
    let mut expected = 0.0;
    for _ in 0..SAMPLES {
        let draw = shared.path_of(policy, &policy.sample(&mut random));
        expected += of(Mix::Path(draw)).await?.loss / SAMPLES as f64;
    }
    note("expected_loss", expected);
    for (name, value) in shape(cells, &path) {
        note(name, value);
    }
    let mut unseen = expected;
    if let Some(categorical) = shared.relaxed(policy) {
        let p = categorical.all_probabilities();
        let relaxed = of(Mix::Shares(leaf(p, &plain).inner())).await?;
        unseen = relaxed.loss;
        note("relaxed_loss", relaxed.loss);
        note("relaxed_accuracy", relaxed.accuracy);
        note("discretisation_gap", of_derived.loss - relaxed.loss);
        note("eigenvalue", eigenvalue(shared, learner, categorical).await?);
    }
    let squares = |row: &Vec<f64>| row.iter().map(|p| p * p).sum::<f64>();
    let rows = policy.space().length().min(cells.choices().length());
    note("spread", policy.marginals().iter().take(rows).map(|row| 1.0 - squares(row)).sum());
    note("missed_steps", f64::from(learner.missed));
    note("generalisation_gap", unseen - train_loss);
    if let Some([share, lead]) = skip_share(shared, policy) {
        note("skip_share", share);
        note("skip_lead", lead);
    }
    Ok((of_derived, instruments))
}

/// The operation of each edge.
pub(super) fn indices(path: &Architecture) -> Vec<usize> {
    path.choices().iter().map(|choice| usize::from(*choice)).collect()
}

/// Skips of the normal cell and operations with weights of all cells, among the edges that carry something of an input to an
/// output.
pub(super) fn shape(cells: &Cells, path: &Architecture) -> [(&'static str, f64); 2] {
    let carries = cells.carries(path);
    let (mut skips, mut weights) = (0, 0);
    for (((kind, edge), choice), carries) in cells.edges().zip(path.choices()).zip(carries) {
        let operation = edge.operations[usize::from(*choice)];
        skips += u32::from(carries && kind == 0 && operation == Operation::Skip);
        weights += u32::from(carries && operation.has_weights());
    }
    [("derived_skips", f64::from(skips)), ("derived_weights", f64::from(weights))]
}

/// The mean probability of a skip over the edges that leave a choice of one, and how far it is from 1 / K, 0, to 1; nothing for a
/// policy that is not over edges.
fn skip_share(shared: &SharedWeights, policy: &dyn Policy) -> Option<[f64; 2]> {
    let cells = &shared.cells;
    if policy.space() == cells.space() && cells.space() != cells.choices() {
        return None;
    }
    let marginals = policy.marginals();
    let of_edge = |((_, edge), row): ((usize, &crate::space::Edge), &Vec<f64>)| {
        let skip = edge.operations.iter().position(|operation| *operation == Operation::Skip);
        let even = 1.0 / row.len() as f64;
        skip.filter(|_| row.len() > 1).map(|skip| [row[skip], (row[skip] - even) / (1.0 - even)])
    };
    let shares: Vec<[f64; 2]> = cells.edges().zip(&marginals).filter_map(of_edge).collect();
    let mean = |index: usize| shares.iter().map(|both| both[index]).sum::<f64>() / shares.len() as f64;
    (!shares.is_empty()).then(|| [mean(0), mean(1)])
}

/// The largest eigenvalue of ∇²_α of the validation loss of the mixture, by differences of its gradient over ± 0.05 in logits.
///
/// # Source
/// Zela et al. 2020, section 4.
async fn eigenvalue(shared: &SharedWeights, learner: &Learner, policy: &Categorical) -> Result<f64, Lost> {
    let part = shared.split.validation();
    let most = CURVATURE_IMAGES.min(shared.training.batch_size);
    let images: Vec<usize> = (0..part.len().min(most)).collect();
    let batch = shared.batch(part, &images, &learner.network);
    let network = learner.network.clone().judging();
    let logits = policy.parameters().to_vec();
    let mut random = Stream::new(shared.seed, "curvature", 0);
    let start: Vec<f64> = logits.iter().map(|_| random.normal()).collect();
    let product = |direction: Vec<f64>| {
        let (network, batch) = (&network, &batch);
        async move {
            let mut ends = Vec::with_capacity(2);
            for side in [RADIUS, -RADIUS] {
                let mut moved = policy.clone();
                moved.update(&mut |to| to.iter_mut().zip(&direction).for_each(|(to, d)| *to += side * d));
                let p = moved.all_probabilities();
                let mix = Mix::Shares(leaf(p, network));
                let slopes = pass(network, batch, &mix).slopes().await?;
                ends.push(in_logits(&moved, &slopes));
            }
            Ok(ends[0].iter().zip(&ends[1]).map(|(a, b)| (a - b) / (2.0 * RADIUS)).collect())
        }
    };
    largest_eigenvalue(&start, PRODUCTS, product).await
}

/// The gradient in the logits from the slopes in the shares.
pub(super) fn in_logits(policy: &Categorical, slopes: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; slopes.len()];
    add_back(policy.space(), policy.all_probabilities(), slopes, 1.0, &mut gradient);
    gradient
}
