//! An epoch of a search that trains a supernet: steps of the weights, and of the policy before or after them.

use super::super::batch::batches;
use super::super::blueprint::BlueprintError;
use super::super::body::Network;
use super::super::mix::Mix;
use super::super::reading::Lost;
use super::super::train::{TrainError, Watch};
use super::super::trainer::cosine;
use super::inner::{Batch, OnBatches, Passed, leaf, pass, weights};
use super::{Learner, SharedWeights, is_corner};
use crate::bilevel::{Hypergradient, HypergradientError, InnerStep};
use crate::estimator::Reply;
use crate::numeric::Moments;
use crate::objective::{Mixture, Point};
use crate::random::Stream;
use crate::search::supernet::WeightsAt;

/// Where a step stands: its epoch from 1, and its number in the search from 0.
#[derive(Debug, Clone, Copy)]
struct Now {
    epoch: u32,
    step: usize,
    /// Of the weights.
    rate: f64,
}

/// Trains one epoch; the mean loss of its steps.
pub(super) async fn epoch(
    shared: &SharedWeights,
    learner: &mut Learner,
    epoch: u32,
    watch: &dyn Watch,
) -> Result<f64, TrainError> {
    let (options, seed) = (&shared.options, shared.seed);
    let (train, validation) = (shared.split.train(), shared.split.validation());
    let shuffled = |name: &str, count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        Stream::new(seed, name, u64::from(epoch)).shuffle(&mut order);
        order
    };
    let (order, judges) = (shuffled("batches", train.len()), shuffled("validation batches", validation.len()));
    let size = shared.training.batch_size;
    let steps: Vec<_> = batches(train.len(), size).collect();
    let judged: Vec<_> = batches(validation.len(), size).collect();
    let moves = epoch > options.frozen();
    let mut losses = Moments::default();
    let all = steps.len() * shared.epochs() as usize;
    for (number, range) in steps.iter().enumerate() {
        if watch.stop() {
            return Err(TrainError::Stopped { epoch });
        }
        let step = steps.len() * (epoch as usize - 1) + number;
        let now = Now { epoch, step, rate: cosine(shared.training.learning_rate, step, all) };
        let images = &order[range.clone()];
        let batch = shared.batch(train, images, &learner.network);
        let loss = if options.single_level {
            both(shared, learner, &batch, now, moves).await?
        } else {
            if moves && options.policy_steps.is_none() {
                let images = &judges[judged[number % judged.len()].clone()];
                let judge = shared.batch(validation, images, &learner.network);
                policy_step(shared, learner, &judge, &batch, now).await?;
            }
            weight_step(shared, learner, &batch, now).await?
        };
        if !loss.is_finite() {
            return Err(TrainError::Diverged { epoch, step: number + 1, loss: loss.to_string() });
        }
        losses.push(loss);
    }
    if moves {
        for number in 0..options.policy_steps.unwrap_or(0) as usize {
            let (range, train_range) = (&judged[number % judged.len()], &steps[number % steps.len()]);
            let (images, train_images) = (&judges[range.clone()], &order[train_range.clone()]);
            let judge = shared.batch(validation, images, &learner.network);
            let batch = shared.batch(train, train_images, &learner.network);
            let step = steps.len() * (epoch as usize - 1) + number;
            let rate = cosine(shared.training.learning_rate, steps.len() * epoch as usize, all);
            policy_step(shared, learner, &judge, &batch, Now { epoch, step, rate }).await?;
        }
    }
    Ok(losses.mean())
}

/// A stream for one step.
fn stream(shared: &SharedWeights, name: &str, now: Now) -> Stream {
    Stream::new(shared.seed, &format!("{name} of epoch {}", now.epoch), now.step as u64)
}

/// A step of the policy: all points of a plan are answered with the same weights on the same images.
async fn policy_step(
    shared: &SharedWeights,
    learner: &mut Learner,
    judge: &Batch<'_>,
    train: &Batch<'_>,
    now: Now,
) -> Result<(), TrainError> {
    let mut random = stream(shared, "policy step", now);
    let plan = learner.estimator.plan(learner.policy.as_ref(), &mut random);
    let mut replies = Vec::with_capacity(plan.points.len());
    for point in &plan.points {
        let reply = reply(shared, learner, point, judge, train, now).await?;
        // A loss that is no number is a point without an answer, not a step to nowhere.
        replies.push(Some(reply).filter(|reply| reply.loss.is_finite()));
    }
    learner.missed += u32::from(replies.contains(&None));
    learner.estimator.learn(plan, &replies);
    learner.follow(shared, &mut random);
    Ok(())
}

async fn reply(
    shared: &SharedWeights,
    learner: &Learner,
    point: &Point,
    judge: &Batch<'_>,
    train: &Batch<'_>,
    now: Now,
) -> Result<Reply, TrainError> {
    let policy = learner.policy.as_ref();
    let priced = |loss: f64, slopes: Option<Vec<f64>>| shared.priced(policy, point, loss, slopes);
    match (point, &shared.options.hypergradient) {
        (Point::Soft(Mixture(shares)), way) if !matches!(way, Hypergradient::FirstOrder(_)) => {
            let mut network = learner.network.clone();
            let at = weights(&mut network).await?;
            let velocity: Vec<f64> =
                learner.descent.values(&mut network).await?.concat().into_iter().map(f64::from).collect();
            let inner = InnerStep {
                learning_rate: now.rate,
                momentum: shared.training.momentum,
                velocity: &velocity,
                weight_decay: shared.training.weight_decay,
            };
            let mut problem = OnBatches { network, train, validation: judge };
            match way.estimate(&mut problem, &at, shares, &inner).await {
                Ok(estimate) => Ok(priced(estimate.loss, Some(estimate.gradient))),
                Err(HypergradientError::Problem(lost)) => Err(lost.into()),
                // The weights are where there is none: the step is missed, and counted.
                Err(HypergradientError::NotFinite | HypergradientError::Diverged { .. }) => Ok(priced(f64::NAN, None)),
                Err(error) => Err(TrainError::Blueprint(BlueprintError::Training(error.to_string()))),
            }
        }
        _ => Ok(passed(shared, learner, &learner.network.clone().judging(), point, judge).await?.0),
    }
}

/// The reply at a point with the weights as they are, and the pass through `network` that it is of.
async fn passed(
    shared: &SharedWeights,
    learner: &Learner,
    network: &Network,
    point: &Point,
    batch: &Batch<'_>,
) -> Result<(Reply, Passed), Lost> {
    let passed = pass(network, batch, &shared.mix(learner, point));
    let slopes = match point {
        Point::Hard(_) => None,
        Point::Soft(_) => Some(passed.slopes().await?),
    };
    let reply = shared.priced(learner.policy.as_ref(), point, passed.loss().await?, slopes);
    Ok((reply, passed))
}

/// A step of the weights; their loss before it.
async fn weight_step(
    shared: &SharedWeights,
    learner: &mut Learner,
    batch: &Batch<'_>,
    now: Now,
) -> Result<f64, TrainError> {
    let mut random = stream(shared, "weight step", now);
    let mix = match shared.options.weights_at {
        WeightsAt::Mean => {
            let p = learner.policy.as_categorical().map(|policy| policy.all_probabilities().to_vec());
            Mix::Shares(leaf(&p.unwrap_or_default(), &learner.network))
        }
        WeightsAt::Plan => {
            let plan = learner.estimator.plan(learner.policy.as_ref(), &mut random);
            shared.mix(learner, &plan.points[0])
        }
        WeightsAt::Policy => Mix::Path(shared.path_of(learner.policy.as_ref(), &learner.policy.sample(&mut random))),
        WeightsAt::Uniform => {
            let drawn = shared.cells.space().sample(&mut random);
            Mix::Path(super::instruments::indices(&shared.cells.path(&drawn)))
        }
    };
    let passed = pass(&learner.network, batch, &mix.without_slopes());
    learner.descend(&passed, now.rate);
    Ok(passed.loss().await?)
}

/// A step of policy and weights from the same images; the loss before it.
async fn both(
    shared: &SharedWeights,
    learner: &mut Learner,
    batch: &Batch<'_>,
    now: Now,
    moves: bool,
) -> Result<f64, TrainError> {
    let mut random = stream(shared, "step", now);
    let plan = learner.estimator.plan(learner.policy.as_ref(), &mut random);
    let mut replies = Vec::with_capacity(plan.points.len());
    let mut first: Option<Passed> = None;
    for point in &plan.points {
        let (reply, passed) = passed(shared, learner, &learner.network, point, batch).await?;
        replies.push(Some(reply).filter(|reply| reply.loss.is_finite()));
        first.get_or_insert(passed);
    }
    let loss = match &first {
        Some(passed) => {
            learner.descend(passed, now.rate);
            passed.loss().await?
        }
        None => f64::NAN,
    };
    learner.estimator.learn(plan, &replies);
    if moves {
        learner.follow(shared, &mut random);
    }
    Ok(loss)
}

impl Learner {
    /// A step of the weights along what was passed.
    fn descend(&mut self, passed: &Passed, rate: f64) {
        self.descent.step(&mut self.network, &passed.gradients, rate);
    }

    /// The steps of the policy that the estimator gives.
    fn follow(&mut self, shared: &SharedWeights, random: &mut Stream) {
        let mut gradient = vec![0.0; self.policy.parameters().len()];
        let decay = shared.options.decay;
        while self.estimator.gradient(self.policy.as_ref(), random, &mut gradient) {
            if !gradient.iter().all(|entry| entry.is_finite()) {
                continue;
            }
            let optimiser = &mut self.optimiser;
            self.policy.update(&mut |parameters| {
                gradient.iter_mut().zip(&*parameters).for_each(|(g, parameter)| *g += decay * parameter);
                optimiser.step(parameters, &gradient);
            });
        }
    }
}

impl SharedWeights {
    /// What the edges of the supernet do at a point.
    pub(super) fn mix(&self, learner: &Learner, point: &Point) -> Mix {
        match point {
            Point::Hard(h) => Mix::Path(self.path_of(learner.policy.as_ref(), h)),
            Point::Soft(Mixture(shares)) => {
                let leaf = leaf(shares, &learner.network);
                match is_corner(learner.policy.space(), shares).filter(|_| self.options.sampled_slopes) {
                    Some(choices) => Mix::Corner(choices, leaf),
                    None => Mix::Shares(leaf),
                }
            }
        }
    }
}
