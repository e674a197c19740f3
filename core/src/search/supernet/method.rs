//! The published methods by name: each a few lines of options.

use strum::{EnumMessage, IntoEnumIterator};

use super::{Options, WeightsAt};
use crate::bilevel::{Hypergradient, neumann, unrolled};
use crate::estimator::{EstimatorSpec, concrete, dirichlet, gumbel_rao, muprop, rebar, reinforce, relax};
use crate::search::preset::enas_controller;

/// A published search that trains a supernet, or one of the estimators of this crate put to that.
///
/// It stands wherever a searcher is named, with options that win over its own: `darts-v2`, `gdas:learning_rate=0.003`.
///
/// # Differs from the sources
/// The learning rates of their policies (3e-4 to 6e-4) are for some 20,000 steps; ours are for some hundred. Ranges of epochs are
/// shares of the search. Where a controller's reward was the accuracy of a batch, ours is its loss. Images are not augmented. The weights are trained as the objective says, along a cosine that ends at
/// 0, by plain momentum, with gradients no longer than 5.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumMessage, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Method {
    /// DARTS, first order: weights and policy in turn, at the mixture of the policy.
    DartsV1,
    /// DARTS, second order: the policy sees one step of the weights ahead.
    DartsV2,
    /// iDARTS: the inverse Hessian of the weights by a few terms of its series.
    Idarts,
    /// SNAS: noisy mixtures, weights and policy from the same images, and a price for operations.
    Snas,
    /// GDAS: one path forward, its noise backward.
    Gdas,
    /// PC-DARTS: a part of the channels, weights of edges, a warm-up.
    PcDarts,
    /// DrNAS: mixtures drawn from a Dirichlet distribution.
    Drnas,
    /// ENAS: paths that an LSTM draws, REINFORCE between epochs of the weights, candidates judged at the end.
    Enas,
    /// Random search with shared weights: uniform paths, candidates judged at the end.
    Rsps,
    /// REINFORCE on the shared weights, path by path.
    ReinforceSupernet,
    /// REBAR on the shared weights.
    RebarSupernet,
    /// RELAX on the shared weights.
    RelaxSupernet,
    /// MuProp on the shared weights: DARTS made unbiased.
    MupropSupernet,
}

/// Candidates that are judged at the end by those that draw some.
const CANDIDATES: u32 = 100;

impl Method {
    /// The name that a user knows it by.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// Where it comes from.
    pub fn source(self) -> &'static str {
        match self {
            Self::DartsV1 | Self::DartsV2 => "Liu, Simonyan and Yang 2019; quark0/darts",
            Self::Idarts => "Zhang, Su, Pan, Chang, Abbasnejad and Haffari 2021",
            Self::Snas => "Xie, Zheng, Liu and Lin 2019",
            Self::Gdas => "Dong and Yang 2019; D-X-Y/AutoDL-Projects, search_model_gdas.py",
            Self::PcDarts => "Xu, Xie, Zhang, Chen, Qi, Tian and Xiong 2020",
            Self::Drnas => "Chen, Wang, Cheng, Tang and Hsieh 2021",
            Self::Enas => "Pham, Guan, Zoph, Le and Dean 2018; melodyguan/enas",
            Self::Rsps => "Li and Talwalkar 2019",
            Self::ReinforceSupernet => "Bender et al. 2020 (TuNAS) without its warm-ups",
            Self::RebarSupernet => {
                "Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein 2017, as Vahdat et al. 2020 (UNAS) put it"
            }
            Self::RelaxSupernet => "Grathwohl, Choi, Wu, Roeder and Duvenaud 2018",
            Self::MupropSupernet => "Gu, Levine, Sutskever and Mnih 2016",
        }
    }

    /// The options that it stands for.
    pub fn options(self) -> Options {
        let of =
            |estimator: EstimatorSpec, weights_at: WeightsAt| Options { estimator, weights_at, ..Options::default() };
        let darts = Options::default();
        match self {
            Self::DartsV1 => darts,
            Self::DartsV2 => Options { hypergradient: Hypergradient::Unrolled(unrolled::Options::default()), ..darts },
            Self::Idarts => Options {
                hypergradient: Hypergradient::Neumann(neumann::Options { terms: 2, ..Default::default() }),
                ..darts
            },
            Self::Snas => Options {
                single_level: true,
                cost_weight: 0.1,
                ..of(
                    EstimatorSpec::Concrete(concrete::Options {
                        temperature: 1.0,
                        final_temperature: Some(0.03),
                        ..Default::default()
                    }),
                    WeightsAt::Plan,
                )
            },
            Self::Gdas => Options {
                sampled_slopes: true,
                ..of(
                    EstimatorSpec::GumbelRao(gumbel_rao::Options {
                        temperature: 10.0,
                        final_temperature: Some(0.1),
                        samples: 1,
                        ..Default::default()
                    }),
                    WeightsAt::Plan,
                )
            },
            Self::PcDarts => Options { partial_channels: 4, edge_weights: true, warm_up: 0.3, ..darts },
            Self::Drnas => of(EstimatorSpec::Dirichlet(dirichlet::Options::default()), WeightsAt::Plan),
            Self::Enas => {
                let controller = enas_controller();
                Options {
                    policy: controller.policy,
                    learning_rate: controller.optimiser.learning_rate,
                    beta1: controller.optimiser.beta1,
                    epsilon: controller.optimiser.epsilon,
                    decay: 0.0,
                    policy_steps: Some(30),
                    candidates: CANDIDATES,
                    ..of(controller.estimator, WeightsAt::Policy)
                }
            }
            Self::Rsps => Options {
                policy_steps: Some(0),
                candidates: CANDIDATES,
                uniform_candidates: true,
                ..of(EstimatorSpec::Reinforce(reinforce::Options::default()), WeightsAt::Uniform)
            },
            Self::ReinforceSupernet => of(EstimatorSpec::Reinforce(reinforce::Options::default()), WeightsAt::Policy),
            Self::RebarSupernet => of(EstimatorSpec::Rebar(rebar::Options::default()), WeightsAt::Policy),
            Self::RelaxSupernet => of(EstimatorSpec::Relax(relax::Options::default()), WeightsAt::Policy),
            Self::MupropSupernet => of(EstimatorSpec::MuProp(muprop::Options::default()), WeightsAt::Policy),
        }
    }

    /// The method that these options are of: those that distinguish it are as they are there, whatever the numbers.
    pub fn of(options: &Options) -> Option<Self> {
        let same = |method: &Self| {
            let its = method.options();
            let parts = |options: &Options| {
                let Options { weights_at, single_level, edge_weights, sampled_slopes, uniform_candidates, .. } =
                    *options;
                let names = (options.estimator.name(), options.hypergradient.name(), options.policy.is_default());
                let kinds = (weights_at, options.partial_channels > 1, options.policy_steps, options.candidates > 0);
                (names, kinds, [single_level, edge_weights, sampled_slopes, uniform_candidates])
            };
            parts(options) == parts(&its)
        };
        Self::iter().find(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::parse;
    use crate::search::SearcherSpec;

    #[test]
    fn a_name_is_read_as_the_options_that_it_stands_for_and_known_again() {
        for method in Method::iter() {
            let spec: SearcherSpec = parse(method.name()).unwrap();
            assert_eq!(spec, SearcherSpec::Supernet(method.options()), "{}", method.name());
            assert_eq!(spec.name(), method.name());
            let written = serde_json::to_string(&spec).unwrap();
            assert!(written.starts_with(r#"{"name":"supernet","#), "{written}");
            assert_eq!(serde_json::from_str::<SearcherSpec>(&written).unwrap(), spec);
            assert_eq!(method.options().check(), Ok(()), "{}", method.name());
        }
        let other: SearcherSpec = parse("darts-v2:learning_rate=0.02,hypergradient.epsilon=0.1").unwrap();
        assert_eq!(other.name(), "darts-v2", "with other numbers it is still that");
        let none: SearcherSpec = parse("darts-v2:weights_at=uniform").unwrap();
        assert_eq!(none.name(), "supernet");
    }

    #[test]
    fn what_distinguishes_them_is_in_their_options() {
        assert!(matches!(Method::DartsV2.options().hypergradient, Hypergradient::Unrolled(_)));
        assert!(matches!(Method::Idarts.options().hypergradient, Hypergradient::Neumann(_)));
        assert!(Method::Snas.options().single_level && Method::Snas.options().cost_weight > 0.0);
        assert!(Method::Gdas.options().sampled_slopes);
        assert_eq!(Method::PcDarts.options().partial_channels, 4);
        let fifty = Options { epochs: Some(50), ..Method::PcDarts.options() };
        assert_eq!(fifty.frozen(), 15);
        assert_eq!(Method::Rsps.options().policy_steps, Some(0));
    }
}
