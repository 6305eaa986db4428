//! The cells of services, ingresses, endpoints and scalers.

use serde_json::{Value, json};

use super::cell::{integer, items, or_none, texts};
use crate::apiserver::world::text;

/// How many hosts or addresses a cell names.
const NAMED: usize = 3;

/// Fills a cell that is special to these kinds.
pub(super) fn cell(name: &str, item: &Value) -> Option<Value> {
    Some(json!(match name {
        "external" => external(item),
        "service-ports" => service_ports(item),
        "hosts" => hosts(item),
        "balancer" => balancer(item),
        "ingress-ports" => match items(item, "/spec/tls") {
            [] => "80".to_owned(),
            _ => "80, 443".to_owned(),
        },
        "endpoints" => endpoints(item),
        "slice-ports" => {
            let ports = items(item, "/ports").iter().map(|port| match port.get("port") {
                Some(Value::Number(number)) => number.to_string(),
                _ => match port.get("name").and_then(Value::as_str) {
                    Some(name) => name.to_owned(),
                    None => "*".to_owned(),
                },
            });
            shortened(&ports.collect::<Vec<_>>(), "<unset>")
        }
        "slice-addresses" => {
            let all = items(item, "/endpoints").iter();
            let all: Vec<String> = all.flat_map(|one| texts(one.get("addresses"))).collect();
            shortened(&all, "<unset>")
        }
        "parameters" => match item.pointer("/spec/parameters") {
            None | Some(Value::Null) => "<none>".to_owned(),
            Some(of) => {
                let group = match text(of, "/apiGroup") {
                    "" => String::new(),
                    group => format!(".{group}"),
                };
                format!("{}{group}/{}", text(of, "/kind"), text(of, "/name"))
            }
        },
        "parent" => match item.pointer("/spec/parentRef") {
            None | Some(Value::Null) => "<none>".to_owned(),
            Some(of) => parent(of),
        },
        "metrics" => metrics(item),
        _ => return None,
    }))
}

fn shortened(list: &[String], empty: &str) -> String {
    match list.len() {
        0 => empty.to_owned(),
        many if NAMED < many => {
            format!("{} + {} more...", list[..NAMED].join(","), many - NAMED)
        }
        _ => list.join(","),
    }
}

fn parent(of: &Value) -> String {
    let mut out = text(of, "/resource").to_lowercase();
    for (sign, field) in [(".", "/group"), ("/", "/namespace"), ("/", "/name")] {
        match text(of, field) {
            "" => {}
            part => out = format!("{out}{sign}{part}"),
        }
    }
    out
}

fn balancer(item: &Value) -> String {
    let all = items(item, "/status/loadBalancer/ingress").iter();
    let mut all: Vec<&str> = all
        .map(|one| match text(one, "/ip") {
            "" => text(one, "/hostname"),
            ip => ip,
        })
        .filter(|address| !address.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    all.join(",")
}

fn external(item: &Value) -> String {
    let own = texts(item.pointer("/spec/externalIPs"));
    match text(item, "/spec/type") {
        "ClusterIP" | "NodePort" => or_none(own.join(",")),
        "LoadBalancer" => {
            let mut all: Vec<String> = Vec::new();
            let given = balancer(item);
            if !given.is_empty() {
                all.push(given);
            }
            all.extend(own);
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        "ExternalName" => text(item, "/spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn service_ports(item: &Value) -> String {
    let ports = items(item, "/spec/ports").iter().map(|port| {
        let (number, protocol) = (integer(port, "/port"), text(port, "/protocol"));
        match integer(port, "/nodePort") {
            0 => format!("{number}/{protocol}"),
            node => format!("{number}:{node}/{protocol}"),
        }
    });
    or_none(ports.collect::<Vec<_>>().join(","))
}

fn hosts(item: &Value) -> String {
    let rules = items(item, "/spec/rules");
    let mut list: Vec<&str> = Vec::new();
    let mut more = false;
    for rule in rules {
        more |= list.len() == NAMED;
        let host = text(rule, "/host");
        if !more && !host.is_empty() {
            list.push(host);
        }
    }
    if list.is_empty() {
        "*".to_owned()
    } else if more {
        format!("{} + {} more...", list.join(","), rules.len() - NAMED)
    } else {
        list.join(",")
    }
}

fn endpoints(item: &Value) -> String {
    let mut list = Vec::new();
    for subset in items(item, "/subsets") {
        let ports = items(subset, "/ports");
        let addresses = || items(subset, "/addresses").iter().map(|address| text(address, "/ip"));
        if ports.is_empty() {
            list.extend(addresses().map(str::to_owned));
        }
        for port in ports {
            let port = integer(port, "/port");
            list.extend(addresses().map(|ip| {
                if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
            }));
        }
    }
    match items(item, "/subsets") {
        [] => "<none>".to_owned(),
        _ => shortened(&list, ""),
    }
}

/// How many metrics a cell names.
const METRICS: usize = 2;

fn metrics(item: &Value) -> String {
    let specs = items(item, "/spec/metrics");
    if specs.is_empty() {
        // The older version knows one metric, in fields of its own.
        return match item.pointer("/spec/targetCPUUtilizationPercentage") {
            Some(target) => {
                let now = item.pointer("/status/currentCPUUtilizationPercentage");
                let now = now.map_or("<unknown>".to_owned(), |now| format!("{now}%"));
                format!("cpu: {now}/{target}%")
            }
            None => "<none>".to_owned(),
        };
    }
    let current = items(item, "/status/currentMetrics");
    let list = specs.iter().enumerate().map(|(index, spec)| metric(spec, current.get(index)));
    let list: Vec<String> = list.collect();
    match list.len() {
        many if METRICS < many => {
            format!("{} + {} more...", list[..METRICS].join(", "), many - METRICS)
        }
        _ => list.join(", "),
    }
}

fn metric(spec: &Value, status: Option<&Value>) -> String {
    let (field, named) = match text(spec, "/type") {
        "External" => ("external", false),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let target = |name: &str| spec.pointer(&format!("/{field}/target/{name}"));
    let current = |name: &str| status.and_then(|s| s.pointer(&format!("/{field}/current/{name}")));
    let plain = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let known = |name: &str| current(name).map_or("<unknown>".to_owned(), plain);
    let name = if named { format!("{}: ", text(&spec[field], "/name")) } else { String::new() };
    if let Some(average) = target("averageValue") {
        let average = plain(average);
        let mark = if named || field == "pods" { "" } else { " (avg)" };
        return format!("{name}{}/{average}{mark}", known("averageValue"));
    }
    if named {
        let percent = |value: &Value| format!("{value}%");
        let now = current("averageUtilization").map_or("<unknown>".to_owned(), percent);
        let wanted = target("averageUtilization").map_or("<auto>".to_owned(), percent);
        return format!("{name}{now}/{wanted}");
    }
    let wanted = target("value").map_or("<nil>".to_owned(), plain);
    format!("{}/{wanted}", known("value"))
}
