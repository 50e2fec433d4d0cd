//! A gateway process of our own: started on a free loopback port with a folder of its own, killed
//! and started again at will, and gone with everything it wrote when this value is dropped — after
//! success, error, Ctrl-C and panic alike.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::clock::{Stop, pause};
use crate::error::{Error, Result};
use crate::wire::epoll::source_address;
use crate::wire::http::Client;

const READY_WITHIN: Duration = Duration::from_secs(60);
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// How to start it.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `kefu` binary.
    pub program: PathBuf,
    /// Redis for queue, bus and presence; in-process without.
    pub redis: Option<String>,
    /// Its configuration file; none without.
    pub config: Option<String>,
    /// Where its throw-away folder is made; the system's temporary folder without.
    pub parent: Option<PathBuf>,
    /// Run it and this process under `chrt -r`, so that neighbours on a shared machine stay out of
    /// the measurement.
    pub realtime: bool,
}

/// A running gateway and its folder.
pub struct Gateway {
    launch: Launch,
    folder: tempfile::TempDir,
    child: Child,
    starts: u32,
    /// Where it listens; another one after each restart.
    pub address: SocketAddr,
    /// From spawn to the first 200 of `/readyz`.
    pub ready: Duration,
}

/// The administrator that a first start makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstAdmin {
    /// Account name.
    pub account: String,
    /// Generated password.
    pub password: String,
}

impl Gateway {
    /// Starts one in a new folder and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready within a minute.
    pub fn start(launch: Launch, stop: &Stop) -> Result<Self> {
        if launch.realtime {
            crate::machine::become_realtime()?;
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix("kefu-load-");
        let folder = match &launch.parent {
            Some(parent) => builder.tempdir_in(parent),
            None => builder.tempdir(),
        };
        let folder = folder.map_err(Error::io("make a throw-away folder"))?;
        let data = folder.path().join("data");
        fs::create_dir(&data).map_err(Error::io("make the data folder"))?;
        let began = Instant::now();
        let child = spawn(&launch, folder.path(), 1)?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let ready = Duration::ZERO;
        let mut gateway = Self {
            launch,
            folder,
            child,
            starts: 1,
            address,
            ready,
        };
        gateway.wait_ready(began, stop)?;
        Ok(gateway)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, at once.
    pub fn kill(&mut self) {
        // Errors only mean that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same folder, after [`Gateway::kill`].
    ///
    /// # Errors
    /// As for [`Gateway::start`].
    pub fn restart(&mut self, stop: &Stop) -> Result<()> {
        self.starts += 1;
        let began = Instant::now();
        self.child = spawn(&self.launch, self.folder.path(), self.starts)?;
        self.wait_ready(began, stop)
    }

    /// The login that the first start wrote.
    ///
    /// # Errors
    /// When the file is absent or in no known form.
    pub fn first_admin(&self) -> Result<FirstAdmin> {
        let path = self.data().join("first-admin");
        let text = fs::read_to_string(&path).map_err(Error::io(format!("read {path:?}")))?;
        parse_first_admin(&text)
            .ok_or_else(|| Error::Gateway("first-admin holds no account and password".into()))
    }

    fn wait_ready(&mut self, began: Instant, stop: &Stop) -> Result<()> {
        let log = self.folder.path().join(format!("stdout.{}", self.starts));
        loop {
            self.still_waiting(began, stop)?;
            let text = fs::read_to_string(&log).unwrap_or_default();
            if let Some(address) = listening_address(&text) {
                self.address = address;
                break;
            }
            pause(Duration::from_millis(2));
        }
        let mut client = Client::new(self.address, source_address(0));
        loop {
            self.still_waiting(began, stop)?;
            if client
                .request("GET", "/readyz", None)
                .is_ok_and(|answer| answer.status == 200)
            {
                self.ready = began.elapsed();
                return Ok(());
            }
            pause(Duration::from_millis(2));
        }
    }

    fn still_waiting(&mut self, began: Instant, stop: &Stop) -> Result<()> {
        stop.check()?;
        let ended = self
            .child
            .try_wait()
            .map_err(Error::io("wait for the gateway"))?;
        if let Some(status) = ended {
            return Err(Error::Gateway(format!(
                "it ended with {status}:\n{}",
                self.last_words()
            )));
        }
        if began.elapsed() > READY_WITHIN {
            let words = self.last_words();
            return Err(Error::Gateway(format!(
                "not ready after {READY_WITHIN:?}:\n{words}"
            )));
        }
        Ok(())
    }

    /// The last lines that the process wrote, for an error's text.
    pub fn last_words(&self) -> String {
        let tail = |name: &str| {
            let path = self.folder.path().join(format!("{name}.{}", self.starts));
            let bytes = fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4000)..]);
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(12)..].join("\n")
        };
        format!("{}\n{}", tail("stdout"), tail("stderr"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
        let asked = Instant::now();
        while asked.elapsed() < LEAVE_WITHIN {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            pause(Duration::from_millis(20));
        }
        self.kill();
    }
}

fn spawn(launch: &Launch, folder: &Path, start: u32) -> Result<Child> {
    let mut command = if launch.realtime {
        let mut command = Command::new("chrt");
        command.args(["-r", "1"]).arg(&launch.program);
        command
    } else {
        Command::new(&launch.program)
    };
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.join("data"));
    if let Some(url) = &launch.redis {
        command.args(["--queue", url]);
    }
    if let Some(config) = &launch.config {
        let path = folder.join("kefu.toml");
        fs::write(&path, config).map_err(Error::io(format!("write {path:?}")))?;
        command.arg("--config").arg(path);
    }
    let file = |name: &str| {
        let path = folder.join(format!("{name}.{start}"));
        fs::File::create(&path).map_err(Error::io(format!("create {path:?}")))
    };
    command
        // The platform that it is joined to stands on loopback too.
        .env("KEFU_WEBHOOKS_PRIVATE", "true")
        // Few customers who write all that a gateway takes are no people.
        .env("KEFU_LIMITS_MESSAGES_PER_10_S", "1000000")
        .stdin(Stdio::null())
        .stdout(file("stdout")?)
        .stderr(file("stderr")?);
    command
        .spawn()
        .map_err(Error::io(format!("start {:?}", launch.program)))
}

pub(crate) fn listening_address(text: &str) -> Option<SocketAddr> {
    // A line still being written has no end yet; its address may be cut.
    let whole = &text[..text.rfind('\n')?];
    whole.lines().find_map(|line| {
        let rest = line.split_once("http://")?.1;
        rest.split(|c: char| !(c.is_ascii_alphanumeric() || ".:[]".contains(c)))
            .next()?
            .parse()
            .ok()
    })
}

/// Takes `account=…`, `account: …` and a JSON object alike.
fn parse_first_admin(text: &str) -> Option<FirstAdmin> {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        let field = |name: &str| json[name].as_str().map(str::to_owned);
        return Some(FirstAdmin {
            account: field("account")?,
            password: field("password")?,
        });
    }
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix(name)?.trim_start();
            Some(rest.strip_prefix(['=', ':'])?.trim().to_owned())
        })
    };
    Some(FirstAdmin {
        account: field("account")?,
        password: field("password")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_it_prints() {
        let found = |text| listening_address(text).map(|address| address.port());
        assert_eq!(
            found("kefu 0.1.0\nlistening on http://127.0.0.1:40123\n"),
            Some(40123)
        );
        assert_eq!(
            found("listening on http://127.0.0.1:4012"),
            None,
            "half a line"
        );
        assert_eq!(
            found("INFO console at http://127.0.0.1:8080/console, ok\n"),
            Some(8080)
        );
        assert_eq!(found("starting\n"), None);
    }

    #[test]
    fn the_first_login_is_read_in_each_form() {
        let wanted = Some(FirstAdmin {
            account: "admin".into(),
            password: "a=b:c".into(),
        });
        assert_eq!(parse_first_admin("account=admin\npassword=a=b:c\n"), wanted);
        assert_eq!(
            parse_first_admin("  account: admin\n  password: a=b:c\n"),
            wanted
        );
        assert_eq!(
            parse_first_admin(r#"{"account":"admin","password":"a=b:c"}"#),
            wanted
        );
        assert_eq!(parse_first_admin("account=admin\n"), None);
    }

    /// A stand-in that prints an address, then waits; the test listens there itself.
    fn stand_in(folder: &Path, address: SocketAddr, body: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join("kefu");
        let script = format!("#!/bin/sh\necho \"listening on http://{address}\"\n{body}\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn answer_ready() -> SocketAddr {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        });
        address
    }

    fn launch(program: PathBuf, parent: &Path) -> Launch {
        Launch {
            program,
            redis: None,
            config: None,
            parent: Some(parent.into()),
            realtime: false,
        }
    }

    #[test]
    fn it_is_started_killed_restarted_and_leaves_nothing_behind() {
        let outer = tempfile::tempdir().unwrap();
        let body = "echo account=a > \"$5/first-admin\"; echo password=b >> \"$5/first-admin\"; \
                    exec sleep 60";
        let program = stand_in(outer.path(), answer_ready(), body);
        let stop = Stop::default();
        let mut gateway = Gateway::start(launch(program, outer.path()), &stop).unwrap();
        pause(Duration::from_millis(100));
        assert_eq!(gateway.first_admin().unwrap().password, "b");
        let first = gateway.pid();
        gateway.kill();
        gateway.restart(&stop).unwrap();
        assert_ne!(gateway.pid(), first);
        let (pid, data) = (gateway.pid(), gateway.data());
        drop(gateway);
        assert!(!data.exists());
        assert_eq!(crate::machine::cpu_us(pid), None, "the process is gone");
    }

    #[test]
    fn one_that_ends_early_is_reported_with_its_last_words() {
        let outer = tempfile::tempdir().unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let program = stand_in(outer.path(), nobody, "echo no room >&2; exit 3");
        let launch = launch(program, outer.path());
        let words = Gateway::start(launch, &Stop::default())
            .err()
            .unwrap()
            .to_string();
        assert!(words.contains("no room"), "{words}");
    }
}
