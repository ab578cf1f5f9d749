//! POST /.search: lists whose questions are too long, or too private, for a URL
//! (RFC 7644 3.4.3).

use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::members_stream::{Around, GroupsBody};
use super::request::search_request;
use super::walk::{self, Texts, Walk};
use super::{groups as of_groups, users as of_users};
use crate::app;
use crate::app::search::{Found, Search, Sought};
use crate::domain::listing::{
    GroupListing, GroupSort, MemberListing, MemberSort, Paged, Span, Spot,
};
use crate::domain::query::{GroupCondition, MemberCondition};
use crate::http::caller::ScimCaller;
use crate::scim::list::ListRequest;
use crate::scim::{group, sort, user};
use crate::store::tx::ReadTx;

type Answer = Result<HttpResponse, ScimError>;

pub async fn users(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let request = search_request(&caller, &req, payload).await?;
    of_users::listed(&caller, &request).await
}

pub async fn groups(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let request = search_request(&caller, &req, payload).await?;
    of_groups::listed(&caller, &request).await
}

/// People, then groups, as one list; each type is sorted in turn.
pub async fn everything(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let request = search_request(&caller, &req, payload).await?;
    let walk = Walk::begin(&caller, "everything", &request)?;
    let search = search_of(&request, caller.base_url(), walk.span())?;
    let near = is_near(&search);
    let (base_url, projection) = (caller.base_url().to_owned(), request.projection.clone());
    let read = move |tx: &ReadTx<'_>| {
        let mut texts = Texts::of_page(search.span.limit, search.span.begin.is_backward());
        let page = app::search::list(tx, &search, &mut |member| {
            texts.push(|out| user::push_projected(member, &base_url, &projection, out))
        })?;
        Ok((page, texts))
    };
    let (page, texts) = walk::read(&caller, near, read).await?;
    answer(&caller, &request, &walk, (page, texts))
}

fn search_of(request: &ListRequest, base_url: &str, span: Span<Spot>) -> Result<Search, ScimError> {
    let (by_members, by_groups) = sort::both(request.sort.as_ref())?;
    let filter = request.filter.as_ref();
    Ok(Search {
        members: Sought {
            filter: filter
                .map(|filter| user::lower(filter, base_url))
                .transpose()?,
            order: by_members,
        },
        groups: Sought {
            filter: filter
                .map(|filter| group::lower(filter, base_url))
                .transpose()?,
            order: by_groups,
        },
        span,
    })
}

/// Whether either part could be read on a worker.
fn is_near(search: &Search) -> bool {
    let span = || Span {
        begin: search.span.begin.clone().map(|spot| spot.position),
        limit: search.span.limit,
        known_total: None,
    };
    let members = MemberListing {
        filter: search.members.filter.clone(),
        order: search.members.order.clone(),
        span: span(),
    };
    let groups = GroupListing {
        filter: search.groups.filter.clone(),
        order: search.groups.order.clone(),
        span: span(),
    };
    walk::is_near(
        &members,
        &MemberSort::Made,
        MemberCondition::is_indexed,
        MemberSort::is_indexed,
    ) && walk::is_near(
        &groups,
        &GroupSort::Made,
        GroupCondition::is_indexed,
        GroupSort::is_indexed,
    )
}

fn answer(
    caller: &ScimCaller,
    request: &ListRequest,
    walk: &Walk<'_>,
    (page, texts): (Paged<Found<usize>, Spot>, Texts),
) -> Answer {
    let (base_url, projection) = (caller.base_url(), &request.projection);
    let size = |found: &Found<usize>| match found {
        Found::Member(number) => texts.size(*number),
        Found::Group(_, group) => of_groups::size(group, projection, base_url),
    };
    let sizes: Vec<usize> = page.items.iter().map(size).collect();
    let shown = walk::fitting(&sizes, walk.is_backward());
    let mut frame = walk.frame(&page);
    walk.close(&page, Spot::clone, shown.clone(), &mut frame);
    let mut around = Around::of(&frame, shown.len());
    let mut groups = Vec::new();
    let fitting = page.items.into_iter().skip(shown.start).take(shown.len());
    for (place, found) in fitting.enumerate() {
        // Groups write the commas between themselves.
        if place > 0 && groups.is_empty() {
            around.head.push(',');
        }
        match found {
            Found::Member(number) => around.head.push_str(texts.get(number)),
            Found::Group(key, group) => groups.push((key, *group)),
        }
    }
    GroupsBody {
        groups,
        projection: projection.clone(),
        list: Some(around),
    }
    .answer(caller, HttpResponse::Ok())
}
