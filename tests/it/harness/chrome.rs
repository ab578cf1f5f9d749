//! A real browser: Chromium without a window, driven over WebDriver. Each has a driver, a profile
//! and cookies of its own, and ends with the test. Calls wait, so tests read from top to bottom.

mod keyboard;
mod page;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};

use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use ureq::http::Method;
use url::{ParseError, Url};

/// Browsers at once: more would only wait for each other on a small machine.
const BROWSERS_MAX: usize = 2;
/// Of the window, in pixels.
const HEIGHT: u64 = 900;
/// A page that is higher has several pictures.
const PICTURE_HEIGHT_MAX: u64 = 8000;
/// Everything that a browser does on its own beside showing pages.
const FLAGS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en",
];

/// Whether tests in a browser are to run: the variable `PROVOST_BROWSER_TESTS` wants them, else
/// they run where there is a browser.
pub(crate) fn is_there(test: &str) -> bool {
    let found = |program: &str| {
        let said = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        said.is_ok_and(|status| status.success())
    };
    if found("chromedriver") && found("chromium") {
        return true;
    }
    assert_ne!(
        super::variable("PROVOST_BROWSER_TESTS"),
        Some(1),
        "PROVOST_BROWSER_TESTS=1 and there is no chromium with its chromedriver: install the \
         packages chromium and chromium-driver"
    );
    let said = writeln!(
        std::io::stderr(),
        "skipped {test}: no chromium with its chromedriver here; install the packages chromium and \
         chromium-driver"
    );
    said.expect("standard error");
    false
}

/// How a browser is set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// As somebody who has switched JavaScript off.
    pub(crate) without_script: bool,
}

pub(crate) struct Chrome {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    origin: String,
    _profile: TempDir,
    _place: Place,
}

impl Chrome {
    /// A browser whose addresses begin at that server.
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::with(address, Manner::default())
    }

    pub(crate) fn with(address: SocketAddr, manner: Manner) -> Self {
        let place = Place::take();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let profile = tempfile::tempdir().expect("a folder");
        let (driver, port) = start_driver();
        let wanted = capabilities(&profile, manner);
        let connecting = async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(wanted)
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
        };
        let client = runtime.block_on(connecting).expect("a browser");
        let chrome = Self {
            runtime,
            client: Some(client),
            driver,
            origin: format!("http://{address}"),
            _profile: profile,
            _place: place,
        };
        chrome.prepare();
        chrome
    }

    /// What breaks the content security policy is kept by each page, from its first moment on.
    fn prepare(&self) {
        let source = "globalThis.__reports = []; \
            addEventListener('securitypolicyviolation', (e) => globalThis.__reports.push(\
            `${e.violatedDirective} ${e.blockedURI} ${e.sample}`));";
        self.cdp(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": source }),
        );
        self.view(1280, false);
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("a browser")
    }

    #[track_caller]
    fn run<T>(&self, what: &str, work: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.runtime.block_on(work) {
            Ok(value) => value,
            Err(error) => panic!("{what}: {error}\nat {}", self.told()),
        }
    }

    /// The page for whoever reads a failed test.
    fn told(&self) -> String {
        let script = "return location.href + '\\n' + document.body.innerText.slice(0, 3000)";
        let told = self
            .runtime
            .block_on(self.client().execute(script, Vec::new()));
        told.map_or_else(
            |error| error.to_string(),
            |text| text.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// A command of the browser's own protocol.
    #[track_caller]
    pub(crate) fn cdp(&self, command: &'static str, parameters: Value) -> Value {
        let command = Own::Cdp {
            command,
            parameters,
        };
        self.run("a command", self.client().issue_cmd(command))
    }

    /// What the browser's console has said since the last look: errors of scripts, blocked
    /// loads, breaches of the policy. What was answered 4xx on purpose is no error.
    #[track_caller]
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.run("the log", self.client().issue_cmd(Own::Log));
        let entries = log.as_array().cloned().unwrap_or_default();
        let told = entries.into_iter().filter_map(|entry| {
            let message = entry["message"].as_str().unwrap_or_default().to_owned();
            let severe = matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
            let refused = message.contains("the server responded with a status of 4");
            (severe && !refused).then_some(message)
        });
        told.collect()
    }

    /// The window's width, and whether the system is dark.
    #[track_caller]
    pub(crate) fn view(&self, width: u32, dark: bool) {
        self.size(width, HEIGHT);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
    }

    #[track_caller]
    fn size(&self, width: u32, height: u64) {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
    }

    /// The whole page as PNGs, from its top to its end, in a window of that width that is as high
    /// as the page.
    #[track_caller]
    pub(crate) fn pictures(&self, width: u32) -> Vec<Vec<u8>> {
        let source = "return document.documentElement.scrollHeight";
        let height = self.script(source, Vec::new()).as_u64().unwrap_or(HEIGHT);
        self.size(width, height.clamp(HEIGHT, PICTURE_HEIGHT_MAX));
        // What a window that is higher now has in it.
        let height = self.script(source, Vec::new()).as_u64().unwrap_or(height);
        let mut pictures = vec![self.captured(json!({ "format": "png" }))];
        let mut top = PICTURE_HEIGHT_MAX;
        while top < height {
            let part = PICTURE_HEIGHT_MAX.min(height - top);
            let clip = json!({ "x": 0, "y": top, "width": width, "height": part, "scale": 1 });
            let below = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
            pictures.push(self.captured(below));
            top += part;
        }
        pictures
    }

    #[track_caller]
    fn captured(&self, how: Value) -> Vec<u8> {
        let shot = self.cdp("Page.captureScreenshot", how);
        let text = shot["data"].as_str().expect("a picture");
        data_encoding::BASE64
            .decode(text.as_bytes())
            .expect("base64")
    }

    /// Sets a cookie of the server's.
    #[track_caller]
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cdp(
            "Network.setCookie",
            json!({ "name": name, "value": value, "url": self.origin, "httpOnly": true }),
        );
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // It may be gone already; the driver goes in any case.
            self.runtime.block_on(client.close()).ok();
        }
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

fn capabilities(profile: &TempDir, manner: Manner) -> Capabilities {
    let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
    flags.push(format!("--user-data-dir={}", profile.path().display()));
    let mut preferences = serde_json::Map::new();
    if manner.without_script {
        let name = "profile.managed_default_content_settings.javascript";
        preferences.insert(name.to_owned(), json!(2));
    }
    let wanted = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": flags, "prefs": preferences },
    });
    match wanted {
        Value::Object(wanted) => wanted,
        _ => Capabilities::new(),
    }
}

/// The driver on a port that it finds itself.
fn start_driver() -> (Child, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let said = BufReader::new(driver.stdout.take().expect("its output"));
    let port = said.lines().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    let port = port.expect("chromedriver says its port");
    (driver, port)
}

/// Commands that only this driver has.
#[derive(Debug)]
enum Own {
    Cdp {
        command: &'static str,
        parameters: Value,
    },
    Log,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        let own = match self {
            Self::Cdp { .. } => "goog/cdp/execute",
            Self::Log => "se/log",
        };
        base.join(&format!("session/{session}/{own}"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::Cdp {
                command,
                parameters,
            } => json!({ "cmd": command, "params": parameters }),
            Self::Log => json!({ "type": "browser" }),
        };
        (Method::POST, Some(body.to_string()))
    }
}

static OPEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// One of the browsers that may be open at once.
struct Place;

impl Place {
    fn take() -> Self {
        let open = OPEN.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |open: &mut usize| *open >= BROWSERS_MAX;
        let waited = OPEN.1.wait_while(open, full);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *OPEN.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        OPEN.1.notify_one();
    }
}
