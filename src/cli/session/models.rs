//! The models of a command, and what they make of its tables.

use super::Session;
use crate::cli::host::Elsewhere;
use crate::cli::memory::{Loaded, ModelKey, ReadKey};
use crate::cli::merge::PartModel;
use crate::cli::progress::Watched;
use crate::cli::term::count;
use crate::dataset::expand;
use crate::inference::{
    Backend, CachedEncoder, DiskCache, Encoder, ModelFolder, ModelSet, Replay, SENTIMENT_MODELS,
    ShardEncoder, TextList, cache_folder, encoder_on_demand, shipped_model,
};
use crate::niche::Taxonomy;
use crate::pipeline::{Profiles, Tables, read_profiles, score_comments};
use crate::report::ModelInfo;
use crate::schema::Comment;
use crate::sentiment::{ScoredComment, Target};
use crate::{Error, Place, Result};
use std::path::Path;
use std::sync::Arc;

impl Session<'_> {
    /// Loads the sentiment model.
    pub(crate) fn sentiment_model(&mut self) -> Result<Arc<dyn Encoder>> {
        let own = self.common.model.as_deref();
        let languages = self.common.languages()?;
        let mut models = Vec::new();
        match own {
            Some(_) => models.push(self.model(own, "sentiment")?),
            None => {
                for name in SENTIMENT_MODELS {
                    models.push(self.model(None, name)?);
                }
            }
        }
        Ok(Arc::new(ModelSet::new(models, languages)?))
    }

    /// Loads the embedding model.
    pub(crate) fn embedding_model(&mut self) -> Result<Arc<dyn Encoder>> {
        self.model(self.common.embedding_model.as_deref(), "embedding")
    }

    /// Loads the embedding model that reads every language, which goes with the shipped embedding model alone.
    pub(crate) fn multilingual_embedding(&mut self) -> Result<Option<Arc<dyn Encoder>>> {
        match self.common.embedding_model {
            Some(_) => Ok(None),
            None => self.model(None, "embedding-multi").map(Some),
        }
    }

    /// Says how many creators write mostly in other languages than English, and what tells what they are about.
    pub(crate) fn say_foreign(&self, creators: usize) {
        if creators == 0 {
            return;
        }
        let by = match self.common.embedding_model {
            Some(_) => "words, tags and emoji more than by the model",
            None => "the multilingual model, words, tags and emoji, with less detail",
        };
        self.voice.say(&format!(
            "{} creators write mostly in other languages than English: what they are about is told by {by}",
            count(creators as u64)
        ));
    }

    /// Which model does a job here.
    fn model_key(&self, folder: Option<&Path>, job: &'static str) -> ModelKey {
        ModelKey {
            folder: folder.map(Path::to_owned),
            job,
            backend: self.common.backend.clone(),
            languages: self.common.languages.clone(),
        }
    }

    fn model(&mut self, path: Option<&Path>, shipped: &'static str) -> Result<Arc<dyn Encoder>> {
        let (encoder, model) = match self.common.memory.clone() {
            None => self.load(path, shipped)?,
            Some(memory) => {
                memory.model(self.model_key(path, shipped), || self.load(path, shipped))?
            }
        };
        self.models.push(model);
        self.encoders.push(Arc::clone(&encoder));
        let encoder = self.shared(encoder);
        let elsewhere = self.common.host.as_ref().is_some_and(|host| host.reads());
        if self.common.quiet || elsewhere {
            return Ok(encoder);
        }
        Ok(Arc::new(Watched::new(encoder, self.common.host.clone())))
    }

    /// The model as this run has its part in what several read together, or lists what is to be forgotten.
    fn shared(&mut self, encoder: Arc<CachedEncoder>) -> Arc<dyn Encoder> {
        if let Some(lists) = &mut self.to_forget {
            let list = Arc::new(TextList::new(encoder));
            lists.push(Arc::clone(&list));
            return list;
        }
        match (&self.part, &self.common.parts) {
            (Some(part), _) => Arc::new(ShardEncoder::new(encoder, Arc::clone(part))),
            (None, Some(parts)) => Arc::new(Replay::new(encoder, Arc::clone(&parts.answers))),
            (None, None) => encoder,
        }
    }

    fn load(&mut self, path: Option<&Path>, shipped: &'static str) -> Result<Loaded> {
        let folder = match path {
            Some(path) => ModelFolder::open(path)?,
            None => shipped_model(shipped)?,
        };
        let encoder = encoder_on_demand(&folder, Backend::named(&self.common.backend)?)?;
        let host = self.common.host.clone().filter(|host| host.reads());
        let elsewhere = host.is_some();
        let encoder: Box<dyn Encoder> = match host {
            Some(host) => Box::new(Elsewhere {
                inner: encoder,
                host,
                model: shipped,
            }),
            None => encoder,
        };
        let mut encoder = CachedEncoder::new(encoder, &folder, self.disk_cache())?;
        if elsewhere {
            encoder = encoder.asking_at_once();
        }
        let encoder = Arc::new(encoder);
        self.voice.detail(&format!(
            "model {} from {}",
            encoder.settings().name,
            folder.path().display()
        ));
        let model = ModelInfo {
            name: encoder.settings().name.clone(),
            sha256: folder.weights_sha256().to_owned(),
            backend: encoder.backend().to_owned(),
        };
        if let Some(parts) = &self.common.parts
            && !parts.models.contains(&part_model(&model))
        {
            return Err(Error::input(
                Place::file(folder.path()),
                "is not the model that the parts were read by",
            )
            .with_hint("merge with the model of the shares, or run them again with this one"));
        }
        Ok((encoder, model))
    }

    /// The comments of these files, scored towards a target.
    ///
    /// # Errors
    /// If the model fails.
    pub(crate) fn scored(
        &mut self,
        patterns: &[String],
        comments: &[Comment],
        encoder: &dyn Encoder,
        target: &Target,
    ) -> Result<Arc<Vec<ScoredComment>>> {
        let score = || score_comments(encoder, comments, target);
        let Some(memory) = &self.common.memory else {
            return score().map(Arc::new);
        };
        let read = ReadKey::of::<Comment>(&expand(patterns)?, &self.options);
        let model = self.model_key(self.common.model.as_deref(), "sentiment");
        memory.scored((read, target.clone(), model), score)
    }

    /// What the creators are about.
    ///
    /// # Errors
    /// If the model fails.
    pub(crate) fn profiles(
        &mut self,
        tables: &Tables,
        encoder: &dyn Encoder,
        taxonomy: &Taxonomy,
        file: Option<&Path>,
    ) -> Result<Arc<Profiles>> {
        let multilingual = self.multilingual_embedding()?;
        let read = || read_profiles(encoder, multilingual.as_deref(), tables, taxonomy);
        let Some(memory) = &self.common.memory else {
            return read().map(Arc::new);
        };
        let model = self.model_key(self.common.embedding_model.as_deref(), "embedding");
        memory.profiles(tables, file, model, read)
    }

    /// The store on disk, unless it is unwanted. A run does not fail for want of it.
    fn disk_cache(&mut self) -> Option<Arc<DiskCache>> {
        if self.disk.is_none() && !self.common.no_cache {
            self.disk = match &self.common.memory {
                Some(memory) => memory.disk(|| self.open_disk()),
                None => self.open_disk(),
            };
        }
        self.disk.clone()
    }

    fn open_disk(&self) -> Option<Arc<DiskCache>> {
        match cache_folder().map(|folder| DiskCache::open(&folder)) {
            Some(Ok(disk)) => Some(Arc::new(disk)),
            Some(Err(error)) => {
                self.voice.say(&format!("warning: {error}"));
                None
            }
            None => None,
        }
    }

    /// Says what the cache spared, and what went wrong with it.
    pub(super) fn close_cache(&self) {
        for encoder in &self.encoders {
            let counts = encoder.counts();
            if counts.from_disk > 0 {
                self.voice.say(&format!(
                    "{} of {} texts were known from an earlier run (--no-cache reads them anew)",
                    count(counts.from_disk),
                    count(counts.from_disk + counts.read),
                ));
            }
        }
        // Both models share the store, so one word is enough.
        if let Some(trouble) = self.encoders.iter().find_map(|e| e.trouble()) {
            self.voice.say(&format!("warning: {trouble}"));
        }
    }

    /// From here on the models read nothing: their texts are listed.
    pub(crate) fn list_texts(&mut self) -> Result<()> {
        if self.disk_cache().is_none() {
            return Err(Error::usage("there is no cache to forget anything in"));
        }
        self.to_forget = Some(Vec::new());
        Ok(())
    }

    /// Removes what the store knows of the listed texts; gives how many answers that were.
    pub(crate) fn forget_listed(&self) -> Result<u64> {
        let lists = self.to_forget.iter().flatten();
        lists.map(|list| list.forget()).sum()
    }
}

pub(super) fn part_model(model: &ModelInfo) -> PartModel {
    PartModel {
        name: model.name.clone(),
        sha256: model.sha256.clone(),
        backend: model.backend.clone(),
    }
}
