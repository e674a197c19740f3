//! `bilevel devices`: where networks can be trained, and whether they are trained rightly there.

use bilevel::network::{Agreement, devices};
use bilevel::objective::DeviceName;
use clap::Args;
use serde_json::{Value, json};

use crate::device::{here, in_a_process};
use crate::document;
use crate::exit::{Error, Exit};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only this device: cpu, vulkan, vulkan:N, cuda or cuda:N
    device: Option<DeviceName>,
    /// Train three steps there and on the processor, and compare
    #[arg(long)]
    check: bool,
    /// Ask in this very process; a driver that breaks takes it along
    #[arg(long, hide = true)]
    here: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let names = arguments.device.map_or_else(devices, |device| vec![device]);
    if arguments.here {
        let row = names.first().map_or(Value::Null, |name| here(*name, arguments.check));
        document::print(&row.to_string())?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Value> = names.iter().map(|name| in_a_process(*name, arguments.check)).collect();
    let good = |row: &Value| row["answers"] == true && row["agrees"] != false;
    if arguments.json {
        document::print_versioned(&json!({"devices": rows}))?;
    } else {
        rows.iter().try_for_each(|row| document::print(&words(row)))?;
    }
    // What was asked for by name has to be there.
    let failed = rows.iter().any(|row| !good(row)) && (arguments.check || arguments.device.is_some());
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn words(row: &Value) -> String {
    let name = row["device"].as_str().unwrap_or_default();
    let reason = row["reason"].as_str().unwrap_or_default();
    let differences = serde_json::from_value::<Differences>(row["differences"].clone()).ok();
    let rest = match (row["answers"] == true, &row["agrees"], differences) {
        (false, _, _) => format!("no: {reason}"),
        (true, Value::Null, _) => "answers".into(),
        (true, agrees, Some(Differences { logits, loss, gradient })) => {
            let verdict = if agrees == true { "agrees with" } else { "DIFFERS from" };
            let Agreement { logits: most_logits, loss: most_loss, gradient: most_gradient } = Agreement::TOLERANCE;
            format!(
                "{verdict} the processor over three steps: logits {logits:.1e} (at most {most_logits:.0e}), loss {loss:.1e} \
                 ({most_loss:.0e}), gradient {gradient:.1e} ({most_gradient:.0e})"
            )
        }
        (true, _, None) => format!("answers, and cannot be compared: {reason}"),
    };
    let parts = serde_json::from_value::<Vec<Part>>(row["parts"].clone()).unwrap_or_default();
    // On a device that agrees they would only say how f32 rounds.
    let wrong = parts.iter().filter(|part| row["agrees"] != true && part.largest() > MOST_OF_A_PART);
    let wrong = wrong.map(|Part { name, output, input, weights }| {
        format!("\n          {name:<28} result {output:.1e}, gradient in its input {input:.1e}, in its weights {weights:.1e}")
    });
    format!("{name:<10}{rest}{}", wrong.collect::<String>())
}

/// By which share the result or a gradient of a part may differ before it is named.
const MOST_OF_A_PART: f64 = 1e-4;

/// A part of a network as it comes back; what is no number comes as null.
#[derive(Debug, serde::Deserialize)]
struct Part {
    name: String,
    #[serde(deserialize_with = "number")]
    output: f64,
    #[serde(deserialize_with = "number")]
    input: f64,
    #[serde(deserialize_with = "number")]
    weights: f64,
}

impl Part {
    fn largest(&self) -> f64 {
        self.output.max(self.input).max(self.weights)
    }
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(|number: Option<f64>| number.unwrap_or(f64::INFINITY))
}

/// The differences as they come back.
#[derive(Debug, serde::Deserialize)]
struct Differences {
    logits: f64,
    loss: f64,
    gradient: f64,
}
