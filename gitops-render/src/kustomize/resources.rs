//! Which documents are resources.

use super::{
    node::Node,
    problem::{Outcome, problem},
    read::Read,
};

/// Checks that every document has a kind and a name.
pub(super) fn validated(documents: Vec<Read>) -> Outcome<Vec<Read>> {
    let mut found = Vec::with_capacity(documents.len());
    let alone = documents.len() == 1;
    for document in documents {
        let kind = document.node.get("kind").map_or("", Node::text);
        // A list that is alone is the same as its items.
        if alone
            && matches!(kind, "List" | "ResourceList")
            && let Some(Node::List(items)) = document.node.get("items")
        {
            let line = document.line;
            let read = |node: &Node| Read { node: node.clone(), line };
            found.extend(items.iter().map(read));
            continue;
        }
        found.push(document);
    }
    found.retain(|document| !document.node.is_empty());
    found.iter().try_for_each(check)?;
    Ok(found)
}

fn check(document: &Read) -> Outcome<()> {
    let line = document.line;
    let Some(map) = document.node.as_map() else {
        let shape = document.node.shape();
        return Err(problem(format!("line {line}: missing resource metadata: found {shape}")));
    };
    let text = |node: Option<&Node>| {
        node.filter(|node| !node.is_empty()).map_or("", Node::known_text).to_owned()
    };
    let meta = map.get("metadata");
    let name = text(meta.and_then(|meta| meta.get("name")));
    let kind = text(map.get("kind"));
    if kind.is_empty() {
        return Err(problem(format!("line {line}: missing kind in object {name:?}")));
    }
    if name.is_empty() && !kind.ends_with("List") {
        return Err(problem(format!("line {line}: missing metadata.name in {kind}")));
    }
    Ok(())
}

/// Replaces objects of a kind that ends in `List` by their items, which come last.
pub(super) fn expand_lists(documents: Vec<Read>) -> Outcome<Vec<Read>> {
    let mut pending: std::collections::VecDeque<Read> = documents.into();
    let mut found = Vec::with_capacity(pending.len());
    while let Some(document) = pending.pop_front() {
        let kind = document.node.get("kind").map_or("", Node::text);
        let items = document.node.get("items").filter(|_| kind.ends_with("List"));
        match items {
            None => found.push(document),
            Some(Node::List(items)) => {
                let line = document.line;
                let items: Vec<Read> =
                    items.iter().map(|node| Read { node: node.clone(), line }).collect();
                pending.extend(validated_items(items)?);
            }
            Some(items) if items.is_null() => {}
            Some(items) => {
                let (line, shape) = (document.line, items.shape());
                return Err(problem(format!(
                    "line {line}: items of {kind} must be a list, found {shape}"
                )));
            }
        }
    }
    Ok(found)
}

fn validated_items(items: Vec<Read>) -> Outcome<Vec<Read>> {
    let mut found = items;
    found.retain(|item| !item.node.is_empty());
    found.iter().try_for_each(check)?;
    Ok(found)
}
