//! Comments from a file to a table without ever holding all of them.

use super::{ScoredComment, Scorer, Target};
use crate::error::{Error, Result};
use crate::schema::Comment;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Comments that are judged together at first, so that the first scores come at once.
const FIRST_CHUNK: usize = 128;
/// And later, so that every thread has its fill.
const LARGEST_CHUNK: usize = 8192;
/// Bytes of text that end a chunk early.
const CHUNK_BYTES: usize = 4 << 20;
/// Chunks that may wait between two stages; a stage that is ahead stops until there is room.
const WAITING: usize = 2;

/// Reading, judging and writing at the same time, each in its own thread and in order.
///
/// `read` hands over the comments one by one; `write` gets each chunk with its scores, whose
/// `index` counts within the chunk. How comments fall into chunks changes no score. At most a
/// few chunks are in memory.
///
/// # Errors
/// The first of the three to fail; what was written before stays written.
pub fn score_stream<R: Send>(
    scorer: &Scorer<'_>,
    target: &Target,
    read: impl FnOnce(&mut dyn FnMut(Comment) -> Result<()>) -> Result<R> + Send,
    mut write: impl FnMut(&[Comment], &[ScoredComment]) -> Result<()> + Send,
) -> Result<R> {
    thread::scope(|scope| {
        let (to_judge, comments) = sync_channel::<Vec<Comment>>(WAITING);
        let (to_write, judged) = sync_channel::<(Vec<Comment>, Vec<ScoredComment>)>(WAITING);
        let reader = scope.spawn(move || {
            let mut chunk = Vec::new();
            let mut bytes = 0;
            let mut size = FIRST_CHUNK;
            let outcome = read(&mut |comment| {
                bytes += comment.text.len();
                chunk.push(comment);
                if chunk.len() == size || bytes >= CHUNK_BYTES {
                    size = (size * 2).min(LARGEST_CHUNK);
                    bytes = 0;
                    to_judge
                        .send(std::mem::take(&mut chunk))
                        .map_err(|_| stopped())?;
                }
                Ok(())
            })?;
            if !chunk.is_empty() {
                to_judge.send(chunk).map_err(|_| stopped())?;
            }
            Ok(outcome)
        });
        let writer = scope.spawn(move || {
            judged
                .into_iter()
                .try_for_each(|(comments, rows)| write(&comments, &rows))
        });
        let judging = comments.into_iter().try_for_each(|chunk| {
            let rows = scorer.score(&chunk, target)?;
            to_write.send((chunk, rows)).map_err(|_| stopped())
        });
        drop(to_write);
        // A stage that stopped because the next one did has nothing to tell.
        let written = writer
            .join()
            .unwrap_or_else(|p| std::panic::resume_unwind(p));
        let outcome = reader
            .join()
            .unwrap_or_else(|p| std::panic::resume_unwind(p));
        written?;
        judging?;
        outcome
    })
}

/// What a stage ends with when the next one takes nothing more; never shown.
fn stopped() -> Error {
    Error::Internal("the next stage stopped".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{Encoder, Input, ModelSettings, Rows, Task};
    use crate::schema::Polarity;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Says positive of long texts.
    struct ByLength(ModelSettings);

    impl Encoder for ByLength {
        fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
            let mut rows = Rows::zeros(inputs.len(), 3);
            for (i, input) in inputs.iter().enumerate() {
                rows.row_mut(i)[if input.text.len() > 8 { 2 } else { 0 }] = 1.0;
            }
            Ok(rows)
        }

        fn settings(&self) -> &ModelSettings {
            &self.0
        }

        fn backend(&self) -> &'static str {
            "by length"
        }
    }

    fn encoder() -> ByLength {
        let labels = Polarity::ALL.map(|p| p.name().to_owned()).to_vec();
        ByLength(ModelSettings {
            targets: true,
            ..ModelSettings::new("by length".to_owned(), Task::Classify, labels, 16)
        })
    }

    fn comment(i: usize) -> Comment {
        Comment::new(i.to_string().as_str().into(), &format!("no {}", i * 7))
    }

    #[test]
    fn every_comment_comes_out_once_and_in_order() {
        let encoder = encoder();
        let scorer = Scorer::new(&encoder).unwrap();
        for n in [0, 1, FIRST_CHUNK, FIRST_CHUNK + 1, 30_000] {
            let mut ids = Vec::new();
            let told = score_stream(
                &scorer,
                &Target::Column,
                |take| (0..n).try_for_each(|i| take(comment(i))).map(|()| "read"),
                |comments, rows| {
                    assert_eq!(comments.len(), rows.len());
                    ids.extend(rows.iter().map(|row| row.comment_id.to_string()));
                    assert!(rows.iter().all(|row| row.label.is_some()));
                    Ok(())
                },
            );
            assert_eq!(told.unwrap(), "read");
            assert_eq!(ids, (0..n).map(|i| i.to_string()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_slow_writer_holds_the_reader_back() {
        let encoder = encoder();
        let scorer = Scorer::new(&encoder).unwrap();
        let (read, written) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let most = (2 * WAITING + 3) * LARGEST_CHUNK;
        score_stream(
            &scorer,
            &Target::Column,
            |take| {
                (0..200_000).try_for_each(|i| {
                    let ahead =
                        read.fetch_add(1, Ordering::SeqCst) - written.load(Ordering::SeqCst);
                    assert!(ahead <= most, "{ahead} comments were in memory");
                    take(comment(i))
                })
            },
            |_, rows| {
                thread::sleep(std::time::Duration::from_millis(5));
                written.fetch_add(rows.len(), Ordering::SeqCst);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(written.into_inner(), 200_000);
    }

    #[test]
    fn the_first_to_fail_is_heard() {
        let encoder = encoder();
        let scorer = Scorer::new(&encoder).unwrap();
        let all = |take: &mut dyn FnMut(Comment) -> Result<()>| {
            (0..200_000).try_for_each(|i| take(comment(i)))
        };
        let writer = score_stream(&scorer, &Target::Column, all, |_, _| {
            Err(Error::usage("full"))
        });
        assert_eq!(writer.unwrap_err().to_string(), "full");
        let reader = score_stream(
            &scorer,
            &Target::Column,
            |take| take(comment(1)).and_then(|()| Err::<(), _>(Error::usage("cut off"))),
            |_, _| Ok(()),
        );
        assert_eq!(reader.unwrap_err().to_string(), "cut off");
    }
}
