//! What changes of a value after it was built, as JSON that gives the same bits back: what a checkpoint keeps of it.
//!
//! A state has no options and no space. It is taken in by a value that was built of the same ones, and refused by one that
//! it does not fit.

#[cfg(feature = "checkpoint")]
use serde_json::{Number, Value};

/// The state of a struct, field by field; what is not named stays as it was built.
///
/// `state!(Part { fields })` stands beside a part of something. `state!("name": fields; waiting)` stands among the methods
/// of an estimator: the name that users know it by, and last the field of what waits, which has to fit the policy.
macro_rules! state {
    ($part:ident { $($field:ident),+ }) => {
        #[cfg(feature = "checkpoint")]
        impl $crate::state::State for $part {
            fn state(&self) -> serde_json::Value {
                $crate::state::of(&[$((stringify!($field), &self.$field)),+])
            }

            fn restore(&mut self, state: serde_json::Value) -> Result<(), String> {
                $crate::state::restore(state, &mut [$((stringify!($field), &mut self.$field)),+])
            }
        }
    };
    ($name:literal: $($field:ident),*; $waiting:ident) => {
        #[cfg(feature = "checkpoint")]
        fn state(&self) -> serde_json::Value {
            $crate::state::of(&[
                ("estimator", &$crate::state::Name($name)),
                $((stringify!($field), &self.$field),)*
                (stringify!($waiting), &self.$waiting),
            ])
        }

        #[cfg(feature = "checkpoint")]
        fn restore(&mut self, policy: &dyn Policy, state: serde_json::Value) -> Result<(), String> {
            let mut restored = self.clone();
            $crate::state::restore(state, &mut [
                ("estimator", &mut $crate::state::Name($name)),
                $((stringify!($field), &mut restored.$field),)*
                (stringify!($waiting), &mut restored.$waiting),
            ])?;
            restored.$waiting.fits(policy).map_err(|words| format!("{}: {words}", stringify!($waiting)))?;
            *self = restored;
            Ok(())
        }
    };
}
pub(crate) use state;

/// Something that changes after it was built.
#[cfg(feature = "checkpoint")]
pub trait State {
    /// What has changed.
    fn state(&self) -> Value;

    /// Becomes what the state is of, if it was built in the same way.
    ///
    /// # Errors
    /// If this is no state of it: what is wrong. It may have been taken in by half.
    fn restore(&mut self, state: Value) -> Result<(), String>;
}

/// The state of something by its parts.
#[cfg(feature = "checkpoint")]
pub(crate) fn of(parts: &[(&str, &dyn State)]) -> Value {
    parts.iter().map(|(name, part)| (*name, part.state())).collect()
}

/// Restores all parts, in their order.
///
/// # Errors
/// If one is missing, is none or is too many.
#[cfg(feature = "checkpoint")]
pub(crate) fn restore(state: Value, parts: &mut [(&str, &mut dyn State)]) -> Result<(), String> {
    let Value::Object(mut states) = state else { return Err("it must be a table".into()) };
    for (name, part) in parts {
        let state = states.remove(*name).ok_or_else(|| format!("{name} is missing"))?;
        part.restore(state).map_err(|words| format!("{name}: {words}"))?;
    }
    states.keys().next().map_or(Ok(()), |name| Err(format!("there is no {name} in it")))
}

/// A name, to be found again.
#[cfg(feature = "checkpoint")]
#[derive(Debug)]
pub(crate) struct Name(pub(crate) &'static str);

#[cfg(feature = "checkpoint")]
impl State for Name {
    fn state(&self) -> Value {
        self.0.into()
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        if state == self.0 { Ok(()) } else { Err(format!("it is of {state}, and this is {}", self.0)) }
    }
}

/// A number; JSON has none that is not finite, so that such a one is text.
#[cfg(feature = "checkpoint")]
impl State for f64 {
    fn state(&self) -> Value {
        Number::from_f64(*self).map_or_else(|| self.to_string().into(), Value::Number)
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        let number = match &state {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok().filter(|number: &f64| !number.is_finite()),
            _ => None,
        };
        *self = number.ok_or("it must be a number")?;
        Ok(())
    }
}

#[cfg(feature = "checkpoint")]
impl State for u32 {
    fn state(&self) -> Value {
        (*self).into()
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        *self = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }
}

#[cfg(feature = "checkpoint")]
impl State for bool {
    fn state(&self) -> Value {
        (*self).into()
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        *self = state.as_bool().ok_or("it must be true or false")?;
        Ok(())
    }
}

/// As many as it was built with.
#[cfg(feature = "checkpoint")]
impl<T: State> State for Vec<T> {
    fn state(&self) -> Value {
        self.iter().map(T::state).collect()
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        let Value::Array(states) = state else { return Err("it must be a list".into()) };
        if states.len() != self.len() {
            return Err(format!("it must be a list of {}, got {}", self.len(), states.len()));
        }
        self.iter_mut().zip(states).try_for_each(|(part, state)| part.restore(state))
    }
}

/// There if it was built with it.
#[cfg(feature = "checkpoint")]
impl<T: State> State for Option<T> {
    fn state(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::state)
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        match self {
            Some(part) => part.restore(state),
            None if state.is_null() => Ok(()),
            None => Err("it must be null".into()),
        }
    }
}

#[cfg(all(test, feature = "checkpoint"))]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_to_the_bit() {
        let numbers =
            [0.1, -0.0, 1.0, 5e-324, f64::MAX, 1.0 / 3.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].to_vec();
        let text = serde_json::to_string(&numbers.state()).unwrap();
        let mut restored = vec![0.0; numbers.len()];
        restored.restore(serde_json::from_str(&text).unwrap()).unwrap();
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&restored), bits(&numbers));
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let mut part = (vec![0.0; 2], Some(false), 0u32);
        let mut taken_in = |text: &str| {
            let parts: &mut [(&str, &mut dyn State)] =
                &mut [("name", &mut Name("a")), ("list", &mut part.0), ("flag", &mut part.1), ("count", &mut part.2)];
            restore(serde_json::from_str(text).unwrap(), parts)
        };
        for (text, words) in [
            ("[]", "it must be a table"),
            (r#"{"list": [1, 2]}"#, "name is missing"),
            (r#"{"name": "b"}"#, "name: it is of \"b\", and this is a"),
            (r#"{"name": "a", "list": 1}"#, "list: it must be a list"),
            (r#"{"name": "a", "list": [1]}"#, "list: it must be a list of 2, got 1"),
            (r#"{"name": "a", "list": [1, "2"]}"#, "list: it must be a number"),
            (r#"{"name": "a", "list": [1, 2], "flag": null}"#, "flag: it must be true or false"),
            (
                r#"{"name": "a", "list": [1, 2], "flag": true, "count": -1}"#,
                "count: invalid value: integer `-1`, expected u32",
            ),
            (r#"{"name": "a", "list": [1, 2], "flag": true, "count": 1, "more": 1}"#, "there is no more in it"),
        ] {
            assert_eq!(taken_in(text).unwrap_err(), words, "{text}");
        }
        taken_in(r#"{"name": "a", "list": [1, "inf"], "flag": true, "count": 3}"#).unwrap();
        assert_eq!(part, (vec![1.0, f64::INFINITY], Some(true), 3));
    }
}
