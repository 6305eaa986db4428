//! The kustomizations that a kustomization is made of, here and elsewhere.

use super::{
    accumulate::{Accumulated, Target},
    load::Found,
    manifest::{COMPONENT_KIND, KUSTOMIZATION_KIND},
    metadata::Place,
    problem::{Outcome, problem},
    remote::{RemoteUrl, is_web},
};

// Adds what another kustomization makes.
fn base(sum: &mut Accumulated, target: &Target<'_>) -> Outcome<()> {
    let mut own = Accumulated::default();
    target.run(&mut own)?;
    sum.absorb(own)
}

impl<'b> Target<'b> {
    /// Adds a file of resources, or what another kustomization makes.
    pub(super) fn resource(&self, sum: &mut Accumulated, path: &str) -> Outcome<()> {
        if path.is_empty() {
            return Err(problem("a path cannot be empty"));
        }
        match self.loader.kind(path) {
            Ok(Found::File) => self.resource_file(sum, path),
            Ok(Found::Directory) => base(sum, &self.child(path, KUSTOMIZATION_KIND)?),
            found => self.elsewhere(sum, path, found),
        }
    }

    // What is not in the tree is a file of the web, a repository, or missing.
    fn elsewhere(&self, sum: &mut Accumulated, path: &str, found: Outcome<Found>) -> Outcome<()> {
        let name = path.split('?').next().unwrap_or_default();
        let file = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        match RemoteUrl::parse(path) {
            Some(url) if !(file && is_web(path)) => {
                base(sum, &self.remote(path, &url, KUSTOMIZATION_KIND)?)
            }
            _ if is_web(path) => self.resource_file(sum, path),
            _ => {
                found?;
                Err(problem(format!("{path:?} is neither a file nor a directory")))
            }
        }
    }

    /// Lets a component act on what is there.
    pub(super) fn component(&self, sum: &mut Accumulated, path: &str) -> Outcome<()> {
        match (self.loader.kind(path), RemoteUrl::parse(path)) {
            (Ok(Found::Nothing) | Err(_), Some(url)) => self.remote(path, &url, COMPONENT_KIND),
            _ => self.child(path, COMPONENT_KIND),
        }?
        .run(sum)
    }

    fn child(&self, path: &str, kind: &str) -> Outcome<Target<'b>> {
        let mut child = Target::load(self.build, self.loader.enter(path)?)?;
        child.origin = self.origin.as_ref().map(|origin| origin.below(path));
        self.adopt(child, kind)
    }

    fn remote(&self, path: &str, url: &RemoteUrl, kind: &str) -> Outcome<Target<'b>> {
        let mut child = Target::load(self.build, self.loader.enter_repository(path, url)?)?;
        child.origin = self.origin.as_ref().map(|_| Place {
            path: url.directory.clone(),
            repository: url.repository.url.clone(),
            reference: url.repository.reference.clone(),
            ..Place::default()
        });
        self.adopt(child, kind)
    }

    fn adopt(&self, mut child: Target<'b>, kind: &str) -> Outcome<Target<'b>> {
        self.chart_namespace().clone_into(&mut child.inherited_namespace);
        child.set_schema()?;
        let component = child.manifest.kind == COMPONENT_KIND;
        if component != (kind == COMPONENT_KIND) {
            let root = &child.loader.root;
            let text = if component {
                format!("'{root}' is a Component: list it under components, not resources")
            } else {
                format!("'{root}' is no Component: list it under resources, not components")
            };
            return Err(problem(text));
        }
        Ok(child)
    }
}
