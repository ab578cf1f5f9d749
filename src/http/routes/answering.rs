//! Handlers as plain functions, all of one type.
//!
//! The framework makes of each handler a factory, a service and a route of types of their own, and
//! runs the code of all of them when a worker starts. Of functions of one type there is one such
//! service, and a handler's code comes to memory with its first request.

use std::pin::Pin;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, FromRequest, Handler, HttpResponse, Responder};

/// The answer under way.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

/// Answers a request that a route matched.
pub(super) type Answering = fn(ServiceRequest) -> Answer;

/// What `handler` answers, or what its extractors refuse.
pub(super) fn answered_by<H, Args>(handler: H, req: ServiceRequest) -> Answer
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    Box::pin(async move {
        let (req, mut payload) = req.into_parts();
        let response = match Args::from_request(&req, &mut payload).await {
            Ok(extracted) => {
                let output = handler.call(extracted).await;
                output.respond_to(&req).map_into_boxed_body()
            }
            Err(refused) => HttpResponse::from_error(refused),
        };
        Ok(ServiceResponse::new(req, response))
    })
}
