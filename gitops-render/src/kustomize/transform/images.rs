//! `images`.

use regex::Regex;

use super::super::{
    config::{Create, Spec, set_scalar},
    manifest::Image,
    node::Node,
    problem::{Outcome, problem},
    scalar::Tag,
    selector::compile,
    set::Set,
};

/// Changes the images that `image` names.
pub(in crate::kustomize) fn set_images(
    set: &mut Set,
    image: &Image,
    fields: &[Spec],
) -> Outcome<()> {
    let name = &image.name;
    let tail = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
    let changer = Changer { image, name: compile(&format!("^{name}{tail}"))? };
    for resource in &mut set.list {
        if resource.kind() != "CustomResourceDefinition" {
            changer.walk(&mut resource.node)?;
        }
    }
    for resource in &mut set.list {
        if resource.kind() == "CustomResourceDefinition" {
            continue;
        }
        for spec in fields {
            spec.apply(&mut resource.node, Create::Nothing, &mut |node| changer.set(node))?;
        }
    }
    Ok(())
}

struct Changer<'a> {
    image: &'a Image,
    name: Regex,
}

impl Changer<'_> {
    // Changes the images of containers, wherever they are.
    fn walk(&self, node: &mut Node) -> Outcome<()> {
        match node {
            Node::Scalar(_) => Ok(()),
            Node::List(items) => items.iter_mut().try_for_each(|item| self.walk(item)),
            Node::Map(map) => {
                for (key, value) in &mut map.entries {
                    self.walk(value)?;
                    let containers = matches!(key.as_str(), "containers" | "initContainers");
                    if let Node::List(items) = value
                        && containers
                    {
                        items.iter_mut().try_for_each(|item| self.set_of(item))?;
                    }
                }
                Ok(())
            }
        }
    }

    fn set_of(&self, container: &mut Node) -> Outcome<()> {
        match container {
            Node::Map(map) => map.get_mut("image").map_or(Ok(()), |image| self.set(image)),
            other if other.is_null() => Ok(()),
            other => {
                Err(problem(format!("a container must be a mapping, found {}", other.shape())))
            }
        }
    }

    fn set(&self, node: &mut Node) -> Outcome<()> {
        match node {
            Node::Scalar(scalar) if self.name.is_match(&scalar.text) => {
                let text = self.changed(&scalar.text);
                set_scalar(node, &text, Tag::None)
            }
            Node::Scalar(_) => Ok(()),
            other => Err(problem(format!("an image must be a scalar, found {}", other.shape()))),
        }
    }

    fn changed(&self, text: &str) -> String {
        let Image { new_name, new_tag, tag_suffix, digest: new_digest, .. } = self.image;
        let (name, tag, digest) = split(text);
        let name = if new_name.is_empty() { name } else { new_name };
        // A new tag or digest takes the place of both.
        let (tag, digest) = match (new_tag.is_empty(), new_digest.is_empty()) {
            (false, _) => (new_tag.clone(), new_digest.as_str()),
            (true, false) => (String::new(), new_digest.as_str()),
            (true, true) if !tag_suffix.is_empty() => (format!("{tag}{tag_suffix}"), ""),
            (true, true) => (tag.to_owned(), digest),
        };
        let mut image = name.to_owned();
        if !tag.is_empty() {
            image = format!("{image}:{tag}");
        }
        if !digest.is_empty() {
            image = format!("{image}@{digest}");
        }
        image
    }
}

// Returns name, tag and digest. A colon before the first slash is a port.
fn split(image: &str) -> (&str, &str, &str) {
    let start = image.find('/').unwrap_or(0);
    let at = image[start..].find('@').map(|at| at + start);
    let colon = image[start..].find(':').map(|at| at + start);
    match (colon, at) {
        (None, None) => (image, "", ""),
        (Some(colon), Some(at)) if colon < at => {
            (&image[..colon], &image[colon + 1..at], &image[at + 1..])
        }
        (_, Some(at)) => (&image[..at], "", &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn images_have_a_name_a_tag_and_a_digest() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("host:5000/a/b:1"), ("host:5000/a/b", "1", ""));
        assert_eq!(split("a:1@sha256:f"), ("a", "1", "sha256:f"));
        assert_eq!(split("a@sha256:f"), ("a", "", "sha256:f"));
    }
}
