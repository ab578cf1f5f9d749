//! A client of the REST API. Every answer is held to the OpenAPI description.

use serde_json::{Value, json};

use super::app::{TestApp, local, plain_token};
use super::client::{Answer, Client, text};
use provost::app;
use provost::domain::catalogue;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;
use provost::domain::token::{NewOwner, TokenTemplate};

pub(crate) const SETTINGS_READ: &str = "c1fde68c7bcc44588cbb6ddbc16d6480";
pub(crate) const SETTINGS_WRITE: &str = "1af1fa2adc104452b74a9a3364202f20";
pub(crate) const TOKENS_WRITE: &str = "5bc3f8b21c554832afc660159ab75fa4";
pub(crate) const SCIM_PROVISIONING: &str = "d5812c023a5048b4882175a28952362d";

pub(crate) struct Api(pub(crate) Client);

impl Answer {
    /// The `result` of a success.
    #[track_caller]
    pub(crate) fn result(self) -> Value {
        self.is(200).json()["result"].clone()
    }

    /// The items of a list.
    #[track_caller]
    pub(crate) fn items(self) -> Vec<Value> {
        self.result().as_array().expect("a list").clone()
    }

    /// A failure with this status and code; gives its message.
    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let error = &self.json()["errors"][0];
        assert_eq!(error["code"], code, "{error}");
        text(error, "message")
    }

    /// Where in the request a failure points.
    #[track_caller]
    pub(crate) fn pointer(&self) -> String {
        text(&self.json()["errors"][0]["source"], "pointer")
    }
}

impl Api {
    /// `path` is below `/client/v4`.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.0.token);
        // As Python's client does: a content type even where there is no body.
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
        ];
        let body = body.map(Value::to_string);
        let body = body.as_ref().map(String::as_bytes);
        self.0
            .send_plain(method, &format!("/client/v4{path}"), &headers, body)
    }

    /// The path of something in the account.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("/accounts/{}{path}", self.0.account)
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body))
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// A token's body with one allow policy on the account.
    pub(crate) fn token_body(&self, name: &str, groups: &[&str]) -> Value {
        let groups: Vec<Value> = groups.iter().map(|id| json!({ "id": id })).collect();
        let resource = format!("com.cloudflare.api.account.{}", self.0.account);
        json!({
            "name": name,
            "policies": [{
                "effect": "allow",
                "permission_groups": groups,
                "resources": { resource: "*" },
            }],
        })
    }

    /// The same account with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self(self.0.with_token(token))
    }
}

impl TestApp {
    /// Gives that member Super Administrator alone.
    pub(crate) fn make_super_administrator(&self, member: &str) {
        let which = MemberRef::Id(member.parse().expect("an id"));
        let policies = [NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)];
        self.write(move |tx| app::policies::set_of_member(tx, &which, &policies));
    }

    /// With a token of template admin.
    pub(crate) fn api(&self) -> Api {
        let name = "api admin";
        let token = self.new_token(name, |new| new.template = TokenTemplate::Admin);
        Api(self.client(&token))
    }

    /// Another account, with a token of template admin.
    pub(crate) fn api_of_another_account(&self) -> Api {
        let other = self.other_account();
        let new = plain_token("api admin", |new| new.template = TokenTemplate::Admin);
        let account = other.account.parse().expect("an id");
        let issued = local(&self.db, Some(account), move |tx| {
            app::tokens::create(tx, &new)
        });
        Api(other.with_token(issued.secret.reveal()))
    }

    /// With a token that holds just these groups.
    #[track_caller]
    pub(crate) fn api_with(&self, groups: &[&str]) -> Api {
        let api = self.api();
        let body = api.token_body("api", groups);
        let token = api.post(&api.at("/tokens"), &body).result();
        api.with_token(&text(&token, "value"))
    }

    /// With a token of template admin that this member owns.
    pub(crate) fn api_of(&self, member: &str) -> Api {
        let owner = NewOwner::Member(member.parse().expect("an id"));
        let token = self.new_token("own", |new| {
            new.template = TokenTemplate::Admin;
            new.owner = owner;
        });
        Api(self.client(&token))
    }
}
