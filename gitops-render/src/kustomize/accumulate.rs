//! One kustomization: what it reads, makes, adds and changes, in order.

use std::{cell::OnceCell, sync::Arc};

use bytes::Bytes;
use gitops_core::Origin;

use super::{
    Build,
    config::{Fields, default_fields, fields_of_crds, merged},
    decode::{Mode, decode_root},
    field_problem,
    generate::{chart, charts, config_map, secret},
    lines::Lines,
    load::Loader,
    manifest::{Generator, GeneratorOptions, Kustomization},
    metadata::Place,
    openapi,
    patch::Schema,
    plugin::Plugins,
    problem::{Outcome, Problem, problem},
    read::{Read, read_documents},
    read_config,
    resource::Resource,
    resources::{expand_lists, validated},
    set::Set,
    steps::{Step, steps},
    variables::{self, Variables},
};

/// What has been read and made so far.
#[derive(Debug, Default)]
pub(super) struct Accumulated {
    pub(super) set: Set,
    pub(super) fields: Option<Arc<Fields>>,
    pub(super) variables: Variables,
}

/// One kustomization file and where it is.
pub(super) struct Target<'b> {
    pub(super) build: &'b Build,
    pub(super) loader: Loader,
    pub(super) manifest: Kustomization,
    /// The name of the file.
    pub(super) file: String,
    bytes: Bytes,
    /// Read once somebody asks for a place.
    lines: OnceCell<Lines>,
    /// The way from the first kustomization to this one, where provenance is asked for.
    pub(super) origin: Option<Place>,
    /// The namespace that the kustomizations above give to charts.
    pub(super) inherited_namespace: String,
}

impl<'b> Target<'b> {
    /// Reads the kustomization of a directory.
    pub(super) fn load(build: &'b Build, loader: Loader) -> Outcome<Self> {
        let (file, bytes) = loader.kustomization()?;
        let path = loader.display(&file);
        let value = read_config(&path, &bytes)?;
        let mut manifest: Kustomization =
            decode_root(&value, Mode::Strict).map_err(|err| field_problem(&path, &bytes, &err))?;
        for warning in manifest.warnings() {
            build.warn(warning);
        }
        let mut target = Self {
            build,
            loader,
            manifest: Kustomization::default(),
            file,
            bytes,
            lines: OnceCell::new(),
            origin: None,
            inherited_namespace: String::new(),
        };
        manifest.fold_deprecated();
        if manifest.is_empty() {
            return Err(target.at("", problem("the kustomization is empty")));
        }
        if let Some((pointer, text)) = manifest.wrong_type() {
            return Err(target.at(pointer, problem(text)));
        }
        target.manifest = manifest;
        Ok(target)
    }

    /// Gives a problem the place of a field of this kustomization.
    pub(super) fn at(&self, pointer: &str, err: Box<Problem>) -> Box<Problem> {
        let err = if pointer.is_empty() {
            err
        } else {
            err.within(|| super::decode::field_name(pointer))
        };
        err.at(|| self.place(pointer))
    }

    /// Returns the place of a field of this kustomization.
    pub(super) fn place(&self, pointer: &str) -> Origin {
        let path = self.loader.display(&self.file);
        Origin { path, line: self.lines.get_or_init(|| Lines::of(&self.bytes)).at(pointer) }
    }

    /// Returns the place of a built-in generator or transformer of this kustomization, where
    /// provenance is asked for.
    pub(super) fn builtin(&self, kind: &str) -> Option<Place> {
        self.origin.as_ref().map(|origin| origin.builtin(&self.file, kind))
    }

    /// Returns the namespace of charts that say none.
    pub(super) fn chart_namespace(&self) -> &str {
        match self.manifest.namespace.as_str() {
            "" => &self.inherited_namespace,
            own => own,
        }
    }

    /// Takes the schema that the kustomization brings. The first one counts.
    pub(super) fn set_schema(&self) -> Outcome<()> {
        let openapi = &self.manifest.openapi;
        let mut schema = self.build.schema.borrow_mut();
        if schema.is_some() {
            return Ok(());
        }
        let version = openapi.get("version").filter(|version| !version.is_empty());
        let Some(path) = openapi.get("path") else {
            return match version.map(String::as_str) {
                None => Ok(()),
                Some("v1.21.2" | "v1212") => {
                    *schema = Some(Schema::Builtin);
                    Ok(())
                }
                Some(other) => {
                    let text = format!("the OpenAPI version {other:?} is not built in");
                    Err(self.at("/openapi/version", problem(text)))
                }
            };
        };
        let read = || -> Outcome<Schema> {
            let bytes = self.loader.read(path)?;
            if openapi.contains_key("version") {
                return Err(problem("builtin version and custom schema provided, cannot use both"));
            }
            openapi::read(&read_config(&self.loader.display(path), &bytes)?)
        };
        *schema = Some(read().map_err(|err| self.at("/openapi/path", err))?);
        Ok(())
    }

    /// Adds everything that the kustomization says to `sum`.
    pub(super) fn run(&self, sum: &mut Accumulated) -> Outcome<()> {
        let none = Vec::new();
        let resources = self.manifest.resources.as_ref().unwrap_or(&none);
        for (index, path) in resources.iter().enumerate() {
            self.resource(sum, path).map_err(|err| self.at(&format!("/resources/{index}"), err))?;
        }
        self.configure(sum)?;
        self.generate(sum)?;
        for (index, path) in self.manifest.components.iter().enumerate() {
            self.component(sum, path)
                .map_err(|err| self.at(&format!("/components/{index}"), err))?;
        }
        let fields = sum.fields.clone().unwrap_or_else(default_fields);
        for step in steps(self, &fields)? {
            self.run_step(&step, &mut sum.set)?;
        }
        self.validate(sum)?;
        let vars = self.manifest.vars.as_ref().unwrap_or(const { &Vec::new() });
        variables::collect(&mut sum.variables, &mut sum.set, vars)
            .map_err(|err| self.at("/vars", err))
    }

    fn run_step(&self, step: &Step, set: &mut Set) -> Outcome<()> {
        let schema = self.build.schema.borrow();
        let schema = schema.as_ref().unwrap_or(const { &Schema::Builtin });
        step.transformer.apply(set, schema).map_err(|err| err.at(|| step.at.clone()))?;
        if let Some(place) = &step.place {
            for resource in &mut set.list {
                let provenance = &mut resource.provenance;
                match provenance.origin {
                    None => provenance.origin = Some(place.clone()),
                    Some(_) => provenance.transformations.push(place.clone()),
                }
            }
        }
        set.drop_gone();
        Ok(())
    }

    pub(super) fn resource_file(&self, sum: &mut Accumulated, path: &str) -> Outcome<()> {
        let mut resources = self.read_resources(path)?;
        if let Some(origin) = &self.origin {
            let place = origin.below(path);
            for resource in &mut resources {
                resource.provenance.origin = Some(place.clone());
            }
        }
        sum.set.append(resources)
    }

    fn read_resources(&self, path: &str) -> Outcome<Vec<Resource>> {
        let bytes = self.loader.read(path)?;
        let shown = self.loader.display(path);
        resources_of(&shown, &bytes)
    }

    fn configure(&self, sum: &mut Accumulated) -> Outcome<()> {
        let mut own = None;
        for (index, path) in self.manifest.configurations.iter().enumerate() {
            let read = || -> Outcome<Arc<Fields>> {
                let bytes = self.loader.read(path)?;
                let shown = self.loader.display(path);
                let value = read_config(&shown, &bytes)?;
                let file =
                    Fields::read(&value).map_err(|err| field_problem(&shown, &bytes, &err))?;
                merged(own.clone(), &Arc::new(file))
            };
            let pointer = format!("/configurations/{index}");
            own = Some(read().map_err(|err| self.at(&pointer, err))?);
        }
        let mut all = || -> Outcome<Arc<Fields>> {
            let fields = match &own {
                None => default_fields(),
                Some(own) => merged(Some(default_fields()), own)?,
            };
            merged(sum.fields.take(), &fields)
        };
        let mut all = all().map_err(|err| self.at("/configurations", err))?;
        for (index, path) in self.manifest.crds.iter().enumerate() {
            let read = || -> Outcome<Arc<Fields>> {
                let bytes = self.loader.read(path)?;
                let value = read_config(&self.loader.display(path), &bytes)?;
                merged(Some(Arc::clone(&all)), &Arc::new(fields_of_crds(&value)?))
            };
            all = read().map_err(|err| self.at(&format!("/crds/{index}"), err))?;
        }
        sum.fields = Some(all);
        Ok(())
    }

    fn generate(&self, sum: &mut Accumulated) -> Outcome<()> {
        type Make = fn(&Generator, &GeneratorOptions, &Loader, &str) -> Outcome<Resource>;
        let manifest = &self.manifest;
        let lists: [(&str, &str, &Vec<Generator>, Make); 2] = [
            (
                "configMapGenerator",
                "ConfigMapGenerator",
                &manifest.config_map_generator,
                config_map,
            ),
            ("secretGenerator", "SecretGenerator", &manifest.secret_generator, secret),
        ];
        for (field, kind, generators, make) in lists {
            for (index, generator) in generators.iter().enumerate() {
                let global = manifest.generator_options.as_ref();
                let options = generator.options.clone().unwrap_or_default().or(global);
                let pointer = format!("/{field}/{index}");
                let made = make(generator, &options, &self.loader, &self.file);
                let mut resource = made.map_err(|err| self.at(&pointer, err))?;
                resource.at = self.place(&pointer);
                let place = self.builtin(kind);
                resource.provenance.origin = place;
                sum.set.absorb(resource).map_err(|err| self.at(&pointer, err))?;
            }
        }
        for (index, (globals, entry)) in charts(self).iter().enumerate() {
            let pointer = format!("/helmCharts/{index}");
            for mut resource in chart(self, globals, entry).map_err(|err| self.at(&pointer, err))? {
                resource.at = self.place(&pointer);
                let kind = "HelmChartInflationGenerator";
                let place = self.builtin(kind);
                resource.provenance.origin = place;
                sum.set.absorb(resource).map_err(|err| self.at(&pointer, err))?;
            }
        }
        for generated in Plugins::load(self, "generators", &manifest.generators)?.generate(self)? {
            sum.set.absorb(generated).map_err(|err| self.at("/generators", err))?;
        }
        Ok(())
    }

    fn validate(&self, sum: &mut Accumulated) -> Outcome<()> {
        let plugins = Plugins::load(self, "validators", &self.manifest.validators)?;
        for step in plugins.transformers(self)? {
            let before = sum.set.clone();
            self.run_step(&step, &mut sum.set)?;
            let mut after = sum.set.clone();
            for resource in &mut after.list {
                let labels = resource.pairs("labels");
                if labels.iter().any(|(key, _)| *key == "validated-by") {
                    let kept = labels.iter().filter(|(key, _)| *key != "validated-by");
                    let kept = kept.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
                    let kept = kept.collect();
                    resource.set_pairs("labels", kept);
                }
            }
            let same = before.list.len() == after.list.len()
                && before.list.iter().zip(&after.list).all(|(old, new)| old.node == new.node);
            if !same {
                let text = "a validator must not change the resources";
                return Err(self.at("/validators", problem(text)));
            }
        }
        Ok(())
    }
}

/// Returns the resources that a text holds.
pub(super) fn resources_of(path: &str, bytes: &[u8]) -> Outcome<Vec<Resource>> {
    let place = || Origin { path: path.to_owned(), line: 1 };
    let documents = read_documents(path, bytes)
        .and_then(validated)
        .and_then(expand_lists)
        .map_err(|err| err.at(place))?;
    let resource =
        |Read { node, line }: Read| Resource::new(node, Origin { path: path.to_owned(), line });
    Ok(documents.into_iter().map(resource).collect())
}

impl Accumulated {
    /// Adds what another kustomization made.
    pub(super) fn absorb(&mut self, other: Self) -> Outcome<()> {
        self.set.append(other.set.list)?;
        if let Some(fields) = other.fields {
            self.fields = Some(merged(self.fields.take(), &fields)?);
        }
        other.variables.into_values().try_for_each(|var| variables::add(&mut self.variables, var))
    }
}
