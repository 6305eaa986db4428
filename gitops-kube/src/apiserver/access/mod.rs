//! Who sends a request, and what they may do.
//!
//! Everybody is an administrator unless the server was built with tokens, a client was made for
//! somebody, or a request impersonates somebody. What others may do is decided by the roles and
//! bindings that the server stores.

mod aggregate;
mod attributes;
mod authenticate;
mod authorize;
mod bootstrap;
mod escalate;
pub(super) mod review;
mod rules;
pub(super) mod token;
mod user;

pub(super) use self::{
    aggregate::settle,
    authenticate::{Known, admin, identify},
    bootstrap::objects as first_objects,
    escalate::check as check_escalation,
};
pub use user::User;

use self::{attributes::Attributes, authorize::decide};
use super::{
    request::Request,
    status::Result,
    world::{Call, World},
};

/// Refuses a request that its user may not make.
pub(super) fn admit(world: &World, request: &Request, user: &User) -> Result<()> {
    if user.is_master() {
        return Ok(());
    }
    check(world, user, &Attributes::of(request))
}

/// Refuses to create an object by a request that was let in for something else.
pub(super) fn check_creation(world: &World, call: &Call<'_>) -> Result<()> {
    if call.user.is_master() || call.request.method == http::Method::POST {
        return Ok(());
    }
    let mut action = Attributes::of(call.request);
    "create".clone_into(&mut action.verb);
    check(world, &call.user, &action)
}

fn check(world: &World, user: &User, action: &Attributes) -> Result<()> {
    let decision = decide(world, user, action);
    if decision.allowed { Ok(()) } else { Err(action.refuse(user, &decision.reason)) }
}
