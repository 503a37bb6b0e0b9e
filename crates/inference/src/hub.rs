//! Models by their name on the Hugging Face hub, `owner/name` or `owner/name@revision`.
//!
//! What the hub's own tools have brought into their cache is found there without a network. With
//! the feature `hub` the program brings it itself.

use super::ModelFolder;
use microfluence_tables::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A model's name on the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HubName {
    /// `owner/name`.
    id: String,
    /// A branch, a tag or a commit.
    revision: String,
}

impl HubName {
    /// Reads `owner/name` or `owner/name@revision`; `None` for what looks like a path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (id, revision) = text.split_once('@').unwrap_or((text, "main"));
        let parts: Vec<&str> = id.split('/').collect();
        let is_name = |part: &&str| {
            part.starts_with(char::is_alphanumeric)
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        let is_revision = !revision.is_empty() && !revision.contains("..");
        (parts.len() == 2 && parts.iter().all(is_name) && is_revision).then(|| Self {
            id: id.to_owned(),
            revision: revision.to_owned(),
        })
    }

    /// The model's folder, from the cache or, where the program was built for it, the network.
    ///
    /// # Errors
    /// [`Error::Model`] that says how to bring the folder.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        match cache().and_then(|cache| self.cached(&cache)) {
            Some(folder) => Ok(folder),
            None => self.fetch(),
        }
    }

    /// The folder in the hub's cache, where all of its files are there.
    fn cached(&self, cache: &Path) -> Option<PathBuf> {
        let model = cache.join(format!("models--{}", self.id.replace('/', "--")));
        let commit = std::fs::read_to_string(model.join("refs").join(&self.revision))
            .unwrap_or_else(|_| self.revision.clone());
        let folder = model.join("snapshots").join(commit.trim());
        let whole = ModelFolder::FILES
            .iter()
            .all(|name| folder.join(name).is_file());
        whole.then_some(folder)
    }

    #[cfg(feature = "hub")]
    fn fetch(&self) -> Result<PathBuf> {
        use hf_hub::api::sync::ApiBuilder;
        use hf_hub::{Repo, RepoType};

        let mut builder = ApiBuilder::from_env().with_progress(false);
        if let Some(cache) = cache() {
            builder = builder.with_cache_dir(cache);
        }
        // The token goes into the request's header and nowhere else.
        if let Ok(token) = std::env::var("HF_TOKEN") {
            builder = builder.with_token(Some(token));
        }
        let repo = Repo::with_revision(self.id.clone(), RepoType::Model, self.revision.clone());
        let fetch = || -> std::result::Result<PathBuf, hf_hub::api::sync::ApiError> {
            let api = builder.build()?.repo(repo);
            let mut folder = PathBuf::new();
            for name in ModelFolder::FILES {
                folder = api.get(name)?;
            }
            // Only this program's own models have settings.
            let _ = api.get(ModelFolder::SETTINGS);
            folder.pop();
            Ok(folder)
        };
        fetch().map_err(|e| self.missing(&format!("the hub did not give it: {e}")))
    }

    #[cfg(not(feature = "hub"))]
    fn fetch(&self) -> Result<PathBuf> {
        Err(self.missing(
            "it is not in the Hugging Face hub's cache, and this program was built without the feature `hub`, which fetches it",
        ))
    }

    fn missing(&self, why: &str) -> Error {
        let Self { id, revision } = self;
        Error::model(format!("{id}@{revision}"), why.to_owned()).with_hint(format!(
            "where there is a network, `hf download {id} --revision {revision} --local-dir DIR`; then bring DIR here and give --model DIR"
        ))
    }
}

/// Where the hub's tools keep what they fetch.
fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    if let Some(cache) = set("HF_HUB_CACHE") {
        return Some(cache.into());
    }
    let home = match set("HF_HOME") {
        Some(home) => PathBuf::from(home),
        None => match set("XDG_CACHE_HOME") {
            Some(cache) => PathBuf::from(cache).join("huggingface"),
            None => PathBuf::from(set("HOME").or_else(|| set("USERPROFILE"))?)
                .join(".cache/huggingface"),
        },
    };
    Some(home.join("hub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_paths() {
        let name = HubName::parse("acme/tiny-bert@v2").unwrap();
        assert_eq!(
            (name.id.as_str(), name.revision.as_str()),
            ("acme/tiny-bert", "v2")
        );
        assert_eq!(HubName::parse("acme/tiny").unwrap().revision, "main");
        for path in [
            "models",
            "./models/x",
            "/a/b",
            "a/b/c",
            "../x",
            "a/..",
            "a/b@../../x",
            "a/b@",
        ] {
            assert_eq!(HubName::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_revision_is_found_in_the_cache() {
        let cache = tempfile::tempdir().unwrap();
        let model = cache.path().join("models--acme--tiny");
        let snapshot = model.join("snapshots/0123abc");
        std::fs::create_dir_all(&snapshot).unwrap();
        std::fs::create_dir_all(model.join("refs")).unwrap();
        std::fs::write(model.join("refs/main"), "0123abc\n").unwrap();
        let cached = |name: &str| HubName::parse(name).unwrap().cached(cache.path());
        assert_eq!(cached("acme/tiny"), None, "it has no files yet");
        for name in ModelFolder::FILES {
            std::fs::write(snapshot.join(name), "x").unwrap();
        }
        assert_eq!(cached("acme/tiny"), Some(snapshot.clone()));
        assert_eq!(cached("acme/tiny@0123abc"), Some(snapshot));
        assert_eq!(cached("acme/tiny@v2"), None);
        assert_eq!(cached("acme/other"), None);
    }
}
