//! Groups with their members, as bodies: small ones in one piece, large ones as a stream that
//! reads the members in keyed chunks and holds no transaction between two of them.

use std::sync::Arc;

use actix_web::HttpResponseBuilder;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, http::header};
use futures_util::stream;

use super::error::ScimError;
use crate::app;
use crate::domain::error::Error;
use crate::domain::group::Group;
use crate::http::caller::ScimCaller;
use crate::scim::list::Frame;
use crate::scim::project::Projection;
use crate::scim::{MEDIA_TYPE, group as wire};
use crate::store::Db;
use crate::store::groups::{GroupKey, MembersAfter};
use crate::store::tokens::Seat;

/// Members read at a time: about 256 KiB of answer.
const CHUNK_MEMBERS: i64 = 2_000;
/// Up to so many members in all, an answer is made in one piece on the worker.
const IN_ONE_PIECE_MAX: i64 = 1_000;

/// Groups to show, and what stands around them.
pub struct GroupsBody {
    pub groups: Vec<(GroupKey, Group)>,
    pub projection: Projection,
    /// When it is a list; one group stands alone.
    pub list: Option<Around>,
}

/// What stands before the groups of a list, and after them.
pub struct Around {
    pub head: String,
    pub tail: String,
}

impl Around {
    /// Of a list with so many resources.
    pub fn of(frame: &Frame, items: usize) -> Self {
        let (mut head, mut tail) = (String::new(), String::new());
        Frame::render_head(&mut head);
        frame.render_tail(items, &mut tail);
        Self { head, tail }
    }
}

impl GroupsBody {
    pub fn one(group: (GroupKey, Group), projection: Projection) -> Self {
        Self {
            groups: vec![group],
            projection,
            list: None,
        }
    }

    /// The answer, with `response`'s status and headers.
    pub fn answer(
        self,
        caller: &ScimCaller,
        mut response: HttpResponseBuilder,
    ) -> Result<HttpResponse, ScimError> {
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
        let members: i64 = self
            .groups
            .iter()
            .map(|(_, group)| group.member_count)
            .sum();
        let inline = !self.projection.wants_members() || members <= IN_ONE_PIECE_MAX;
        let mut writer = Writer {
            db: caller.state().db().clone(),
            seat: caller.seat(),
            base_url: caller.base_url().to_owned(),
            body: self,
            at: At::Head,
        };
        if !inline {
            return Ok(response.streaming(stream::unfold(Some(writer), next)));
        }
        let mut text = String::new();
        let (db, seat) = (writer.db.clone(), Arc::clone(&writer.seat));
        while !matches!(writer.at, At::End) {
            let read = |key, after| {
                db.read(&seat, |tx| {
                    app::groups::members(tx, key, after, CHUNK_MEMBERS)
                })
            };
            match writer.step(&mut text) {
                Need::Nothing => {}
                Need::Members(key, after) => {
                    let (ids, after) = read(key, after)?;
                    writer.push_members(&ids, after, &mut text);
                }
            }
        }
        Ok(response.body(text))
    }
}

type Item = (Result<Bytes, Error>, Option<Writer>);

async fn next(writer: Option<Writer>) -> Option<Item> {
    let mut writer = writer?;
    let mut text = String::new();
    // A comma goes before a member unless the text ends with the head: the first one must
    // not begin a chunk.
    while text.len() < 64 * 1024 || text.ends_with('[') {
        if matches!(writer.at, At::End) {
            if text.is_empty() {
                return None;
            }
            break;
        }
        let Need::Members(key, after) = writer.step(&mut text) else {
            continue;
        };
        let read = writer
            .db
            .read_long(Arc::clone(&writer.seat), move |tx| {
                app::groups::members(tx, key, after, CHUNK_MEMBERS)
            })
            .await;
        match read {
            Ok((ids, after)) => writer.push_members(&ids, after, &mut text),
            // The head is sent: ending the connection is the only way left to say no.
            Err(error) => return Some((Err(error), None)),
        }
    }
    Some((Ok(Bytes::from(text)), Some(writer)))
}

/// Where a body stands.
enum At {
    Head,
    Group { index: usize },
    Members { index: usize, after: MembersAfter },
    Tail,
    End,
}

enum Need {
    Nothing,
    Members(GroupKey, MembersAfter),
}

struct Writer {
    db: Db,
    seat: Arc<Seat>,
    base_url: String,
    body: GroupsBody,
    at: At,
}

impl Writer {
    /// Writes what can be written without reading, and says what must be read next.
    fn step(&mut self, out: &mut String) -> Need {
        match self.at {
            At::Head => {
                if let Some(list) = &self.body.list {
                    out.push_str(&list.head);
                }
                self.at = self.group_or_tail(0);
            }
            At::Group { index } => {
                let (_, group) = &self.body.groups[index];
                if index > 0 {
                    out.push(',');
                }
                wire::render_head_projected(group, &self.base_url, &self.body.projection, out);
                if self.body.projection.wants_members() && group.member_count > 0 {
                    self.at = At::Members {
                        index,
                        after: MembersAfter::default(),
                    };
                } else {
                    self.end_group(index, out);
                }
            }
            At::Members { index, after } => {
                return Need::Members(self.body.groups[index].0, after);
            }
            At::Tail => {
                if let Some(list) = &self.body.list {
                    out.push_str(&list.tail);
                }
                self.at = At::End;
            }
            At::End => {}
        }
        Need::Nothing
    }

    fn group_or_tail(&self, index: usize) -> At {
        if index < self.body.groups.len() {
            At::Group { index }
        } else {
            At::Tail
        }
    }

    fn end_group(&mut self, index: usize, out: &mut String) {
        let (_, group) = &self.body.groups[index];
        wire::render_tail_projected(group, &self.base_url, &self.body.projection, out);
        self.at = self.group_or_tail(index + 1);
    }

    /// Takes the members that `step` asked for.
    fn push_members(
        &mut self,
        ids: &[crate::domain::id::MemberId],
        after: MembersAfter,
        out: &mut String,
    ) {
        let At::Members { index, .. } = self.at else {
            return;
        };
        for id in ids {
            if self.body.projection.is_all() {
                wire::render_member(id, &self.base_url, out);
            } else {
                wire::render_member_projected(id, &self.base_url, &self.body.projection, out);
            }
        }
        let more = i64::try_from(ids.len()).unwrap_or(i64::MAX) == CHUNK_MEMBERS;
        if more {
            self.at = At::Members { index, after };
        } else {
            self.end_group(index, out);
        }
    }
}
