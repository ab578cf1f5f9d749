//! Carrying a plan out: asked once more, person by person, then done.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::plan::{find, kept, plan_id, without};
use super::rows::Asked;
use super::{Back, PersonRow, beside, chrome, count, counted, decisions, remembered, steps, told};
use crate::app::legacy;
use crate::domain::actor::Permission;
use crate::domain::id::MemberId;
use crate::domain::legacy::plan::{ConvertRequest, Plan};
use crate::domain::legacy::steps as at_providers;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::view::{Form, Notice, Step};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html_as, refusal};

/// People who can be confirmed at once: what a form holds. More are for the command line.
const CONFIRMED_MAX: usize = 300;

#[derive(Template)]
#[template(path = "pages/legacy/convert.html")]
struct Page {
    chrome: Chrome,
    steps: Vec<Step>,
    proof: Notice,
    lines: Vec<&'static str>,
    groups: Vec<(String, String)>,
    form: Form,
    decided: Vec<(String, String)>,
    people: Vec<PersonRow>,
    /// Those who are confirmed already.
    ticked: Vec<String>,
    submit: String,
    back: Back,
}

impl Page {
    fn is_ticked(&self, id: &str) -> bool {
        self.ticked.iter().any(|known| known == id)
    }

    /// Whether nothing can be sent but the way back, which is why the form is written out.
    fn closed(&self) -> bool {
        !self.form.disabled.is_empty() || !self.chrome.read_only.is_empty()
    }
}

fn page(caller: &AccountCaller, plan: &Plan, sent: &Sent) -> Page {
    let taking = count(plan.takes_part());
    let title = tn("legacy.convert_title", taking);
    let (chrome, back) = beside(chrome(caller, &title), plan, sent);
    let people: Vec<PersonRow> = plan
        .changed_people()
        .take(CONFIRMED_MAX)
        .map(|one| PersonRow::planned(one, &chrome))
        .collect();
    let mut form = Form::new(chrome.path("/migrate/convert"))
        .hidden("sure", "1")
        .hidden("id", plan.id.to_string())
        .hidden("fingerprint", &plan.fingerprint);
    if let Some(mark) = sent.text(remembered::MARK) {
        form = form.hidden(remembered::MARK, mark);
    }
    if plan.changed_people().count() > CONFIRMED_MAX {
        form.disabled = tf("legacy.too_many_people", &[&CONFIRMED_MAX]);
    }
    let groups = plan.groups.iter().filter(|group| group.takes_part());
    let found = plan.summary.groups - plan.summary.skip;
    let found = tn("legacy.groups", count(found));
    let members = tn("legacy.members", count(plan.summary.people));
    Page {
        steps: steps(2, tf("legacy.found", &[&found, &members])),
        proof: Notice {
            action: None,
            ..told::proof(plan)
        },
        lines: lines(plan),
        groups: groups
            .map(|group| {
                let new = group.new_name.clone().unwrap_or_default();
                (super::short(&group.old_name), new)
            })
            .collect(),
        form,
        decided: decisions::write(&plan.options)
            .into_iter()
            .chain(decisions::called(plan))
            .collect(),
        people,
        ticked: sent.all("confirm").into_iter().map(str::to_owned).collect(),
        submit: tn("legacy.convert_groups", taking),
        back,
        chrome,
    }
}

/// What comes with it; of providers only where one pushes a group.
fn lines(plan: &Plan) -> Vec<&'static str> {
    let names = (!at_providers::of_plan(plan).is_empty()).then(|| t("legacy.sure_names"));
    let rest = [t("legacy.sure_backup"), t("legacy.sure_undo")];
    names.into_iter().chain(rest).collect()
}

/// `POST /a/{account_id}/migrate/convert`: asks, and with `sure` does it.
pub async fn convert(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let (id, options) = (plan_id(&caller, &form), decisions::read(&form));
    let asked = Asked::default();
    if !form.ticked("sure") {
        let (options, before) = remembered::joined(&caller, &form, options);
        let mut found = match find(&caller, id, options.clone()).await {
            Ok(found) => found,
            Err(error) => {
                let (form, decided) = ((&form, &asked), (id, options, before));
                return without(&caller, &req, form, decided, refusal(error)?).await;
            }
        };
        found.keeping = remembered::keep(&caller, &form, (&options, before), &found.plan).await;
        if found.plan.fingerprint != form.get("fingerprint") || !found.plan.is_ready() {
            return kept(&caller, &req, &found, form.get("fingerprint"));
        }
        let page = page(&caller, &found.plan, &form);
        return html_as(&req, StatusCode::OK, &page);
    }
    let confirmed = form.all("confirm").into_iter();
    let wanted = ConvertRequest {
        id,
        fingerprint: form.get("fingerprint").to_owned(),
        options: options.clone(),
        confirmed: confirmed
            .filter_map(|id| id.parse::<MemberId>().ok())
            .take(CONFIRMED_MAX)
            .collect(),
    };
    let done = caller
        .work(Permission::DirectoryWrite, move |db, seat, write| {
            legacy::convert::convert(db, seat, write, wanted)
        })
        .await;
    match done {
        Ok(run) => {
            let at = caller.chrome().path(&format!("/migrate/{}", run.head.id));
            let title = tn("legacy.converted_groups", counted(run.head.groups));
            let next = if at_providers::of_run(&run).is_empty() {
                t("legacy.converted_here")
            } else {
                t("legacy.converted_next")
            };
            Ok(flash::done(&req, &at, &title, next))
        }
        Err(error) => {
            let text = refusal(error)?;
            // Whoever converted meanwhile had everybody's decisions forgotten.
            let (options, before) = remembered::joined(&caller, &form, options);
            let Ok(mut found) = find(&caller, id, options.clone()).await else {
                let (form, decided) = ((&form, &asked), (id, options, before));
                return without(&caller, &req, form, decided, text).await;
            };
            let decided = (&options, before);
            found.keeping = remembered::keep(&caller, &form, decided, &found.plan).await;
            let moved = found.plan.fingerprint != form.get("fingerprint");
            if moved || !found.plan.is_ready() {
                return kept(&caller, &req, &found, form.get("fingerprint"));
            }
            let mut page = page(&caller, &found.plan, &form);
            page.form = page.form.refusal(t("legacy.not_converted")).error(text);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
