//! `bilevel devices`: where networks can be trained, and whether they are trained rightly there.

use std::process::{Command, Stdio};

use bilevel::network::{Agreement, Split, agreement, devices, digits, probe};
use bilevel::objective::{DeviceName, Training};
use bilevel::space::Architecture;
use clap::Args;
use serde_json::{Value, json};

use crate::document;
use crate::exit::{Error, Exit};

/// The network that is compared: every operation once and one twice, on digits, three steps of 16 images.
const CELL: [u8; 6] = [3, 2, 1, 4, 0, 3];
const SEED: u64 = 7;

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

/// What a device says in a process of its own: a broken driver can end that.
fn in_a_process(name: DeviceName, check: bool) -> Value {
    let silent = |reason: String| json!({"device": name, "answers": false, "reason": reason});
    let Ok(program) = std::env::current_exe() else { return silent("this program cannot be found".into()) };
    let mut command = Command::new(program);
    command.args(["devices", &name.to_string(), "--here"]).stdin(Stdio::null());
    if check {
        command.arg("--check");
    }
    match command.output() {
        Err(error) => silent(format!("its process cannot start: {error}")),
        Ok(output) if !output.status.success() => {
            silent(format!("its process ended by {}: the driver is broken", output.status))
        }
        Ok(output) => {
            // Drivers like to talk on standard output; the row is the last line.
            let said = String::from_utf8_lossy(&output.stdout);
            let row = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
            row.unwrap_or_else(|| silent("its process said nothing".into()))
        }
    }
}

fn here(name: DeviceName, check: bool) -> Value {
    if let Err(error) = probe(name) {
        return json!({"device": name, "answers": false, "reason": error.to_string()});
    }
    if !check {
        return json!({"device": name, "answers": true});
    }
    let training = Training { batch_size: 16, ..Training::default() };
    let compared = Split::new(&digits(), &training, SEED).map_err(|error| error.to_string()).and_then(|split| {
        agreement(name, &Architecture::new(CELL), &training, &split, SEED).map_err(|error| error.to_string())
    });
    match compared {
        Ok(apart) => json!({"device": name, "answers": true, "agrees": apart.holds(), "differences": apart}),
        Err(reason) => json!({"device": name, "answers": true, "agrees": false, "reason": reason}),
    }
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
    format!("{name:<10}{rest}")
}

/// The differences as they come back.
#[derive(Debug, serde::Deserialize)]
struct Differences {
    logits: f64,
    loss: f64,
    gradient: f64,
}
