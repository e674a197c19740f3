//! Every law, held to every subject: a new variant of a specification is tested by being there.

use bilevel::laws;
use bilevel::space::{Space, SpaceSpec};
use proptest::prelude::*;

/// One test for each law of a suite.
macro_rules! hold {
    ($suite:ident: $($law:ident)+) => {
        mod $suite {
            use bilevel::laws;
            $(
                #[test]
                fn $law() {
                    if let Err(words) = laws::hold(laws::$suite::subjects(), laws::$suite::$law) {
                        panic!("{words}");
                    }
                }
            )+
        }
    };
}

hold!(space:
    texts_round_trip
    specifications_round_trip
    the_enumeration_agrees
    draws_are_uniform
    neighbours_differ_at_one_position
    a_mutant_is_a_uniform_neighbour
    mutilated_texts_are_read_or_refused
);

hold!(policy:
    probabilities_add_up_to_1
    the_score_is_the_gradient_of_log_p
    the_mean_score_is_0
    the_entropy_and_its_gradient_are_exact
    draws_have_their_probabilities
    the_mode_is_most_probable
    marginals_are_those_of_the_enumeration
    an_update_brings_all_up_to_date
    a_copy_goes_its_own_way
    extreme_parameters_give_numbers
);

hold!(estimator:
    the_claim_about_bias_is_true
    failures_at_random_bias_nobody
    failures_are_survived
    a_chain_by_dynamic_programming_is_that_by_enumeration
);

#[cfg(feature = "checkpoint")]
hold!(state:
    a_walk_goes_on_from_its_state
    another_state_is_refused
);

hold!(searcher:
    nothing_is_lost_with_many_in_flight
    a_searcher_is_a_function_of_its_seed
    two_searchers_share_nothing
    failures_only_are_survived
    small_spaces_are_searched_to_their_end
    no_nan_is_told
    specifications_round_trip
    it_finds_something_good
    it_beats_random_search
);

hold!(preset:
    a_name_is_its_options
    the_protocol_is_kept
    it_learns
);

hold!(halving:
    only_the_best_go_on
    it_beats_random_search_of_equal_epochs
);

hold!(objective:
    answers_are_finite_and_repeatable
    what_is_known_is_true
    points_outside_are_failures
    mixtures_extend_architectures
    expectations_are_those_of_the_enumeration
    specifications_round_trip
);

hold!(run:
    the_order_of_answers_does_not_matter
    a_log_cut_anywhere_is_resumed
    a_bare_run_is_the_same_run
    replay_finds_every_edit
);

#[test]
fn estimates_of_policies_agree_with_the_enumeration() {
    let law = laws::policy::estimates_agree_with_the_enumeration;
    laws::hold(laws::policy::larger_subjects(), law).unwrap();
}

#[test]
fn a_large_chain_agrees_with_central_differences() {
    laws::estimator::a_large_chain_agrees_with_central_differences().unwrap();
}

#[test]
fn a_bent_chain_is_an_objective_too() {
    laws::objective::mixtures_extend_architectures(&laws::objective::bent()).unwrap();
    laws::objective::expectations_are_those_of_the_enumeration(&laws::objective::bent()).unwrap();
}

/// What the texts of architectures are made of. Long pieces, so that a row of them comes far before it is refused.
const TOKENS: &[&str] = &[
    "Genotype(",
    "Genotype(normal=[",
    "normal=[",
    "reduce=[",
    "normal_concat=",
    "reduce_concat=",
    "range(2, 6)",
    "[2, 3, 4, 5]",
    "('sep_conv_3x3', 0)",
    "('skip_connect', 1), ",
    "(\"none\", 2), ",
    "('max_pool_3x3', 0), ('dil_conv_5x5', 1), ",
    "__import__('os')",
    "], ",
    ")",
    "'",
    "\"",
    "=",
    "\n",
    " ",
    ",",
    "|max_pool_3x3~0|",
    "skip_connect~1|",
    "+|",
    "none~0|",
    "3/6",
    "5/3,",
    "/",
    "0",
    "conv 3x3",
    "ß→|~+",
    "Genotype(reduce=[('sep_conv_3x3', 18446744073709551616)",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), field in "[|+~,/0-9a-zG_ \\-ß()\\[\\]='\"\n]{0,80}") {
        for space in laws::space::subjects() {
            for text in [&text, &field] {
                prop_assert_eq!(laws::space::a_text_is_read_or_refused(&space, text), Ok(()));
            }
        }
    }

    #[test]
    fn any_row_of_tokens_is_read_or_refused(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..60)) {
        let text = tokens.concat();
        for space in laws::space::subjects() {
            prop_assert_eq!(laws::space::a_text_is_read_or_refused(&space, &text), Ok(()));
        }
    }

    #[test]
    fn any_name_of_a_space_is_known_or_refused(text in any::<String>(), numbers in "sequence:[0-9x\\-+. ]{0,12}") {
        for text in [text, numbers] {
            match text.parse::<SpaceSpec>() {
                Ok(spec) => prop_assert!(Space::new(spec).is_ok()),
                Err(error) => prop_assert!(error.to_string().contains("sequence:LxK")),
            }
        }
    }

    #[test]
    fn any_json_is_a_space_or_refused(names in prop::collection::vec(any::<String>(), 0..4), count in 0usize..300) {
        let positions: Vec<_> = names
            .iter()
            .map(|name| {
                let choices: Vec<String> = (0..count).map(|k| format!("{name}{k}")).collect();
                serde_json::json!({"name": name, "choices": choices})
            })
            .collect();
        let spec = serde_json::from_value::<SpaceSpec>(serde_json::json!({"positions": positions})).unwrap();
        match Space::new(spec) {
            Ok(space) => prop_assert_eq!(laws::space::texts_round_trip(&space), Ok(())),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_layers_are_a_space_or_refused(
        names in prop::collection::vec((prop::option::of("[a-c.1-3 ]{0,3}"), 0usize..40, "[k/, .]{1,2}", 0usize..60), 0..4)
    ) {
        let layers: Vec<_> = names
            .iter()
            .map(|(name, repeat, choice, count)| {
                let choices: Vec<String> = (0..*count).map(|k| format!("{choice}{k}")).collect();
                // One in ten layers is repeated more often than memory has room for.
                let repeat = if *repeat < 4 { usize::MAX - repeat } else { *repeat };
                serde_json::json!({"name": name, "repeat": repeat, "positions": [{"name": "p", "choices": choices}]})
            })
            .collect();
        let spec = serde_json::from_value::<SpaceSpec>(serde_json::json!({"layers": layers})).unwrap();
        match Space::new(spec) {
            Ok(space) => {
                prop_assert_eq!(laws::space::texts_round_trip(&space), Ok(()));
                prop_assert_eq!(laws::space::specifications_round_trip(&space), Ok(()));
            }
            Err(error) => prop_assert!(error.to_string().contains("layer") || names.is_empty(), "{}", error),
        }
    }
}
