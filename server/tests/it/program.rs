//! The program as a process: started on a free port with a folder of its own, spoken to over HTTP.

use crate::world::PASSWORD;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub struct Server {
    process: Child,
    pub addr: String,
    // Removed when the server is gone.
    _folder: TempDir,
}

pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub fn overmind(folder: &TempDir, addr: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overmind"));
    command
        .arg("serve")
        .current_dir(folder.path())
        .env("OVERMIND_ADDR", addr)
        .env("OVERMIND_DATA_DIR", folder.path())
        .env("LEPTOS_SITE_ROOT", folder.path().join("site"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pkg = folder.path().join("site/pkg");
    fs::create_dir_all(&pkg).unwrap();
    fs::write(pkg.join("overmind.js"), "export function hydrate() {}").unwrap();
    fs::write(pkg.join("overmind.js.br"), "as small as can be").unwrap();
    fs::write(pkg.join("overmind.wasm"), "\0asm").unwrap();
    fs::write(pkg.join("overmind.css"), "body{}").unwrap();
    fs::write(folder.path().join("secret.txt"), "not for the public").unwrap();
    folder
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub fn start_with(configure: impl FnOnce(&mut Command)) -> Self {
        let folder = site();
        let mut command = overmind(&folder, "127.0.0.1:0");
        configure(&mut command);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let addr = lines
            .find_map(|line| {
                let line = line.ok()?;
                let (_, addr) = line.split_once("http://")?;
                Some(
                    addr.split(|c: char| c.is_whitespace() || c == '/')
                        .next()?
                        .to_owned(),
                )
            })
            .expect("the server says where it is");
        Self {
            process,
            addr,
            _folder: folder,
        }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send_body(method, path, headers, "")
    }

    /// A form as a browser without scripts sends it.
    pub fn post(&self, path: &str, cookie: &str, form: &str) -> Reply {
        let origin = format!("http://{}", self.addr);
        let referer = format!("{origin}/");
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "text/html"),
            ("Origin", origin.as_str()),
            ("Referer", referer.as_str()),
            ("Cookie", cookie),
        ];
        self.send_body("POST", path, &headers, form)
    }

    pub fn send_body(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.send_to(&self.addr, method, path, headers, body)
    }

    /// Asked for under that name.
    pub fn send_to(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut stream = self.request(host, method, path, headers, body);
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let end = reply
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .expect("a head");
        let head = String::from_utf8_lossy(&reply[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .expect("a status");
        Reply {
            status: status.parse().unwrap(),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: reply[end + 4..].to_vec(),
        }
    }

    /// The lines of a reply, head and all, as they come.
    pub fn lines(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> impl Iterator<Item = String> + Send + use<> {
        let stream = self.request(&self.addr, method, path, headers, body);
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        BufReader::new(stream).lines().map(Result::unwrap)
    }

    fn request(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TcpStream {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        // 1.0, because its bodies are never sent in chunks.
        write!(stream, "{method} {path} HTTP/1.0\r\nHost: {host}\r\n").unwrap();
        for (name, value) in headers {
            write!(stream, "{name}: {value}\r\n").unwrap();
        }
        if !body.is_empty() {
            write!(stream, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        write!(stream, "\r\n{body}").unwrap();
        stream
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[])
    }

    /// A JSON request with a bearer token, and what comes back; no body is `null`.
    pub fn call(&self, bearer: &str, request: &str, body: Value) -> (u16, Value) {
        let (method, path) = request.split_once(' ').unwrap();
        let bearer = format!("Bearer {bearer}");
        let mut headers = vec![("Accept", "application/json")];
        if bearer != "Bearer " {
            headers.push(("Authorization", bearer.as_str()));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            headers.push(("Content-Type", "application/json"));
            body.to_string()
        };
        let reply = self.send_body(method, path, &headers, &body);
        let json = serde_json::from_slice(&reply.body).unwrap_or_default();
        (reply.status, json)
    }

    /// An access token of the first account.
    pub fn register(&self) -> String {
        let form = json!({ "email": "ada@example.org", "password": PASSWORD, "name": "Ada" });
        let (status, granted) = self.call("", "POST /v1/auth/register", form);
        assert_eq!(status, 201, "{granted}");
        granted["access_token"].as_str().unwrap().to_owned()
    }

    /// An access token of an admin who has nothing to do with the first account.
    pub fn admin_of_another_organization(&self, database: &str, email: &str) -> String {
        let mut add = Command::new(env!("CARGO_BIN_EXE_overmind"));
        add.args(["user", "add", "--name", "Bob", "--email", email])
            .args(["--new-organization", "Elsewhere"])
            .env("DATABASE_URL", database)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut adding = add.spawn().unwrap();
        writeln!(adding.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(adding.wait().unwrap().success());
        let form = json!({ "email": email, "password": PASSWORD });
        let (_, granted) = self.call("", "POST /v1/auth/login", form);
        granted["access_token"].as_str().unwrap().to_owned()
    }

    pub fn signal(&self, name: &str) {
        signal(&self.process, name);
    }

    pub fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.process.wait().unwrap()
    }

    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits for the end that it comes to by itself.
    pub fn ended(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

pub fn signal(process: &Child, name: &str) {
    let pid = process.id().to_string();
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid])
        .status();
    assert!(sent.unwrap().success());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
