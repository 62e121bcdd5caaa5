//! The planner as a whole: by example, and by properties over random histories of a small tenant.

mod examples;
mod history;
mod properties;
mod world;
