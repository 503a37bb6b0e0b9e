//! zstd files: all their frames in, frames out, in Rust alone.

use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::{self, BufRead, Read, Write};

/// Bytes that are packed together; the encoder works on whole buffers.
const FRAME: usize = 1 << 20;
/// Widest window that is read, in bytes: 2 GiB, as `zstd --long=31` writes.
const WIDEST: u64 = 1 << 31;
/// A window that is there to be had on any machine.
const MODEST: u64 = 1 << 27;

/// Reads one frame after the other, as parallel packers write them; the library's own reader
/// ends, without a word, after the first.
pub(super) struct ZstdReader<R: BufRead> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> ZstdReader<R> {
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WIDEST);
        Self {
            source,
            decoder,
            in_frame: false,
        }
    }

    /// Begins the next frame; `false` at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            let start = self.source.fill_buf()?;
            if start.is_empty() {
                return Ok(false);
            }
            // The decoder takes it at once, and ends the program where it cannot.
            let window = window(start).unwrap_or_default();
            let room = usize::try_from(window).ok();
            if (MODEST..=WIDEST).contains(&window)
                && room.is_none_or(|room| Vec::<u8>::new().try_reserve_exact(room).is_err())
            {
                return Err(io::Error::new(
                    io::ErrorKind::OutOfMemory,
                    format!(
                        "its zstd window takes {} MiB of memory, which this machine does not give",
                        window >> 20
                    ),
                ));
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.source).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(e) => return Err(io::Error::other(format!("is not whole as zstd: {e}"))),
            }
        }
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame {
                self.in_frame = self.next_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(
                        &mut self.source,
                        ruzstd::decoding::BlockDecodingStrategy::UptoBlocks(1),
                    )
                    .map_err(|e| io::Error::other(format!("is not whole as zstd: {e}")))?;
            }
            let n = self.decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            self.in_frame = false;
        }
    }
}

/// The window that a frame asks for, by its header; `None` where it is its content, or not to be seen.
fn window(start: &[u8]) -> Option<u64> {
    let [0x28, 0xb5, 0x2f, 0xfd, descriptor, window, ..] = *start else {
        return None;
    };
    if descriptor & 0x20 != 0 {
        return None;
    }
    let base = 1u64 << (10 + (window >> 3));
    Some(base + base / 8 * u64::from(window & 7))
}

/// Writes frames of at most a megabyte of content each. [`Write::flush`] ends the last.
pub(super) struct ZstdWriter<W: Write> {
    sink: W,
    pending: Vec<u8>,
}

impl<W: Write> ZstdWriter<W> {
    pub(super) fn new(sink: W) -> Self {
        Self {
            sink,
            pending: Vec::new(),
        }
    }

    fn write_frame(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let frame = compress_to_vec(self.pending.as_slice(), CompressionLevel::Fastest);
            self.sink.write_all(&frame)?;
            self.pending.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for ZstdWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(FRAME - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        if self.pending.len() == FRAME {
            self.write_frame()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_frame()?;
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME, ZstdReader, ZstdWriter, window};
    use std::io::{Read, Write};

    fn pack(content: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut writer = ZstdWriter::new(&mut packed);
        writer.write_all(content).unwrap();
        writer.flush().unwrap();
        packed
    }

    #[test]
    fn several_frames_come_back_whole() {
        let content: Vec<u8> = (0..2 * FRAME + 77).map(|i| (i % 251) as u8).collect();
        let packed = pack(&content);
        assert!(packed.len() < content.len() / 2);
        let mut back = Vec::new();
        ZstdReader::new(packed.as_slice())
            .read_to_end(&mut back)
            .unwrap();
        assert!(back == content);
    }

    #[test]
    fn windows_are_told_by_the_header() {
        assert_eq!(
            window(&[0x28, 0xb5, 0x2f, 0xfd, 0x04, 0xa8, 0]),
            Some(1 << 31)
        );
        assert_eq!(window(&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0xa8, 0]), None);
        // Wider than the format's users write: an error and no allocation.
        let mut wide = pack(b"hello, hello, hello");
        if wide[4] & 0x20 == 0 {
            wide[5] = 0xf8;
            let mut back = String::new();
            assert!(
                ZstdReader::new(wide.as_slice())
                    .read_to_string(&mut back)
                    .is_err()
            );
        }
    }

    #[test]
    fn skippable_frames_are_skipped_and_half_frames_are_errors() {
        let mut packed = vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        packed.extend(pack(b"hello, hello, hello"));
        let mut back = String::new();
        ZstdReader::new(packed.as_slice())
            .read_to_string(&mut back)
            .unwrap();
        assert_eq!(back, "hello, hello, hello");
        packed.truncate(packed.len() - 3);
        assert!(
            ZstdReader::new(packed.as_slice())
                .read_to_string(&mut back)
                .is_err()
        );
        assert!(
            ZstdReader::new(&b"plain text"[..])
                .read_to_string(&mut back)
                .is_err()
        );
    }
}
