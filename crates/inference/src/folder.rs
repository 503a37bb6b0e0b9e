//! A model folder: what must be in it, and whether it is whole.
//!
//! | file | what it is |
//! |---|---|
//! | `config.json` | the architecture, in Hugging Face's format |
//! | `tokenizer.json` | for the `tokenizers` crate |
//! | `model.safetensors` | the weights: float32 under Hugging Face's names, or this program's int8 |
//! | `microfluence.json` | [`ModelSettings`]; optional for a folder that comes from elsewhere |
//!
//! A folder may share the tokenizer and the word vectors of the folder beside it that `shares_words_of` names; its own
//! `model.safetensors` then holds everything else.

use super::UNDETERMINED;
use super::hub::HubName;
use microfluence_tables::error::{Error, Result};
use microfluence_tables::hash::{file_sha256, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use std::collections::BTreeMap;
use std::fs;

use std::path::{Path, PathBuf};

/// What a model's output means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Probabilities of classes.
    Classify,
    /// A vector: the mean over the tokens, scaled to length 1, less `pooling.centre` where the weights have that.
    Embed,
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats.
    Float32,
    /// 8-bit integers with one scale per output channel.
    Int8,
}

/// What becomes of the sign # before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashSign {
    /// The tag is split into the words of the vocabulary where that is made of words, else it stays as it is.
    #[default]
    Split,
    /// It is left out.
    Drop,
}

impl HashSign {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What this program wants to know of a model beyond its architecture: `microfluence.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Name, as shown in manifests.
    pub name: String,
    /// What its output means.
    pub task: Task,
    /// How its weights are stored.
    pub precision: Precision,
    /// Names of the classes in the order of the outputs; empty for an embedding model.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Whether it reads pairs of text and target (with an empty second part where no target is named).
    #[serde(default)]
    pub targets: bool,
    /// Texts are cut after this many tokens, the special ones counted.
    pub max_tokens: usize,
    /// Logits are divided by this before the softmax; fitted on held-out texts. 1 leaves them.
    #[serde(default = "one")]
    pub temperature: f32,
    /// Added to the divided logits before the softmax, one per class; empty adds nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<f32>,
    /// The languages that it answers for (ISO 639-3); `und` is texts whose language cannot be told. Empty is English
    /// and those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// What becomes of the sign # before a word.
    #[serde(default, skip_serializing_if = "HashSign::is_default")]
    pub hash_sign: HashSign,
    /// The folder beside this one whose `tokenizer.json` and word vectors this model reads with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_words_of: Option<String>,
    /// sha256 of the folder's other files, in hexadecimal, checked when it is opened.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
}

impl ModelSettings {
    /// A model of floats that answers for English, reads no pairs and is not calibrated; `labels` are empty for
    /// vectors.
    #[must_use]
    pub fn new(name: String, task: Task, labels: Vec<String>, max_tokens: usize) -> Self {
        Self {
            name,
            task,
            precision: Precision::Float32,
            labels,
            targets: false,
            max_tokens,
            temperature: 1.0,
            offsets: Vec::new(),
            languages: Vec::new(),
            hash_sign: HashSign::default(),
            shares_words_of: None,
            sha256: BTreeMap::new(),
        }
    }

    /// The languages that it answers for.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        if self.languages.is_empty() {
            return vec!["eng", UNDETERMINED];
        }
        self.languages.iter().map(String::as_str).collect()
    }

    /// Whether it answers for the language of this code.
    #[must_use]
    pub fn answers_for(&self, language: &str) -> bool {
        self.languages().contains(&language)
    }
}

fn one() -> f32 {
    1.0
}

/// A folder whose files are all there and undamaged.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
    settings: ModelSettings,
    weights_sha256: String,
    /// The folder whose words it shares, checked as well.
    words: Option<Box<ModelFolder>>,
}

/// What a classifier's `config.json` says beyond the architecture.
#[derive(Deserialize)]
struct Labels {
    #[serde(default)]
    id2label: BTreeMap<usize, String>,
    #[serde(default)]
    architectures: Vec<String>,
    max_position_embeddings: Option<usize>,
}

impl ModelFolder {
    /// The files that every folder holds.
    pub const FILES: [&'static str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
    /// The name under which `sha256` has the weights of the folder whose words are shared.
    pub const WORDS: &'static str = "words";
    /// Where [`ModelSettings`] stand.
    pub const SETTINGS: &'static str = "microfluence.json";

    /// Opens the folder and checks it. A name on the Hugging Face hub, `owner/name` or
    /// `owner/name@revision`, is looked for in the hub's cache, and fetched into it where the
    /// feature `hub` was built in.
    ///
    /// # Errors
    /// [`Error::Model`] naming the file that is missing, is not what it should be, or whose
    /// sha256 differs from the one in the settings.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let path = match HubName::parse(&path.to_string_lossy()) {
            Some(name) if !path.exists() => name.folder()?,
            _ => path,
        };
        if !path.is_dir() {
            return Err(Error::model(&path, "no such model folder").with_hint(
                "`microfluence models` lists the shipped ones; --model takes a folder's path, or a name on the \
                 Hugging Face hub such as owner/name@revision",
            ));
        }
        for name in Self::FILES {
            // What it shares with another folder is looked for there, once the settings say so.
            if name != "tokenizer.json" && !path.join(name).is_file() {
                return Err(
                    Error::model(path.join(name), "missing from the model folder")
                        .with_hint(format!("a model folder holds {}", Self::FILES.join(", "))),
                );
            }
        }
        let settings = Self::read_settings(&path)?;
        let words = match &settings.shares_words_of {
            Some(name) => Some(Box::new(Self::whose_words(&path, name)?)),
            None if path.join("tokenizer.json").is_file() => None,
            None => {
                return Err(Error::model(
                    path.join("tokenizer.json"),
                    "missing from the model folder",
                )
                .with_hint(format!("a model folder holds {}", Self::FILES.join(", "))));
            }
        };
        if !settings.offsets.is_empty() && settings.offsets.len() != settings.labels.len() {
            return Err(Error::model(
                path.join(Self::SETTINGS),
                format!(
                    "{} offsets for {} classes, expected one per class or none",
                    settings.offsets.len(),
                    settings.labels.len()
                ),
            ));
        }
        if let Some(words) = &words
            && let Some(expected) = settings.sha256.get(Self::WORDS)
            && *expected != words.weights_sha256
        {
            return Err(Error::model(
                words.path(),
                format!(
                    "is not the model that {} was made with: its weights' sha256 is {}, expected {expected}",
                    path.display(),
                    words.weights_sha256
                ),
            )
            .with_hint("fetch both folders again"));
        }
        let mut weights_sha256 = String::new();
        for name in Self::FILES {
            if words.is_some() && name == "tokenizer.json" {
                continue;
            }
            let expected = settings.sha256.get(name);
            if expected.is_none() && name != "model.safetensors" {
                continue;
            }
            let found = file_sha256(&path.join(name))?;
            if let Some(expected) = expected
                && *expected != found
            {
                return Err(Error::model(
                    path.join(name),
                    format!(
                        "damaged: sha256 is {found}, {} says {expected}",
                        Self::SETTINGS
                    ),
                )
                .with_hint("fetch the folder again"));
            }
            if name == "model.safetensors" {
                weights_sha256 = found;
            }
        }
        Ok(Self {
            path,
            settings,
            weights_sha256,
            words,
        })
    }

    /// The folder beside `path` whose words it reads with. It has to be the very one that it was made with.
    fn whose_words(path: &Path, name: &str) -> Result<Self> {
        let settings = path.join(Self::SETTINGS);
        if Path::new(name).file_name().is_none_or(|n| n != name) {
            return Err(Error::model(
                settings,
                format!("shares_words_of {name:?}: expected the name of a folder beside this one"),
            ));
        }
        let other = Self::open(path.join("..").join(name))?;
        if other.words.is_some() {
            return Err(Error::model(
                settings,
                format!("shares_words_of {name:?}: that folder has no words of its own"),
            ));
        }
        Ok(other)
    }

    fn read_settings(path: &Path) -> Result<ModelSettings> {
        let file = path.join(Self::SETTINGS);
        if file.is_file() {
            return read_json(&file);
        }
        let config: Labels = read_json(&path.join("config.json"))?;
        let classifies = config
            .architectures
            .iter()
            .any(|a| a.ends_with("ForSequenceClassification"));
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        let (task, labels) = if classifies {
            let labels = config.id2label.into_values().map(|l| l.to_lowercase());
            (Task::Classify, labels.collect())
        } else {
            (Task::Embed, Vec::new())
        };
        let max_tokens = config.max_position_embeddings.unwrap_or(512).min(128);
        let name = name.unwrap_or_else(|| "model".to_owned());
        Ok(ModelSettings::new(name, task, labels, max_tokens))
    }

    /// Writes the settings of a folder whose other files are there, with their sums.
    ///
    /// # Errors
    /// Where a file cannot be read or the settings cannot be written.
    pub fn write_settings(path: &Path, mut settings: ModelSettings) -> Result<ModelSettings> {
        let words = settings.sha256.remove(Self::WORDS);
        let shares = settings.shares_words_of.is_some();
        settings.sha256 = Self::FILES
            .iter()
            .filter(|name| !shares || **name != "tokenizer.json")
            .map(|name| Ok(((*name).to_owned(), file_sha256(&path.join(name))?)))
            .collect::<Result<_>>()?;
        settings
            .sha256
            .extend(words.map(|sum| (Self::WORDS.to_owned(), sum)));
        let file = path.join(Self::SETTINGS);
        let text =
            serde_json::to_string_pretty(&settings).map_err(|e| Error::Internal(e.to_string()))?;
        fs::write(&file, text + "\n").map_err(|e| Error::io(&file, e))?;
        Ok(settings)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One of its files; the tokenizer may be that of the folder whose words it shares.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        match &self.words {
            Some(words) if name == "tokenizer.json" => words.file(name),
            _ => self.path.join(name),
        }
    }

    /// The folder whose tokenizer and word vectors it reads with, where they are not its own.
    #[must_use]
    pub fn words(&self) -> Option<&Self> {
        self.words.as_deref()
    }

    /// What `microfluence.json` says, or what could be read off `config.json`.
    #[must_use]
    pub fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    /// sha256 over everything that decides what the model gives for a text, in hexadecimal.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn identity(&self) -> Result<String> {
        // The name, the sums and the languages decide nothing of what a text gets.
        let mut settings = self.settings.clone();
        settings.name.clear();
        settings.sha256.clear();
        settings.languages.clear();
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&settings).map_err(|e| Error::Internal(e.to_string()))?);
        hash.update(&self.weights_sha256);
        if let Some(words) = &self.words {
            hash.update(words.weights_sha256());
        }
        for name in ["config.json", "tokenizer.json"] {
            hash.update(file_sha256(&self.file(name))?);
        }
        Ok(hex(&hash.finalize()))
    }

    /// sha256 of `model.safetensors`, in hexadecimal.
    #[must_use]
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }
}

/// Reads a JSON file of the folder.
pub(super) fn read_json<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T> {
    let bytes = fs::read(file).map_err(|e| Error::io(file, e))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::model(file, e.to_string()))
}
