//! `web/ts/core_types.ts`, `web/ts/searcher_types.ts` and `web/ts/figure_types.ts`, the TypeScript of the documents, from the
//! Rust types and their documentation.
//!
//! What serde does with a type is read from its attributes, as far as our documents use them: defaults, fields that are
//! left out, flattened fields, and enums that are words or are tagged by `name`. Anything else is a failure, and so is a
//! type that is used and not listed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::sync::LazyLock;

use syn::{Attribute, Expr, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type};

use crate::shell::{self, Failed};

/// The files, each with what stands at its head and the rooms of the core that its types are from.
const FILES: [(&str, &str, &[&str]); 3] = [
    ("web/ts/core_types.ts", CORE_HEAD, &["run", "objective", "space", "gradient"]),
    ("web/ts/figure_types.ts", FIGURE_HEAD, &["figure"]),
    ("web/ts/searcher_types.ts", SEARCHER_HEAD, &["search", "estimator", "policy", "optimiser.rs", "bilevel"]),
];

/// A file in `core/src`, a type in it, and what TypeScript calls it.
const TYPES: &[(&str, &str, &str)] = &[
    ("run/spec.rs", "RunSpec", "RunSpec"),
    ("run/spec.rs", "Order", "Order"),
    ("run/spec.rs", "Retrain", "Retrain"),
    ("run/budget.rs", "Budget", "Budget"),
    ("run/budget.rs", "Stop", "Stop"),
    ("run/line.rs", "Line", "Line"),
    ("run/summary.rs", "Summary", "Summary"),
    ("run/summary.rs", "Best", "Best"),
    ("objective/mod.rs", "Purpose", "Purpose"),
    ("objective/mod.rs", "Cost", "Cost"),
    ("objective/mod.rs", "Failure", "Failure"),
    ("objective/mod.rs", "FailureKind", "FailureKind"),
    ("objective/metric.rs", "Metric", "Metric"),
    ("objective/metric.rs", "Direction", "Direction"),
    ("objective/spec.rs", "ObjectiveSpec", "ObjectiveSpec"),
    ("objective/table/options.rs", "Options", "TableOptions"),
    ("objective/chain.rs", "Options", "ChainOptions"),
    ("objective/nk.rs", "Options", "NkOptions"),
    ("objective/nk.rs", "Neighbourhood", "Neighbourhood"),
    ("objective/toy.rs", "Options", "ToyOptions"),
    ("objective/supernet.rs", "Options", "SupernetOptions"),
    ("objective/supernet.rs", "Activation", "SupernetActivation"),
    ("objective/function.rs", "Options", "FunctionOptions"),
    ("objective/training.rs", "Training", "Training"),
    ("objective/scalarisation.rs", "ScalarisationSpec", "ScalarisationSpec"),
    ("objective/scalarisation.rs", "WeightedProduct", "WeightedProduct"),
    ("objective/scalarisation.rs", "Penalty", "Penalty"),
    ("objective/scalarisation.rs", "Constraint", "Constraint"),
    ("search/mod.rs", "SearcherSpec", "SearcherSpec"),
    ("search/preset.rs", "Preset", "Preset"),
    ("search/random.rs", "Options", "RandomOptions"),
    ("search/evolution.rs", "Options", "EvolutionOptions"),
    ("search/local.rs", "Options", "LocalOptions"),
    ("search/local.rs", "Move", "Move"),
    ("search/tpe.rs", "Options", "TpeOptions"),
    ("search/policy_gradient.rs", "Options", "PolicyGradientOptions"),
    ("optimiser.rs", "Options", "OptimiserOptions"),
    ("search/successive_halving.rs", "Options", "SuccessiveHalvingOptions"),
    ("search/rung.rs", "Options", "RungOptions"),
    ("search/supernet/mod.rs", "Options", "SupernetSearchOptions"),
    ("search/supernet/mod.rs", "WeightsAt", "WeightsAt"),
    ("search/supernet/mod.rs", "BatchNormPolicy", "BatchNormPolicy"),
    ("search/supernet/method.rs", "Method", "Method"),
    ("search/supernet/watch.rs", "Alarm", "Alarm"),
    ("search/supernet/watch.rs", "EarlyStopping", "EarlyStopping"),
    ("search/supernet/watch.rs", "EigenvalueRule", "EigenvalueRule"),
    ("search/supernet/watch.rs", "SkipRule", "SkipRule"),
    ("bilevel/mod.rs", "Hypergradient", "Hypergradient"),
    ("bilevel/first_order.rs", "Options", "FirstOrderOptions"),
    ("bilevel/unrolled.rs", "Options", "UnrolledOptions"),
    ("bilevel/neumann.rs", "Options", "NeumannOptions"),
    ("bilevel/conjugate_gradient.rs", "Options", "ConjugateGradientOptions"),
    ("bilevel/exact.rs", "Options", "ExactHypergradientOptions"),
    ("estimator/relax.rs", "ControlVariate", "ControlVariate"),
    ("estimator/baseline.rs", "Baseline", "Baseline"),
    ("estimator/baseline.rs", "BaselineUpdate", "BaselineUpdate"),
    ("policy/mod.rs", "PolicySpec", "PolicySpec"),
    ("policy/lstm.rs", "Options", "LstmOptions"),
    ("space/mod.rs", "Position", "Position"),
    ("space/custom.rs", "Custom", "Custom"),
    ("space/layers/mod.rs", "Layers", "Layers"),
    ("space/layers/mod.rs", "Layer", "Layer"),
    ("space/characters.rs", "Characters", "Characters"),
    ("gradient/bench.rs", "GradientSpec", "GradientSpec"),
    ("gradient/measurement.rs", "Row", "GradientRow"),
    ("figure/curve.rs", "Point", "CurvePoint"),
    ("figure/distribution.rs", "Known", "DistributionKnown"),
    ("figure/instruments.rs", "View", "InstrumentsView"),
    ("figure/race.rs", "Series", "RaceSeries"),
    ("figure/race.rs", "Step", "RaceStep"),
    ("figure/simplex.rs", "Simplex", "Simplex"),
    ("figure/temperature.rs", "View", "TemperatureView"),
    ("figure/temperature.rs", "Level", "TemperatureLevel"),
    ("figure/temperature.rs", "Curve", "TemperatureCurve"),
    ("figure/temperature.rs", "Reading", "TemperatureReading"),
    ("figure/training.rs", "Course", "TrainingCourse"),
    ("figure/training.rs", "Judged", "TrainingJudged"),
];

/// One way to estimate, as the enum of estimators has it.
struct Variant {
    tag: String,
    /// What TypeScript calls its options.
    options: String,
    /// The file of its options.
    file: String,
    doc: String,
}

/// The variants of `EstimatorSpec` that are searchers too: all but `exact`.
static ESTIMATORS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let code = fs::read_to_string(shell::root().join("core/src/estimator/mod.rs")).unwrap_or_default();
    let items = syn::parse_file(&code).map_or_else(|_| Vec::new(), |file| file.items);
    let found = items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == "EstimatorSpec" => Some(&item.variants),
        _ => None,
    });
    let variant = |variant: &syn::Variant| {
        let module = match variant.fields.iter().next().map(|field| &field.ty) {
            Some(Type::Path(path)) => path.path.segments.first().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let doc = doc(&variant.attrs, "  ");
        let options = format!("{}Options", variant.ident);
        Some(Variant { tag: tag(variant), options, file: format!("estimator/{}.rs", module?), doc })
    };
    let all = found.into_iter().flatten().filter_map(variant);
    all.filter(|variant| variant.tag != "exact").collect()
});

/// The types above, and the options of every estimator.
fn types() -> Vec<(&'static str, &'static str, &'static str)> {
    let of_estimators = ESTIMATORS.iter().map(|it| (it.file.as_str(), "Options", it.options.as_str()));
    TYPES.iter().copied().chain(of_estimators).collect()
}

/// The word that stands for a variant of an enum that is tagged by `name`.
fn tag(variant: &syn::Variant) -> String {
    let renamed = serde(&variant.attrs).into_iter().find_map(|word| word.strip_prefix("rename=").map(str::to_owned));
    renamed.unwrap_or_else(|| kebab_case(&variant.ident.to_string()))
}

/// Types whose form serde does not derive, as TypeScript has them.
const BY_HAND: &[(&str, &str)] = &[
    ("TrialId", "number"),
    ("Digest", "string"),
    ("EstimatorSpec", "EstimatorSpec"),
    ("Instruments", "Readonly<Record<string, number>>"),
    ("DeviceName", "string"),
    ("SpaceSpec", "SpaceSpec"),
];

const SEARCHER_HEAD: &str = "/**
 * How a searcher is named. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

import type { Words } from \"./core_types.js\";
";

const FIGURE_HEAD: &str = "/**
 * What figures are drawn of. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */
";

const CORE_HEAD: &str = "/**
 * The documents of the core. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

import type { SearcherSpec } from \"./searcher_types.js\";

/** A name, or a name with options behind a colon: `evolution:population=20,sample=5`. */
export type Words<Name extends string> = Name | `${Name}:${string}`;

/** A ready-made space by its name, or a table with the positions, layers or characters of one's own. */
export type SpaceSpec = \"nas-bench-201\" | \"darts\" | \"dense-20x7\" | `sequence:${number}x${number}` | Custom | Layers | Characters;
";

/// Writes the files anew.
pub(crate) fn write() -> Result<(), Failed> {
    for (file, text) in made()? {
        fs::write(shell::root().join(file), text).map_err(|error| Failed(format!("{file}: {error}")))?;
    }
    Ok(())
}

/// Fails where a file is not what the Rust types say.
pub(crate) fn check() -> Result<(), Failed> {
    for (file, text) in made()? {
        let there = fs::read_to_string(shell::root().join(file)).map_err(|error| Failed(format!("{file}: {error}")))?;
        if there != text {
            return Err(Failed(format!("{file} is not what the Rust types say; `cargo xtask types` writes it")));
        }
    }
    Ok(())
}

/// The files by their names, and their text.
fn made() -> Result<Vec<(&'static str, String)>, Failed> {
    let mut sources = BTreeMap::new();
    for (file, _, _) in &types() {
        let path = shell::root().join("core/src").join(file);
        let code = fs::read_to_string(&path).map_err(|error| Failed(format!("{file}: {error}")))?;
        sources.insert(*file, syn::parse_file(&code).map_err(|error| Failed(format!("{file}: {error}")))?);
    }
    let mut made = FILES.map(|(name, head, _)| (name, head.to_owned()));
    made[FILES.len() - 1].1.push_str(&estimators());
    for (file, rust, name) in &types() {
        let named = |item: &&Item| match item {
            Item::Struct(item) => item.ident == rust,
            Item::Enum(item) => item.ident == rust,
            _ => false,
        };
        let item = sources[file].items.iter().find(named);
        let item = item.ok_or_else(|| Failed(format!("core/src/{file} has no type {rust}")))?;
        let room = file.split('/').next().unwrap_or(file);
        let text =
            declaration(item, name, room).map_err(|reason| Failed(format!("core/src/{file}, {rust}: {reason}")))?;
        let place = FILES.iter().position(|(_, _, rooms)| rooms.contains(&room));
        let place = place.ok_or_else(|| Failed(format!("no file of TypeScript has the types of core/src/{room}")))?;
        made[place].1.push('\n');
        made[place].1.push_str(&text);
    }
    Ok(made.into())
}

/// The type of an estimator by itself: whichever of them, with its options.
fn estimators() -> String {
    let names: Vec<String> = ESTIMATORS.iter().map(|it| format!("\"{}\"", it.tag)).collect();
    let tables: String =
        ESTIMATORS.iter().map(|it| format!("\n  | ({{ name: \"{}\" }} & {})", it.tag, it.options)).collect();
    format!(
        "\n/** An estimator of the gradient of a policy. */\nexport type EstimatorSpec =\n  | Words<{}>{tables};\n",
        names.join(" | ")
    )
}

/// The declaration of a type of a room of the core.
fn declaration(item: &Item, name: &str, room: &str) -> Result<String, String> {
    match item {
        Item::Struct(item) => {
            let all_default =
                serde(&item.attrs).iter().any(|word| word == "default") || name == "PolicyGradientOptions";
            let (mut fields, mut flattened) = (String::new(), Vec::new());
            for field in &item.fields {
                let words = serde(&field.attrs);
                let said = |word: &str| words.iter().any(|other| other == word);
                if said("flatten") {
                    // Its estimator stands beside the options of a policy gradient, under the name of both.
                    let ident = field.ident.as_ref().map(ToString::to_string);
                    if ident.as_deref() != Some("estimator") {
                        flattened.push(type_of(&field.ty, room)?);
                    }
                    continue;
                }
                let left_out = said("skip_serializing_if");
                let optional = if all_default || said("default") || left_out { "?" } else { "" };
                let (inner, option) = match inner_of(&field.ty, "Option") {
                    Some(inner) => (type_of(inner, room)?, true),
                    None => (type_of(&field.ty, room)?, false),
                };
                let or_null = if option && !left_out { " | null" } else { "" };
                let ident = field.ident.as_ref().ok_or("a field without a name")?;
                writeln!(fields, "{}  {ident}{optional}: {inner}{or_null};", doc(&field.attrs, "  "))
                    .map_err(|e| e.to_string())?;
            }
            let table = if fields.is_empty() { "{}".into() } else { format!("{{\n{fields}}}") };
            let and = flattened.iter().map(|name| format!("{name} & ")).collect::<String>();
            Ok(format!("{}export type {name} = {and}{table};\n", doc(&item.attrs, "")))
        }
        Item::Enum(item) => {
            let words = serde(&item.attrs);
            let kebab = words.iter().any(|word| word == "rename_all=kebab-case") || matches!(name, "Preset" | "Method");
            if !kebab {
                return Err("an enum that is not in kebab-case".into());
            }
            let own = |variant: &syn::Variant| match variant.ident == "PolicyGradient" {
                true => ESTIMATORS.iter().map(|it| it.tag.clone()).collect(),
                false => vec![tag(variant)],
            };
            let names: Vec<String> = item.variants.iter().flat_map(own).map(|tag| format!("\"{tag}\"")).collect();
            let names = names.join(" | ");
            if !words.iter().any(|word| word == "tag=name") {
                return Ok(format!("{}export type {name} = {names};\n", doc(&item.attrs, "")));
            }
            let names = if name == "SearcherSpec" { format!("{names} | Preset | Method") } else { names };
            let mut text = format!("{}export type {name} =\n  | Words<{names}>\n", doc(&item.attrs, ""));
            if name == "SearcherSpec" {
                text.push_str("  | { name: Preset | Method; [option: string]: unknown }\n");
            }
            for variant in &item.variants {
                if variant.ident == "PolicyGradient" {
                    for Variant { tag, options, doc, .. } in ESTIMATORS.iter() {
                        writeln!(text, "{doc}  | ({{ name: \"{tag}\" }} & {options} & PolicyGradientOptions)")
                            .map_err(|e| e.to_string())?;
                    }
                    continue;
                }
                let tag = tag(variant);
                let options = match &variant.fields {
                    Fields::Unit => String::new(),
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                        format!(" & {}", type_of(&fields.unnamed[0].ty, room)?)
                    }
                    _ => return Err("a tagged variant that is neither bare nor one table".into()),
                };
                writeln!(text, "{}  | ({{ name: \"{tag}\" }}{options})", doc(&variant.attrs, "  "))
                    .map_err(|e| e.to_string())?;
            }
            text.truncate(text.len() - 1);
            Ok(text + ";\n")
        }
        _ => Err("neither a struct nor an enum".into()),
    }
}

/// What TypeScript calls a Rust type that is named in a room of the core.
fn type_of(rust: &Type, room: &str) -> Result<String, String> {
    if let Some(inner) = inner_of(rust, "Vec") {
        let inner = type_of(inner, room)?;
        return Ok(if inner.starts_with("readonly") {
            format!("readonly ({inner})[]")
        } else {
            format!("readonly {inner}[]")
        });
    }
    if let Type::Array(array) = rust {
        let Expr::Lit(syn::ExprLit { lit: Lit::Int(length), .. }) = &array.len else {
            return Err("an array whose length is no number".into());
        };
        let length: usize = length.base10_parse().map_err(|error| error.to_string())?;
        return Ok(format!("readonly [{}]", vec![type_of(&array.elem, room)?; length].join(", ")));
    }
    let Type::Path(path) = rust else { return Err("a type that is no path".into()) };
    let segments: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let last = segments.last().ok_or("an empty path")?;
    let plain = match last.as_str() {
        "u8" | "u32" | "u64" | "usize" | "f64" => Some("number"),
        "bool" => Some("boolean"),
        "String" => Some("string"),
        // The only maps of our documents.
        "BTreeMap" => Some("Readonly<Record<string, number>>"),
        _ => BY_HAND.iter().find(|(name, _)| name == last).map(|(_, name)| *name),
    };
    if let Some(plain) = plain {
        return Ok(plain.into());
    }
    // `module::Options` is that of the file or the folder of that name.
    let module = segments.len().checked_sub(2).map(|place| segments[place].as_str());
    let is_it = |(file, rust, _): &&(&str, &str, &str)| {
        let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
        rust == last && module.is_none_or(|module| parts.contains(&module))
    };
    let types = types();
    let found: Vec<_> = types.iter().filter(is_it).collect();
    // Where two rooms have a file of that name, the nearer one is meant.
    let here: Vec<_> = found.iter().filter(|(file, _, _)| file.starts_with(room)).copied().collect();
    match (found.as_slice(), here.as_slice()) {
        ([(_, _, name)], _) | (_, [(_, _, name)]) => Ok((*name).into()),
        _ => Err(format!("`{}` stands for none or several of the types in {}", segments.join("::"), file!())),
    }
}

/// T of `outer<T>`.
fn inner_of<'a>(rust: &'a Type, outer: &str) -> Option<&'a Type> {
    let Type::Path(path) = rust else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == outer)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The words of `#[serde(…)]`: `flatten`, `tag=name`; what has a function for a value, by its name alone.
fn serde(attributes: &[Attribute]) -> Vec<String> {
    let mut words = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let value = meta.value().and_then(|value| value.parse::<Lit>());
            match (name.as_str(), value) {
                ("tag" | "rename_all" | "rename", Ok(Lit::Str(value))) => {
                    words.push(format!("{name}={}", value.value()))
                }
                _ => words.push(name),
            }
            Ok(())
        });
    }
    words
}

/// The documentation as a comment of TypeScript, without examples and without links.
fn doc(attributes: &[Attribute], indent: &str) -> String {
    let mut lines = Vec::new();
    let mut in_example = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(literal) = &meta.value else { continue };
        let Lit::Str(text) = &literal.lit else { continue };
        let text = text.value();
        let text = text.strip_prefix(' ').unwrap_or(&text);
        if text.starts_with("```") {
            in_example = !in_example;
        } else if !in_example {
            lines.push(text.replace("[`", "`").replace("`]", "`").replace("*/", "* /"));
        }
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let body: String =
                lines.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{body}{indent} */\n")
        }
    }
}

/// `BestImprovement` as `best-improvement`, as serde writes it.
fn kebab_case(name: &str) -> String {
    let mut text = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typescript(rust: &str, name: &str) -> Result<String, String> {
        declaration(&syn::parse_str::<Item>(rust).expect("Rust"), name, "run")
    }

    #[test]
    fn what_serde_may_leave_out_is_optional() {
        let text = typescript(
            "struct Best {
                /// The unit is s, see [`Cost`].
                seconds: f64,
                #[serde(default, skip_serializing_if = \"Option::is_none\")] epochs: Option<u32>,
                loss: Option<f64>,
                names: Vec<String>,
            }",
            "Best",
        );
        let fields = "  /** The unit is s, see `Cost`. */\n  seconds: number;\n  epochs?: number;\n  loss: number | null;\n  names: readonly string[];\n";
        assert_eq!(text, Ok(format!("export type Best = {{\n{fields}}};\n")));
    }

    #[test]
    fn words_and_tables_are_told_apart() {
        let words = typescript("#[serde(rename_all = \"kebab-case\")] enum Move { BestImprovement, Nk }", "Move");
        assert_eq!(words, Ok("export type Move = \"best-improvement\" | \"nk\";\n".into()));
        let tagged = typescript(
            "#[serde(tag = \"name\", rename_all = \"kebab-case\")] enum Policy { Plain, Lstm(lstm::Options) }",
            "Policy",
        );
        let tables = "  | ({ name: \"plain\" })\n  | ({ name: \"lstm\" } & LstmOptions);\n";
        assert_eq!(tagged, Ok(format!("export type Policy =\n  | Words<\"plain\" | \"lstm\">\n{tables}")));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(typescript("struct A { b: Nowhere }", "A").unwrap_err().contains("none or several"));
        assert!(typescript("enum A { B }", "A").unwrap_err().contains("kebab-case"));
    }
}
