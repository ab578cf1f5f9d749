//! A client with a token, in one account. Every answer to a SCIM path is held to the checks
//! of [`super::checks`]; a status is never an error of its own.

use std::fmt::Write;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use super::{checks, schema};

pub(crate) const SCIM_TYPE: &str = "application/scim+json";
pub(crate) const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE_URN: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const BULK_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub(crate) const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The status it must have.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// A SCIM error with this status and `scimType` (empty: none). Gives its detail.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, scim_type: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        let found = body
            .get("scimType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert_eq!(found, scim_type, "{body}");
        body["detail"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    pub(crate) fn request_id(&self) -> String {
        self.header("x-request-id").unwrap_or_default().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    pub(crate) address: SocketAddr,
    pub(crate) account: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, account: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self {
            agent: config.into(),
            address,
            account: account.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self::new(self.address, &self.account, token)
    }

    /// The path of the SCIM base, without a slash at its end.
    pub(crate) fn base(&self) -> String {
        format!("/client/v4/accounts/{}/scim/v2", self.account)
    }

    /// Sends these headers and no others of our own; `target` is the whole path.
    #[track_caller]
    pub(crate) fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{target}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(bytes) => self.agent.run(request.body(bytes).expect("a request"))?,
            None => self.agent.run(request.body(()).expect("a request"))?,
        };
        let (head, mut body) = answer.into_parts();
        let kind = head.headers.get("content-type");
        let body = if kind.is_some_and(|kind| kind == "text/event-stream") {
            // It has no end: what is there at once.
            let mut piece = vec![0; 64 << 10];
            let read = body.as_reader().read(&mut piece)?;
            piece.truncate(read);
            piece
        } else {
            body.with_config().limit(256 << 20).read_to_vec()?
        };
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    /// The same, where an answer must come.
    #[track_caller]
    pub(crate) fn send_plain(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let answer = self.try_send(method, target, headers, body);
        let answer = answer.expect("an answer");
        if target.contains("/scim/v2") {
            // What a search asks for stands in its body.
            let asked = match body {
                Some(body) if target.ends_with("/.search") => {
                    format!("{target}?{}", String::from_utf8_lossy(body))
                }
                _ => target.to_owned(),
            };
            let problems = checks::scim_answer(method, &asked, &answer, &self.token);
            let body = answer.text();
            assert!(
                problems.is_empty(),
                "{method} {target}: {problems:#?}\n{body:.2000}"
            );
        } else if target.starts_with("/client/v4") {
            let problems = schema::api_answer(method, target, &answer);
            let body = answer.text();
            assert!(
                problems.is_empty(),
                "{method} {target}: {problems:#?}\n{body:.2000}"
            );
        }
        answer
    }

    /// A SCIM request: `path` is below the base, the token and the media type are ours.
    #[track_caller]
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", bearer.as_str()), ("Accept", SCIM_TYPE)];
        let theirs = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if body.is_some() && !theirs("Content-Type") {
            all.push(("Content-Type", SCIM_TYPE));
        }
        all.extend_from_slice(headers);
        self.send_plain(method, &format!("{}{path}", self.base()), &all, body)
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], Some(body.to_string().as_bytes()))
    }

    /// `operations` alone; the envelope is ours.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, operations: &Value) -> Answer {
        let body = json!({ "schemas": [PATCH_URN], "Operations": operations });
        self.send("PATCH", path, &[], Some(body.to_string().as_bytes()))
    }

    /// A bulk request of these operations, and with these members beside them.
    #[track_caller]
    pub(crate) fn bulk(&self, operations: &Value, more: Value) -> Answer {
        let mut body = json!({ "schemas": [BULK_URN], "Operations": operations });
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().expect("an object").extend(more);
        self.post("/Bulk", &body)
    }

    /// The same, answered: what became of each operation.
    #[track_caller]
    pub(crate) fn in_bulk(&self, operations: &Value) -> Vec<Value> {
        let answer = self.bulk(operations, json!({})).is(200).json();
        answer["Operations"].as_array().expect("Operations").clone()
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// A list with this filter, percent-encoded.
    #[track_caller]
    pub(crate) fn find(&self, kind: &str, filter: &str) -> Answer {
        self.get(&format!("/{kind}?filter={}", percent(filter)))
    }

    /// The ids that a filter finds.
    #[track_caller]
    pub(crate) fn ids(&self, kind: &str, filter: &str) -> Vec<String> {
        let list = self.find(kind, filter).is(200).json();
        let items = list["Resources"].as_array().expect("Resources");
        items.iter().map(|item| text(item, "id")).collect()
    }

    /// The filter finds these and no others.
    #[track_caller]
    pub(crate) fn finds(&self, kind: &str, filter: &str, wanted: &[&str]) {
        assert_eq!(self.ids(kind, filter), wanted, "{filter}");
    }
}

/// A string member of an object.
#[track_caller]
pub(crate) fn text(object: &Value, name: &str) -> String {
    object[name].as_str().expect("a string").to_owned()
}

/// Percent-encodes everything but what is safe anywhere.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a text grows");
        }
    }
    out
}
