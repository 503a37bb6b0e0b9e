//! Where each of a table's columns comes from in an export.

use super::cells::Cells;
use super::columns::Columns;
use super::file_name::{VIDEO, date, video};
use super::json_source::Wanted;
use super::map::{TableMap, built_in_maps};
use super::read::{ReadOptions, Row};
use super::records::Record;
use super::table_rows::TOGETHER;
use crate::error::{Error, Place, Result};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

fn time_zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Error::usage(format!("{name:?} is not a time zone"))
            .with_hint("expected a name such as Europe/Berlin, America/New_York or UTC")
    })
}

/// Where each of a table's columns comes from in the export.
#[derive(Clone)]
pub(super) struct ColumnBinding {
    pub(super) map: TableMap,
    /// This program's column and the export's; fixed once the header is known.
    pub(super) sources: Vec<(&'static str, String)>,
    /// In which column of the header each of them stands, where it is one.
    places: Vec<Option<usize>>,
    mapped: bool,
    /// Of times that name none.
    zone: Option<TimeZone>,
    /// All of the table's columns.
    pub(super) known: Vec<&'static str>,
    /// Those without which a row is none.
    required: &'static [&'static str],
    /// A column that the file's name was to tell and does not.
    pub(super) untold: Option<&'static str>,
    /// The day in the file's name, for rows that do not say when they were so.
    date: Option<String>,
    /// Whether a row needed it.
    needed: Cell<bool>,
}

/// When what a row says was so.
const UPDATED_AT: &str = "updated_at";

impl ColumnBinding {
    /// The day in the file's name, where rows were dated by it.
    pub(super) fn dated(&self) -> Option<&str> {
        self.date.as_deref().filter(|_| self.needed.get())
    }

    /// Takes from the file's name what is the same in every row of it. Of `several` exports of a table whose rows say
    /// what was so at a time, each is of the day in its name where its rows name none.
    pub(super) fn take_from_name(&mut self, path: &Path, several: bool) {
        let may_be_dated = several && !self.map.distinct && self.known.contains(&UPDATED_AT);
        self.date = may_be_dated.then(|| date(path)).flatten();
        let from_name = |source: &&(&'static str, String)| source.1 == VIDEO;
        let Some((column, _)) = self.sources.iter().find(from_name).cloned() else {
            return;
        };
        self.sources.retain(|source| source.1 != VIDEO);
        match video(path) {
            Some(id) => {
                self.map.constants.insert(column.to_owned(), id);
            }
            None => self.untold = Some(column),
        }
    }

    pub(super) fn new<T: Record>(options: &ReadOptions) -> Result<Self> {
        let known = || T::REQUIRED.iter().chain(T::OPTIONAL).copied();
        let map = options.maps.iter().find_map(|m| m.table(T::TABLE));
        let named = map.and_then(|m| m.time_zone.as_deref());
        let zone = named
            .or(options.time_zone.as_deref())
            .map(time_zone)
            .transpose()?;
        Ok(match map {
            Some(map) => Self {
                zone,
                known: known().collect(),
                required: T::REQUIRED,
                sources: known()
                    .filter_map(|c| map.columns.get(c).map(|s| (c, s.clone())))
                    .collect(),
                map: map.clone(),
                mapped: true,
                places: Vec::new(),
                untold: None,
                date: None,
                needed: Cell::new(false),
            },
            None => Self {
                zone,
                known: known().collect(),
                required: T::REQUIRED,
                map: TableMap::default(),
                sources: known()
                    .map(|c| {
                        let alias = T::ALIASES.iter().find(|(column, _)| *column == c);
                        (
                            c,
                            alias.map_or_else(|| c.to_owned(), |(_, names)| format!("{c}|{names}")),
                        )
                    })
                    .collect(),
                mapped: false,
                places: Vec::new(),
                untold: None,
                date: None,
                needed: Cell::new(false),
            },
        })
    }

    /// Settles the sources against a header: exact names, else whatever their case.
    pub(super) fn settle<T: Record>(
        &mut self,
        path: &Path,
        line: u64,
        headers: &[String],
    ) -> Result<()> {
        let mut settled = Vec::new();
        for (column, source) in &self.sources {
            let found = source.split('|').find_map(|wanted| {
                if wanted == "@row" {
                    return Some(wanted.to_owned());
                }
                header_for(headers, wanted)
            });
            if let Some(found) = found {
                settled.push((*column, found));
            } else if T::REQUIRED.contains(column) && !self.map.constants.contains_key(*column) {
                return Err(self.missing::<T>(path, column, source, line, headers));
            }
        }
        self.places = settled
            .iter()
            .map(|(_, source)| headers.iter().position(|header| header == source))
            .collect();
        self.sources = settled;
        Ok(())
    }

    /// What a record of this table must have, where it has to be looked for.
    pub(super) fn wanted(&self) -> Wanted {
        let constant = |c: &str| self.map.constants.contains_key(c);
        let required = self
            .sources
            .iter()
            .filter(|s| self.required.contains(&s.0) && !constant(s.0));
        Wanted {
            required: required.map(|s| s.1.clone()).collect(),
            all: self.sources.iter().map(|s| s.1.clone()).collect(),
            names: RefCell::default(),
        }
    }

    /// Whether a header has the columns that the sources were settled on.
    pub(super) fn is_settled_on(&self, headers: &[String]) -> bool {
        let has = |name: &str| name == "@row" || headers.iter().any(|h| h == name);
        let stands = |(place, source): (&Option<usize>, &(&'static str, String))| {
            place.is_none_or(|at| headers.get(at) == Some(&source.1))
        };
        self.sources.iter().all(|s| s.1.split(TOGETHER).all(has))
            && self.places.iter().zip(&self.sources).all(stands)
    }

    /// The columns that are the same in every row.
    pub(super) fn constants(&self) -> BTreeSet<&'static str> {
        let constant = |c: &&str| self.map.constants.contains_key(*c);
        self.known.iter().copied().filter(constant).collect()
    }

    /// An error about a required column that no record has.
    pub(super) fn lacking<T: Record>(&self, path: &Path, column: &str, names: &[String]) -> Error {
        let source = self.sources.iter().find(|s| s.0 == column);
        let source = source.map_or(column, |s| s.1.as_str());
        self.missing::<T>(path, column, source, 0, names)
    }

    fn missing<T: Record>(
        &self,
        path: &Path,
        column: &str,
        source: &str,
        line: u64,
        headers: &[String],
    ) -> Error {
        let shown = if self.mapped { source } else { column };
        let mut message = format!("the table {} needs the column {shown:?}", T::TABLE);
        if self.mapped && source != column {
            message = format!("{message} (mapped to {column})");
        }
        if line == 0 {
            message += ", no record has it";
        }
        let shown: Vec<&str> = headers.iter().take(30).map(String::as_str).collect();
        let fitting = built_in_maps().into_iter().find(|map| {
            map.table(T::TABLE).is_some_and(|section| {
                T::REQUIRED.iter().all(|c| {
                    section.constants.contains_key(*c)
                        || section
                            .columns
                            .get(*c)
                            .is_some_and(|s| s == "@row" || headers.contains(s))
                })
            })
        });
        let hint = fitting.map_or_else(
            || {
                let further = if line == 0 {
                    ""
                } else {
                    "; where the header is another line, --skip-lines N says how many stand before it"
                };
                format!("--map names an export's columns; see `microfluence maps`{further}")
            },
            |map| format!("the columns fit --map {}", map.name),
        );
        Error::input(
            Place {
                file: path.to_owned(),
                line: (line > 0).then_some(line),
                column: None,
            },
            format!("{message}; found {}", shown.join(", ")),
        )
        .with_hint(hint)
    }

    pub(super) fn cells(
        &self,
        row: &dyn Row,
        columns: &Rc<Columns>,
        seen: &mut BTreeSet<&'static str>,
    ) -> Cells {
        let mut cells = Cells::of(Rc::clone(columns), self.zone.clone());
        for (i, (column, source)) in self.sources.iter().enumerate() {
            let place = self.places.get(i).copied().flatten();
            let text = match place.and_then(|at| row.at(at)) {
                Some(text) => Some(Cow::Borrowed(text)),
                None => row.get(source),
            };
            if let Some(text) = text {
                if !seen.contains(column) {
                    seen.insert(column);
                }
                let meant = self
                    .map
                    .values
                    .get(*column)
                    .and_then(|v| v.get(text.trim()));
                cells.push(column, meant.cloned().unwrap_or_else(|| text.into_owned()));
            }
        }
        for (column, value) in &self.map.constants {
            if let Some(column) = self.known.iter().find(|c| *c == column) {
                cells.set(column, value.clone());
            }
        }
        if let Some(date) = self
            .date
            .as_ref()
            .filter(|_| cells.text(UPDATED_AT).is_none())
        {
            cells.set(UPDATED_AT, date.clone());
            seen.insert(UPDATED_AT);
            self.needed.set(true);
        }
        self.map.convert(&mut cells);
        cells
    }
}

/// The header that a source names: exactly, whatever its case, or written as paths are (`author.fans`, `author/fans`);
/// the headers of a list (`tags/0`, `tags/1`) together.
fn header_for(headers: &[String], wanted: &str) -> Option<String> {
    let path = |name: &str| name.replace('/', ".");
    let one = headers
        .iter()
        .find(|h| *h == wanted)
        .or_else(|| headers.iter().find(|h| h.eq_ignore_ascii_case(wanted)))
        .or_else(|| headers.iter().find(|h| path(h) == path(wanted)));
    if one.is_some() {
        return one.cloned();
    }
    let in_list = |header: &&String| {
        let rest = path(header);
        let rest = rest.strip_prefix(&path(wanted)).map(str::to_owned);
        rest.and_then(|r| r.strip_prefix('.').map(str::to_owned))
            .is_some_and(|r| {
                let at = r.strip_suffix(".name").unwrap_or(&r);
                !at.is_empty() && at.bytes().all(|b| b.is_ascii_digit())
            })
    };
    let list: Vec<&str> = headers.iter().filter(in_list).map(String::as_str).collect();
    (!list.is_empty()).then(|| list.join(&TOGETHER.to_string()))
}
