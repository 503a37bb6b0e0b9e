//! Files in, rows out, and results back into files.
//!
//! What a file is, its content says. Everything is read by streaming (a JSON document that is no list, and a workbook,
//! are held in memory whole), and everything is written under a temporary name and renamed.

mod accounts;
mod binding;
mod bytes;
mod campaign_records;
mod cells;
mod columns;
mod csv_records;
mod csv_source;
mod detect;
mod encoding;
mod evidence;
mod file_name;
mod guess;
mod guess_json;
mod guess_names;
mod ids;
mod json_source;
mod json_values;
mod key_set;
mod layout;
mod map;
mod map_rules;
mod memory;
mod notes;
mod number_words;
mod numbers;
mod parquet_headers;
mod parquet_sink;
mod parquet_source;
mod peek;
mod pseudonyms;
mod read;
mod records;
mod rejects;
mod signature;
mod table_rows;
mod time_words;
mod times;
mod totals;
mod workbook;
mod write;
mod xlsx_sink;
mod zstd;

pub use accounts::{Accounts, Adopted, PostIds, Spellings};
pub use cells::{CellError, Cells};
pub use columns::Conventions;
pub use detect::file_of;
pub use encoding_rs::Encoding;
pub use guess::{Certainty, Guess, GuessedColumn, guess, guess_by, why_none};
pub use ids::{canonical_account, canonical_post};
pub use map::{ColumnMap, TableMap, built_in_maps};
pub use map_rules::{NamedUnit, Unit};
pub use memory::{MemoryRow, MemorySink, MemoryTable, MemoryTables, memory_name};
pub use numbers::{Decimal, parse_amount, parse_bool, parse_count, parse_number};
pub use peek::{Peek, peek, peek_by, tables_in};
pub use pseudonyms::Pseudonyms;
pub use read::{InputInfo, ReadOptions, Sources, Table, expand, read_rows, read_table};
pub use records::Record;
pub use rejects::{Reject, Rejects};
pub use signature::Fields;
pub use times::{DateOrder, parse_time};
pub use write::{
    Cell, Column, Kind, TableWriter, remove_unfinished, write_atomically, write_atomically_by,
};
