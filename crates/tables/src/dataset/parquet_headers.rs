//! A look at a Parquet file's headers before the library reads them.
//!
//! The library (`parquet` 60.1) skips what it does not know element by element and believes the number that stands
//! there: a list of 2,147,483,647 truth values takes no byte, and one of numbers goes on after the end of the file. A
//! few hundred bytes of nested lists keep it busy for ever. It does not compare a field's type with the format's
//! either, so that what it reads depends on more than on what the file says. Here each header is walked by the format's
//! own types (`parquet.thrift` of apache/parquet-format), every element costs at least a byte of the file, and no byte
//! is paid twice; so the walk and the library's way through the same bytes end.

use parquet::errors::{ParquetError, Result};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

/// Levels of nesting; the format needs eight.
const DEEPEST: usize = 32;
/// The magic bytes at the end, and the length of the footer before them.
const TAIL: u64 = 8;

/// What the format says a field is.
#[derive(Clone, Copy)]
enum Shape {
    Bool,
    Byte,
    /// 16, 32 and 64 bits are written alike.
    Int,
    Double,
    Bytes,
    List(&'static Shape),
    Struct(Fields),
}

type Fields = &'static [(i16, Shape)];

use Shape::{Bool, Byte, Bytes, Double, Int, List, Struct};

const EMPTY: Shape = Struct(&[]);
const STATISTICS: Shape = Struct(&[
    (1, Bytes),
    (2, Bytes),
    (3, Int),
    (4, Int),
    (5, Bytes),
    (6, Bytes),
    (7, Bool),
    (8, Bool),
]);
const PAGE: Fields = &[
    (PAGE_TYPE, Int),
    (2, Int),
    (COMPRESSED_SIZE, Int),
    (4, Int),
    (
        5,
        Struct(&[(1, Int), (2, Int), (3, Int), (4, Int), (5, STATISTICS)]),
    ),
    (6, EMPTY),
    (7, Struct(&[(1, Int), (2, Int), (3, Bool)])),
    (
        8,
        Struct(&[
            (1, Int),
            (2, Int),
            (3, Int),
            (4, Int),
            (5, Int),
            (6, Int),
            (7, Bool),
            (8, STATISTICS),
        ]),
    ),
];
/// The field of a page's header that says what it is.
const PAGE_TYPE: i16 = 1;
/// The field that says how many bytes follow the header.
const COMPRESSED_SIZE: i16 = 3;

const PAIRS: Shape = List(&Struct(&[(1, Bytes), (2, Bytes)]));
const TIME: Shape = Struct(&[
    (1, Bool),
    (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)])),
]);
const LOGICAL_TYPE: Shape = Struct(&[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Struct(&[(1, Int), (2, Int)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Bytes)])),
    (18, Struct(&[(1, Bytes), (2, Int)])),
]);
const SCHEMA_ELEMENT: Shape = Struct(&[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Bytes),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Int),
    (9, Int),
    (10, LOGICAL_TYPE),
]);
const BOX: Shape = Struct(&[
    (1, Double),
    (2, Double),
    (3, Double),
    (4, Double),
    (5, Double),
    (6, Double),
    (7, Double),
    (8, Double),
]);
const COLUMN: Shape = Struct(&[
    (1, Int),
    (2, List(&Int)),
    (3, List(&Bytes)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, PAIRS),
    (9, Int),
    (10, Int),
    (11, Int),
    (12, STATISTICS),
    (13, List(&Struct(&[(1, Int), (2, Int), (3, Int)]))),
    (14, Int),
    (15, Int),
    (16, Struct(&[(1, Int), (2, List(&Int)), (3, List(&Int))])),
    (17, Struct(&[(1, BOX), (2, List(&Int))])),
]);
const CHUNK: Shape = Struct(&[
    (1, Bytes),
    (2, Int),
    (3, COLUMN),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (
        8,
        Struct(&[(1, EMPTY), (2, Struct(&[(1, List(&Bytes)), (2, Bytes)]))]),
    ),
    (9, Bytes),
]);
const ROW_GROUP: Shape = Struct(&[
    (1, List(&CHUNK)),
    (2, Int),
    (3, Int),
    (4, List(&Struct(&[(1, Int), (2, Bool), (3, Bool)]))),
    (5, Int),
    (6, Int),
    (7, Int),
]);
const CIPHER: Shape = Struct(&[(1, Bytes), (2, Bytes), (3, Bool)]);
const FOOTER: Fields = &[
    (1, Int),
    (2, List(&SCHEMA_ELEMENT)),
    (3, Int),
    (4, List(&ROW_GROUP)),
    (5, PAIRS),
    (6, Bytes),
    (7, List(&Struct(&[(1, EMPTY), (2, EMPTY)]))),
    (8, Struct(&[(1, CIPHER), (2, CIPHER)])),
    (9, Bytes),
];

/// Walks the footer. What is no Parquet file at all is left for the library to say.
///
/// # Errors
/// Where the footer is not what the format says.
pub(super) fn check_footer(file: &File) -> Result<()> {
    let length = file.metadata()?.len();
    let mut input = BufReader::new(file);
    let Some(end) = length.checked_sub(TAIL) else {
        return Ok(());
    };
    input.seek(SeekFrom::Start(end))?;
    let mut tail = [0; TAIL as usize];
    input.read_exact(&mut tail)?;
    let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    let Some(start) = end.checked_sub(size).filter(|_| &tail[4..] == b"PAR1") else {
        return Ok(());
    };
    input.seek(SeekFrom::Start(start))?;
    let mut walk = Walk { input, left: size };
    walk.structure(FOOTER, DEEPEST, &mut |_, _| {})
        .map_err(|e| wrong("its footer", &e))
}

/// Walks the headers of all pages.
///
/// # Errors
/// Where one is not what the format says, or ends behind its column's end.
pub(super) fn check_pages(file: &File, reader: &SerializedFileReader<File>) -> Result<()> {
    let length = file.metadata()?.len();
    let mut input = BufReader::new(file);
    // Headers that do not overlap fit into the file.
    let mut unpaid = length;
    for group in reader.metadata().row_groups() {
        for column in group.columns() {
            let (mut at, bytes) = column.byte_range();
            let end = at.saturating_add(bytes).min(length);
            while at < end {
                input.seek(SeekFrom::Start(at))?;
                let room = (end - at).min(unpaid);
                let mut walk = Walk { input, left: room };
                let size = walk
                    .page()
                    .map_err(|e| wrong(&format!("the page at byte {at}"), &e))?;
                let header = room - walk.left;
                input = walk.input;
                unpaid -= header;
                at = at.saturating_add(header).saturating_add(size);
            }
        }
    }
    Ok(())
}

fn wrong(what: &str, why: &impl std::fmt::Display) -> ParquetError {
    ParquetError::General(format!("{what} is damaged: {why}"))
}

/// A walk through values of the compact protocol of Apache Thrift.
struct Walk<R> {
    input: R,
    /// Bytes that may still be read.
    left: u64,
}

/// What a field is by the byte before it.
mod wire {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const I16: u8 = 4;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BYTES: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const SET: u8 = 10;
    pub(super) const STRUCT: u8 = 12;
    pub(super) const UUID: u8 = 13;
}

impl<R: BufRead> Walk<R> {
    /// A page's header: the bytes that follow it. The library passes over the header alone of a page that it does not
    /// know, and takes the page for the next header; no writer has such pages.
    fn page(&mut self) -> Result<u64> {
        let (mut kind, mut size, mut described) = (None, None, [false; 9]);
        self.structure(PAGE, DEEPEST, &mut |id, value| match id {
            PAGE_TYPE => kind = value,
            COMPRESSED_SIZE => size = value,
            _ => {
                if let Some(seen) = usize::try_from(id)
                    .ok()
                    .and_then(|id| described.get_mut(id))
                {
                    *seen = true;
                }
            }
        })?;
        let known = match kind {
            Some(0) => described[5],
            Some(2) => described[7],
            Some(3) => described[8],
            _ => false,
        };
        if !known {
            return Err(unlike("its type"));
        }
        // Longer numbers would be cut to 32 bits.
        size.and_then(|size| i32::try_from(size).ok())
            .and_then(|size| u64::try_from(size).ok())
            .ok_or_else(|| unlike("its size"))
    }

    /// A structure; `seen` is told of its own fields, with the value of whole numbers.
    fn structure(
        &mut self,
        fields: Fields,
        depth: usize,
        seen: &mut dyn FnMut(i16, Option<i64>),
    ) -> Result<()> {
        let mut last = 0_i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == wire::STOP {
                return Ok(());
            }
            let id = match head >> 4 {
                0 => i16::try_from(self.whole_number()?).map_err(|_| unlike("a field's number"))?,
                more => last
                    .checked_add(i16::from(more))
                    .ok_or_else(|| unlike("a field's number"))?,
            };
            last = id;
            let shape = fields.iter().find(|f| f.0 == id).map(|f| f.1);
            match shape {
                Some(Int) if matches!(kind, wire::I16 | wire::I32 | wire::I64) => {
                    let value = self.whole_number()?;
                    seen(id, Some(value));
                }
                Some(Bool) if matches!(kind, wire::TRUE | wire::FALSE) => {}
                None if matches!(kind, wire::TRUE | wire::FALSE) => {}
                shape => {
                    self.value(kind, shape, depth)?;
                    seen(id, None);
                }
            }
        }
    }

    /// A value of a kind that takes bytes, as a field or in a list.
    fn value(&mut self, kind: u8, shape: Option<Shape>, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(unlike("the depth of what it holds"));
        };
        match (kind, shape) {
            (wire::I16 | wire::I32 | wire::I64, None | Some(Int)) => self.whole_number().map(drop),
            (wire::BYTE, None | Some(Byte)) => self.byte().map(drop),
            (wire::DOUBLE, None | Some(Double)) => self.skip(8),
            (wire::UUID, None) => self.skip(16),
            (wire::BYTES, None | Some(Bytes)) => {
                let length = self.varint()?;
                self.skip(length)
            }
            (wire::STRUCT, None) => self.structure(&[], depth, &mut |_, _| {}),
            (wire::STRUCT, Some(Struct(fields))) => self.structure(fields, depth, &mut |_, _| {}),
            (wire::LIST | wire::SET, None) => self.list(None, depth),
            (wire::LIST | wire::SET, Some(List(of))) => self.list(Some(*of), depth),
            // Maps are nowhere in the format, nor are lists of truth values in what is read here.
            _ => Err(unlike("the type of a field")),
        }
    }

    fn list(&mut self, of: Option<Shape>, depth: usize) -> Result<()> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        if length > self.left {
            return Err(unlike("the length of a list"));
        }
        for _ in 0..length {
            self.value(head & 0x0f, of, depth)?;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.pay(1)?;
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(unlike("a number"))
    }

    /// Signed numbers are folded: 0, -1, 1, -2.
    fn whole_number(&mut self) -> Result<i64> {
        let folded = self.varint()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        self.pay(bytes)?;
        let skipped = std::io::copy(&mut self.input.by_ref().take(bytes), &mut std::io::sink())?;
        if skipped < bytes {
            return Err(unlike("its length"));
        }
        Ok(())
    }

    fn pay(&mut self, bytes: u64) -> Result<()> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| unlike("its length"))?;
        Ok(())
    }
}

fn unlike(what: &str) -> ParquetError {
    ParquetError::General(format!("{what} is not as the format says"))
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, FOOTER, PAGE, Walk};

    fn walked(bytes: &[u8]) -> Result<usize, String> {
        let mut walk = Walk {
            input: bytes,
            left: bytes.len() as u64,
        };
        walk.structure(PAGE, DEEPEST, &mut |_, _| {})
            .map(|()| bytes.len() - walk.left as usize)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_page_s_header_ends_where_it_ends() {
        // Type 0, sizes 4 and 4, a data page of one value in three encodings; then the page.
        let header = [
            0x15, 0x00, 0x15, 0x08, 0x15, 0x08, 0x2c, 0x15, 0x02, 0x15, 0x00, 0x15, 0x06, 0x15,
            0x06, 0x00, 0x00, 0xff,
        ];
        assert_eq!(walked(&header), Ok(17));
        let size = |bytes: &[u8]| {
            let mut walk = Walk {
                input: bytes,
                left: 18,
            };
            walk.page().ok()
        };
        assert_eq!(size(&header), Some(4));
        // An index page, and a dictionary that is not described, are pages that the library does not know.
        for kind in [0x02, 0x04, 0x0a] {
            let mut other = header;
            other[1] = kind;
            assert_eq!(size(&other), None, "{kind}");
        }
    }

    #[test]
    fn lists_that_take_no_bytes_or_more_than_there_are_are_refused() {
        let most = [0xff, 0xff, 0xff, 0xff, 0x07];
        // Field 9, unknown, a list: of truth values, of doubles behind the end, of lists.
        for element in [0xf1, 0xf2, 0xf7, 0xf9, 0xf0] {
            let bytes = [&[0x99, element][..], &most, &[0; 20]].concat();
            assert!(walked(&bytes).is_err(), "{element:x}");
        }
        // A short list of truth values is none of the format's either; a map is not.
        assert!(walked(&[0x99, 0x21, 1, 1, 0]).is_err());
        assert!(walked(&[0x9b, 0x01, 0x11, 1, 1, 0]).is_err());
    }

    #[test]
    fn a_field_of_another_type_than_the_format_s_is_refused() {
        assert!(walked(&[0x15, 0x02, 0x00]).is_ok());
        assert!(walked(&[0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x00]).is_err());
        assert!(walked(&[0x11, 0x00]).is_err());
        // Unknown fields of any type that takes bytes are walked over.
        assert_eq!(walked(&[0x97, 0, 0, 0, 0, 0, 0, 0, 0, 0x00]), Ok(10));
    }

    #[test]
    fn structures_in_structures_end_at_a_depth() {
        let mut bytes = vec![0x9c; 1_000];
        bytes.extend([0; 1_001]);
        assert!(walked(&bytes).is_err());
        let mut walk = Walk {
            input: &bytes[..],
            left: 2_001,
        };
        assert!(walk.structure(FOOTER, DEEPEST, &mut |_, _| {}).is_err());
    }
}
