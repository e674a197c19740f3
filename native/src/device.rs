//! Whether a device answers, and whether it computes what the processor does: asked in a process of its own, since a
//! broken driver can end the one that asks.

use std::process::{Command, Stdio};

use bilevel::network::{Split, agreement, digits, part_differences, probe};
use bilevel::objective::{DeviceName, Training};
use bilevel::space::{Architecture, Cells, Space};
use serde_json::{Value, json};

use crate::exit::{Error, Exit};

/// The network that is compared: every operation once and one twice, on digits, three steps of 16 images.
const CELL: [u8; 6] = [3, 2, 1, 4, 0, 3];
const SEED: u64 = 7;

/// Refuses a device that does not answer, before anything is begun on it.
pub(crate) fn check(name: DeviceName) -> Result<(), Error> {
    if name.is_cpu() {
        return Ok(());
    }
    let row = in_a_process(name, false);
    if row["answers"] == true {
        return Ok(());
    }
    let reason = row["reason"].as_str().unwrap_or("it does not answer").to_owned();
    Err(Error::new(Exit::Usage, reason))
}

/// What a device says in a process of its own: a broken driver can end that.
pub(crate) fn in_a_process(name: DeviceName, check: bool) -> Value {
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

/// What a device says in this process.
pub(crate) fn here(name: DeviceName, check: bool) -> Value {
    if let Err(error) = probe(name) {
        return json!({"device": name, "answers": false, "reason": error.to_string()});
    }
    if !check {
        return json!({"device": name, "answers": true});
    }
    let training = Training { batch_size: 16, ..Training::default() };
    let compared = Split::new(&digits(), &training, SEED).map_err(|error| error.to_string()).and_then(|split| {
        let cells =
            Space::named("nas-bench-201").map_err(|error| error.to_string()).and_then(|space| Cells::of(&space))?;
        let apart = agreement(name, &cells, &Architecture::new(CELL), &training, &split, SEED);
        let parts = part_differences(name).map_err(|error| error.to_string())?;
        Ok((apart.map_err(|error| error.to_string())?, parts))
    });
    match compared {
        Ok((apart, parts)) => {
            json!({"device": name, "answers": true, "agrees": apart.holds(), "differences": apart, "parts": parts})
        }
        Err(reason) => json!({"device": name, "answers": true, "agrees": false, "reason": reason}),
    }
}
