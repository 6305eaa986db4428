//! A Git server on the loopback that speaks as much of the smart protocol as a fetch needs.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use gix::{ObjectId, bstr::ByteSlice as _, objs::Kind};
use tokio::sync::Semaphore;

/// What the server does wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Every request is answered with this status.
    Status(u16),
    /// Every request to its first form is sent to this URL.
    Redirect(String),
    /// A request is read and never answered.
    Silence,
    /// One bit of every pack is wrong.
    BitFlip,
    /// Every pack ends early.
    Cut,
    /// Packs lack the files.
    LeaveOut,
    /// The wrong kind of page is served.
    Page,
}

/// A running server; it stops when this is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    repository: PathBuf,
    fault: Mutex<Fault>,
    log: Mutex<Vec<String>>,
    closed: Semaphore,
    asked: Semaphore,
}

impl Server {
    pub(crate) fn start(repository: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/shop.git", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            repository: repository.to_owned(),
            fault: Mutex::default(),
            log: Mutex::default(),
            closed: Semaphore::new(0),
            asked: Semaphore::new(0),
        });
        let weak = Arc::downgrade(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(shared) = weak.upgrade() else { return };
                std::thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        Self { url, shared }
    }

    pub(crate) fn fault(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// Waits for a request.
    pub(crate) async fn asked(&self) {
        self.shared.asked.acquire().await.unwrap().forget();
    }

    /// Waits until a silent server sees a connection closed.
    pub(crate) async fn closed(&self) {
        self.shared.closed.acquire().await.unwrap().forget();
    }

    /// Takes what was asked since the last call.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.log.lock().unwrap())
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let header = |name: &str| {
            let found = head.iter().find_map(|line| {
                let (found, value) = line.split_once(": ")?;
                found.eq_ignore_ascii_case(name).then(|| value.to_owned())
            });
            found.unwrap_or_default()
        };
        let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut body).unwrap();
        let authorization = header("authorization");
        if !authorization.is_empty() {
            self.note(format!("authorization {authorization}"));
        }
        self.asked.add_permits(1);
        let fault = self.fault.lock().unwrap().clone();
        match &fault {
            Fault::Silence => {
                // The client has nothing more to say: this returns when it is gone.
                let _ = reader.read(&mut [0]);
                self.closed.add_permits(1);
            }
            Fault::Status(status) => respond(stream, *status, "text/plain", "", b"no"),
            Fault::Page => respond(stream, 200, "text/html", "", b"<html>"),
            Fault::Redirect(url) if head[0].contains("/shop.git/") => {
                let path = head[0].split(' ').nth(1).unwrap();
                let to = format!("Location: {}\r\n", path.replacen("/shop.git", url, 1));
                respond(stream, 302, "text/plain", &to, b"");
            }
            _ if head[0].starts_with("GET") => {
                let mut answer = line("# service=git-upload-pack\n");
                answer.extend(b"0000");
                for capability in ["version 2", "agent=test", "ls-refs=unborn", "fetch=shallow"] {
                    answer.extend(line(&format!("{capability}\n")));
                }
                answer.extend(b"0000");
                let kind = "application/x-git-upload-pack-advertisement";
                respond(stream, 200, kind, "", &answer);
            }
            _ => {
                let answer = self.command(&lines(&body), &fault);
                respond(stream, 200, "application/x-git-upload-pack-result", "", &answer);
            }
        }
    }

    fn command(&self, lines: &[String], fault: &Fault) -> Vec<u8> {
        let repository = gix::open_opts(&self.repository, gix::open::Options::isolated()).unwrap();
        let asked = |prefix: &str| {
            let found = lines.iter().filter_map(move |line| line.strip_prefix(prefix));
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        match lines[0].as_str() {
            "command=ls-refs" => {
                let prefixes = asked("ref-prefix ");
                self.note(format!("ls-refs {}", prefixes.join(" ")));
                references(&repository, &prefixes)
            }
            "command=fetch" => {
                let (wants, haves) = (asked("want "), asked("have "));
                let depth = asked("deepen ").concat();
                let (sent, answer) = answer_fetch(&repository, &wants, &haves, fault);
                let (wants, haves) = (wants.len(), haves.len());
                self.note(format!("fetch want={wants} have={haves} depth={depth} sent={sent}"));
                answer
            }
            other => panic!("{other}"),
        }
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
}

fn respond(mut stream: TcpStream, status: u16, kind: &str, head: &str, body: &[u8]) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Test\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{head}\
         Connection: close\r\n\r\n"
    );
    // A client that gave up has closed the connection.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn references(repository: &gix::Repository, prefixes: &[String]) -> Vec<u8> {
    let wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let mut answer = Vec::new();
    let head = repository.head().unwrap();
    let branch = head.referent_name().unwrap().as_bstr().to_string();
    if wanted("HEAD") {
        let text = match head.id() {
            Some(id) => format!("{id} HEAD symref-target:{branch}\n"),
            None => format!("unborn HEAD symref-target:{branch}\n"),
        };
        answer.extend(line(&text));
    }
    for reference in repository.references().unwrap().all().unwrap() {
        let mut reference = reference.unwrap();
        let name = reference.name().as_bstr().to_string();
        if wanted(&name) {
            let id = reference.id().detach();
            let peeled = reference.peel_to_id().unwrap().detach();
            let tail = if id == peeled { String::new() } else { format!(" peeled:{peeled}") };
            answer.extend(line(&format!("{id} {name}{tail}\n")));
        }
    }
    answer.extend(b"0000");
    answer
}

fn answer_fetch(
    repository: &gix::Repository,
    wants: &[String],
    haves: &[String],
    fault: &Fault,
) -> (usize, Vec<u8>) {
    let id = |hex: &String| ObjectId::from_hex(hex.as_bytes()).unwrap();
    let mut known = BTreeSet::new();
    for have in haves {
        let Ok(commit) = repository.find_commit(id(have)) else { continue };
        collect(repository, commit.tree_id().unwrap().detach(), &mut known, &mut Vec::new());
    }
    let mut pack = Vec::new();
    let mut answer = line("shallow-info\n");
    for want in wants {
        let Ok(commit) = repository.find_commit(id(want)) else {
            return (0, line(&format!("ERR upload-pack: not our ref {want}")));
        };
        answer.extend(line(&format!("shallow {want}\n")));
        pack.push(commit.id);
        collect(repository, commit.tree_id().unwrap().detach(), &mut known, &mut pack);
    }
    answer.extend(b"0001");
    answer.extend(line("packfile\n"));
    if *fault == Fault::LeaveOut {
        pack.retain(|id| repository.find_header(*id).unwrap().kind() != Kind::Blob);
    }
    let mut bytes = encode(repository, &pack);
    let middle = bytes.len() / 2;
    match fault {
        Fault::BitFlip => bytes[middle] ^= 1,
        Fault::Cut => bytes.truncate(middle),
        _ => {}
    }
    for chunk in bytes.chunks(60_000) {
        answer.extend(format!("{:04x}\x01", chunk.len() + 5).into_bytes());
        answer.extend(chunk);
    }
    answer.extend(b"0000");
    (pack.len(), answer)
}

fn collect(
    repository: &gix::Repository,
    tree: ObjectId,
    known: &mut BTreeSet<ObjectId>,
    new: &mut Vec<ObjectId>,
) {
    if !known.insert(tree) {
        return;
    }
    new.push(tree);
    for entry in repository.find_tree(tree).unwrap().iter() {
        let entry = entry.unwrap();
        if entry.mode().is_tree() {
            collect(repository, entry.object_id(), known, new);
        } else if !entry.mode().is_commit() && known.insert(entry.object_id()) {
            new.push(entry.object_id());
        }
    }
}

fn encode(repository: &gix::Repository, objects: &[ObjectId]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(objects.len()).unwrap().to_be_bytes());
    for id in objects {
        let object = repository.find_object(*id).unwrap();
        let kind = match object.kind {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        let mut left = object.data.len();
        let mut byte = (kind << 4) | u8::try_from(left & 15).unwrap();
        left >>= 4;
        while 0 < left {
            pack.push(byte | 128);
            byte = u8::try_from(left & 127).unwrap();
            left >>= 7;
        }
        pack.push(byte);
        let level = gix::zlib::Compression::BEST_SPEED;
        let mut deflate = gix::zlib::stream::deflate::Write::new(Vec::new(), level);
        deflate.write_all(&object.data).unwrap();
        deflate.flush().unwrap();
        pack.extend(deflate.into_inner());
    }
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&pack);
    pack.extend(hasher.try_finalize().unwrap().as_bytes());
    pack
}

fn line(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}

fn lines(body: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = body;
    while 4 <= rest.len() {
        let length = usize::from_str_radix(rest[..4].to_str().unwrap(), 16).unwrap().max(4);
        lines.push(rest[4..length].to_str_lossy().trim_end().to_owned());
        rest = &rest[length..];
    }
    lines.retain(|line| !line.is_empty());
    lines
}
