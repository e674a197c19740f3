//! Pictures as text: a cell, a policy, a search, a race of searchers, a comparison; the same in terminal, report and page.
//!
//! Every function here is pure and gives the same bytes on every target. An SVG stands alone, follows the reader's light
//! or dark scheme, names no other host, and keeps user text as text. Its classes start with `bl-`, so that many can stand
//! in one page.

mod axis;
pub mod cell;
pub mod curve;
mod decades;
pub mod distribution;
pub mod front;
pub mod gaps;
#[cfg(test)]
mod golden;
pub mod instruments;
pub mod interval;
mod label;
mod operation;
pub mod policy;
pub mod race;
pub mod simplex;
pub mod strip;
mod svg;
pub mod temperature;
mod theme;
pub mod training;
