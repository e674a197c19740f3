//! A packed table of whole numbers by columns, the form of the files in `core/data/nas_bench_201`.
//!
//! 8 bytes `bilevel` and a line feed; the length of a JSON header, u32, little endian; the header; a zlib stream. The
//! stream holds the columns one after the other, each as planes of one byte a row, the low bytes first. A column's code
//! is 0 for a missing number, else 1 + zigzag(n − m), where m is the same row's number in the column `less`, or 0.
//! `core/data/build_nas_bench_201.py` writes it.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::Deserialize;

const MAGIC: &[u8; 8] = b"bilevel\n";
const FORMAT: u32 = 1;
/// The most bytes that a stream may inflate to; the largest there is has 94 kB.
const LARGEST: usize = 16 << 20;

/// What the header says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    source: String,
    rows: usize,
    columns: Vec<Description>,
}

/// What the header says of one column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    unit: String,
    /// The value in `unit` is the number divided by this.
    per_unit: f64,
    /// The earlier column that was subtracted.
    less: Option<String>,
    /// How many planes the column has, 1 to 4.
    bytes: usize,
}

/// One column of an unpacked table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) per_unit: f64,
    /// `[rows]`; the value in `unit` is the number divided by `per_unit`.
    pub(super) numbers: Vec<Option<i64>>,
}

impl Column {
    /// The value in a row, in the column's unit; NaN where it is missing.
    pub(super) fn value(&self, row: usize) -> f64 {
        self.numbers[row].map_or(f64::NAN, |number| number as f64 / self.per_unit)
    }
}

/// Unpacks a file, which has to have `rows` rows.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn unpack(file: &[u8], rows: usize) -> Result<Vec<Column>, String> {
    let rest = file.strip_prefix(MAGIC).ok_or("the file does not start with `bilevel`")?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or("the file ends before its header")?;
    let length = u32::from_le_bytes(*length) as usize;
    let (header, stream) = rest.split_at_checked(length).ok_or("the file ends within its header")?;
    let header: Header = serde_json::from_slice(header).map_err(|error| format!("the header: {error}"))?;
    if header.format != FORMAT {
        return Err(format!("the file is of format {}; this version reads format {FORMAT}", header.format));
    }
    if header.rows != rows {
        return Err(format!("the table from {} has {} rows, not {rows}", header.source, header.rows));
    }
    for Description { name, bytes, per_unit, .. } in &header.columns {
        let possible = (1..=4).contains(bytes) && per_unit.is_finite() && *per_unit > 0.0;
        if !possible {
            return Err(format!("column `{name}`: {bytes} bytes and {per_unit} to the unit cannot be"));
        }
    }
    let width: usize = header.columns.iter().map(|column| column.bytes).sum();
    let size = width.checked_mul(rows).filter(|size| *size <= LARGEST);
    let size = size.ok_or_else(|| format!("{width} bytes a row, {rows} rows, are more than {LARGEST} bytes"))?;
    let stream = decompress_to_vec_zlib_with_limit(stream, size).map_err(|error| format!("the stream: {error}"))?;
    if stream.len() != size {
        return Err(format!("the stream has {} bytes, not {size}", stream.len()));
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut rest = stream.as_slice();
    for description in header.columns {
        let planes;
        (planes, rest) = rest.split_at(description.bytes * rows);
        let column = decode(description, planes, &columns, rows)?;
        columns.push(column);
    }
    Ok(columns)
}

fn decode(description: Description, planes: &[u8], earlier: &[Column], rows: usize) -> Result<Column, String> {
    let Description { name, unit, per_unit, less, bytes: _ } = description;
    let base = match less {
        None => None,
        Some(less) => Some(
            earlier
                .iter()
                .find(|column| column.name == less)
                .ok_or_else(|| format!("column `{name}` builds on `{less}`, which does not stand before it"))?,
        ),
    };
    let number = |row: usize| {
        let code = planes.iter().skip(row).step_by(rows).rev().fold(0, |code, byte| code << 8 | i64::from(*byte));
        if code == 0 {
            return Ok(None);
        }
        let base = base.map_or(Some(0), |base| base.numbers[row]);
        let base = base.ok_or_else(|| format!("column `{name}`, row {row}: there is nothing to build on"))?;
        Ok(Some(base + unzigzag(code - 1)))
    };
    let numbers = (0..rows).map(number).collect::<Result<_, String>>()?;
    Ok(Column { name, unit, per_unit, numbers })
}

/// 0, 1, 2, 3, 4, … as 0, −1, 1, −2, 2, …
fn unzigzag(code: i64) -> i64 {
    if code % 2 == 0 { code / 2 } else { -(code / 2) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows: `a` is 3 and −1, `b` is missing and a + 2.
    fn file(header: &str) -> Vec<u8> {
        let stream = [7, 2, 0, 5, 0, 0];
        let mut file = MAGIC.to_vec();
        file.extend((header.len() as u32).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(miniz_oxide::deflate::compress_to_vec_zlib(&stream, 9));
        file
    }

    const HEADER: &str = r#"{"format":1,"source":"here","rows":2,"columns":[
        {"name":"a","unit":"s","per_unit":10,"less":null,"bytes":1},
        {"name":"b","unit":"s","per_unit":10,"less":"a","bytes":2}]}"#;

    #[test]
    fn codes_become_numbers() {
        let columns = unpack(&file(HEADER), 2).unwrap();
        assert_eq!(columns[0].numbers, [Some(3), Some(-1)]);
        assert_eq!(columns[1].numbers, [None, Some(1)]);
        assert_eq!(columns[0].value(0), 0.3);
        assert!(columns[1].value(0).is_nan());
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        for (damage, replacement, message) in [
            ("\"format\":1", "\"format\":2", "the file is of format 2; this version reads format 1"),
            ("\"rows\":2", "\"rows\":3", "the table from here has 3 rows, not 2"),
            ("\"bytes\":1", "\"bytes\":0", "column `a`: 0 bytes and 10 to the unit cannot be"),
            ("\"bytes\":1", "\"bytes\":2", "the stream has 6 bytes, not 8"),
            ("\"bytes\":2", "\"bytes\":1", "the stream: "),
            ("\"per_unit\":10", "\"per_unit\":0", "column `a`: 1 bytes and 0 to the unit cannot be"),
            ("\"less\":\"a\"", "\"less\":\"b\"", "column `b` builds on `b`, which does not stand before it"),
            ("\"unit\"", "\"units\"", "the header: unknown field `units`"),
        ] {
            let error = unpack(&file(&HEADER.replacen(damage, replacement, 1)), 2).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_panics() {
        let whole = file(HEADER);
        for end in 0..whole.len() {
            assert!(unpack(&whole[..end], 2).is_err(), "the first {end} bytes were taken for a file");
        }
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[index] ^= 0x41;
            let _ = unpack(&damaged, 2);
        }
        let stream = whole.len() - 6;
        let mut damaged = whole;
        damaged[stream] ^= 1;
        assert!(unpack(&damaged, 2).is_err(), "the checksum was not looked at");
    }
}
