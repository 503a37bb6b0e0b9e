//! `microfluence completions`: what shells complete by, and the man pages.

use super::args::{Cli, Common};
use crate::dataset::write_atomically;
use crate::{Error, Result};
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Known {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence completions bash > microfluence.bash\n  microfluence completions zsh > _microfluence\n  microfluence completions fish > microfluence.fish\n  microfluence completions --man man1"
)]
pub(crate) struct CompletionsArgs {
    /// Print what this shell completes by.
    #[arg(value_enum, required_unless_present = "man")]
    shell: Option<Known>,
    /// Write the man pages, one per command, into this folder.
    #[arg(long, value_name = "DIR")]
    man: Option<PathBuf>,
}

pub(crate) fn run(args: &CompletionsArgs, _common: &Common) -> Result<()> {
    let mut command = Cli::command();
    if let Some(shell) = args.shell {
        let shell = match shell {
            Known::Bash => Shell::Bash,
            Known::Zsh => Shell::Zsh,
            Known::Fish => Shell::Fish,
        };
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "microfluence", &mut text);
        let mut out = std::io::stdout().lock();
        match out.write_all(&text).and_then(|()| out.flush()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(Error::io("standard output", e));
            }
            _ => {}
        }
    }
    let Some(folder) = &args.man else {
        return Ok(());
    };
    command.build();
    let mut pages = vec![("microfluence".to_owned(), command.clone())];
    for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
        pages.push((format!("microfluence-{}", sub.get_name()), sub.clone()));
    }
    for (title, page) in pages {
        let path = folder.join(format!("{title}.1"));
        let mut text = Vec::new();
        clap_mangen::Man::new(page)
            .title(title)
            .render(&mut text)
            .map_err(|e| Error::io(&path, e))?;
        write_atomically(&path, &text)?;
    }
    Ok(())
}
