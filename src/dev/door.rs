//! The HTTP door without a network: whole requests through the same routes and middleware as a
//! listening server's.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::rt::{System, SystemRunner};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::error::Error;
use crate::http::{State, observe, routes};
use crate::store::Db;

type Answering = Pin<Box<dyn Future<Output = (u16, Vec<u8>)>>>;

pub(super) struct Door {
    system: SystemRunner,
    send: Box<dyn Fn(TestRequest) -> Answering>,
}

/// A provider with its token.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    /// Of the account: `…/scim/v2`.
    pub(super) base: String,
    pub(super) token: String,
    pub(super) agent: &'static str,
    pub(super) address: SocketAddr,
}

impl Door {
    pub(super) fn open(config: &Config, db: &Db) -> Self {
        let system = System::new();
        // A year in a few seconds is faster than any provider.
        let mut config = config.clone();
        config.limits.token_rps = 0;
        let data = web::Data::new(State::new(&config, db.clone(), false));
        let app = App::new()
            .app_data(data)
            .wrap(from_fn(observe::observe))
            .configure(routes::configure);
        let service = Rc::new(system.block_on(init_service(app)));
        let send = move |request: TestRequest| -> Answering {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let answer = call_service(&*service, request.to_request()).await;
                let status = answer.status().as_u16();
                (status, read_body(answer).await.to_vec())
            })
        };
        Self {
            system,
            send: Box::new(send),
        }
    }

    /// Runs what is not about requests.
    pub(super) fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.system.block_on(work)
    }

    /// Sends a request below the provider's base; gives status and body.
    pub(super) fn send(
        &self,
        from: &Provider,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = TestRequest::default()
            .method(method.clone())
            .uri(&format!("{}{path}", from.base))
            .peer_addr(from.address)
            .insert_header(("host", "127.0.0.1:7443"))
            .insert_header(("user-agent", from.agent))
            .insert_header(("accept", "application/scim+json"))
            .insert_header(("authorization", format!("Bearer {}", from.token)));
        if let Some(body) = body {
            request = request
                .insert_header(("content-type", "application/scim+json"))
                .set_payload(body.to_string());
        }
        let (status, body) = self.system.block_on((self.send)(request));
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        (status, body)
    }

    pub(super) fn get(&self, from: &Provider, path: &str) {
        self.send(from, &Method::GET, path, None);
    }

    /// What must succeed; gives the resource.
    ///
    /// Errors: `Internal`, with what was answered.
    pub(super) fn done(
        &self,
        from: &Provider,
        method: &Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let (status, answer) = self.send(from, method, path, Some(body));
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        Err(Error::internal(format!(
            "{method} {path} was answered {status}: {answer}; it was {body}"
        )))
    }

    /// What must be refused.
    ///
    /// Errors: `Internal`, when it was not.
    pub(super) fn refused(
        &self,
        from: &Provider,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(), Error> {
        let (status, answer) = self.send(from, method, path, body);
        if status >= 400 {
            return Ok(());
        }
        Err(Error::internal(format!(
            "{method} {path} was meant to be refused, and was answered {status}: {answer}"
        )))
    }
}

/// The body of a PATCH.
pub(super) fn patch(operations: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

/// The id of a resource that was answered.
pub(super) fn id_of(resource: &Value) -> String {
    resource["id"].as_str().unwrap_or_default().to_owned()
}

/// A filter's value in an address.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("%22");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    out.push_str("%22");
    out
}
