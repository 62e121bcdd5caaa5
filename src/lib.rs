//! Deskgate stands between a company's identity provider and its cloud telephone system: people join, move and leave
//! there, and become employees, locked or not, here.
//!
//! # The map
//!
//! Arrows only point down this list; a test holds them.
//!
//! - [`cli`] is the program: it reads the settings, wires everything and hands over. It decides nothing.
//! - [`jobs`] is what the daemon does unasked.
//! - [`http`] is the way in: an accept loop that bounds every connection, a table of routes with the right each one
//!   needs, extractors that authenticate before they parse, and handlers that read like a table of contents. No SQL.
//! - [`app`] holds the use cases: load, decide, write, in one transaction. [`app::provisioning`] is what an identity
//!   provider's request does, [`app::administration`] what an administrator's does, and whoever gets or loses something
//!   by either is planned for in its transaction. No axum types, no network.
//! - [`storage`] is the database, SQLite or PostgreSQL behind one SQL text. It says what is so, never what should be.
//! - [`scim`] is SCIM 2.0 and [`domain`] the telephone side: values in, values out. Neither knows the other; no `async`,
//!   SQL, HTTP, clock or log. So they are fuzzed, and tested by the million.
//! - [`base`] has what everybody uses: identifiers, the clock, caseless keys, phone numbers, strict JSON, secrets,
//!   signatures, buckets.
//!
//! [`config`] and [`telemetry`] are handed in by `cli` as plain values.
//!
//! # One request, told
//!
//! Entra sends `PATCH /scim/v2/Users/{id}` with `active: "False"`. [`http`] gives the connection a deadline, finds the
//! route and the right it needs, and turns the token into a scope of one tenant ([`app::authentication`]); only then is
//! the body read, counted and parsed ([`base::json`]). [`scim::patch`] makes one dialect of what came: an operation with
//! a path and a value of the right type, each leniency a named function that says which provider needs it.
//! [`app::provisioning`] reads the employee, applies the operations to his document, and works out what follows: the
//! lock, the columns, the look-up keys, the event, the audit record, the outbox messages. All of it goes to
//! [`storage`] as one batch, whose guard is the version that was read: if somebody was faster, nothing is written, and
//! the request starts over from what is there now. The answer leaves after the commit is on the disk.
//!
//! Where the tenant has rules, a change of members goes on: the unit of work takes the tenant's turn, loads what is known
//! of those concerned and so much of the stock as they need, and hands it to the planner ([`domain::grant`]), which gives
//! back what changes. Things change hands, grants and desks are written, and what became free is offered to those who
//! wait, the oldest first, until nobody can have anything; then it commits.
//!
//! # Decisions
//!
//! - **Read, decide, write if nobody was faster** instead of a lock held while deciding: a PATCH is decided on the
//!   request's own thread, so SQLite's one writing thread only writes, and PostgreSQL needs two round trips.
//! - **A batch is data**: PostgreSQL gets it as one statement, SQLite runs its steps under a savepoint, many callers to
//!   a commit. See [`storage::batch`].
//! - **Two documents a user**: the canonical one is handed out as it stands, with what the server adds spliced into the
//!   text; the folded one is what filters run over, on either engine, for any attribute of the schemas.
//! - **A list knows its length**: triggers count employees in buckets, so that page 900 costs what page 1 costs and
//!   `totalResults` is exact. See `migrations/`.
//! - **A walk leaves nothing behind**: a cursor holds all there is to know of it, sealed, and leads to a place in the order
//!   of arrival, in which nobody moves. So a page far behind costs what the first one costs, and others' writes neither hide
//!   anybody who stays nor show him twice. See [`app::provisioning`].
//! - **Members are rows, and nobody else's row changes with one**: a request about a group looks up what it names, works
//!   out who comes and who goes ([`scim::members`]), and writes that alone. The version of a group is its row's and a sum of
//!   changes, so on PostgreSQL many write one group side by side, at read committed: keys and foreign keys decide, where
//!   serializable transactions would meet on a page of an index. What holds what is kept closed, so that the groups of a
//!   person are one join and a cycle is seen; a change of nesting writes the pairs that it makes or ends.
//! - **Grants are planned, not derived**: a grant is a row with its sources, so that what two groups give survives the loss
//!   of one, and why can be told later. The planner is a pure function of a snapshot; the same steps run on the database
//!   and in a rehearsal that writes nothing, so that a preview is the result. That nothing has two holders is the
//!   database's own key.
//! - **Who plans takes turns**, one of a tenant at a time, by the lock of the tenant's row on PostgreSQL. What plans
//!   nothing does not wait: it is written under the condition that the rules are those by which it was decided.
//! - **Tokens are looked up by a keyed hash**: they have 256 random bits, a slow hash would only cost. Their checksum is
//!   keyed, so that junk is known without the database and keeps nobody waiting who has a good one. See
//!   [`base::secret`]. Access tokens of OAuth clients too: what is signed instead cannot be taken back at once. See
//!   [`app::client_authentication`].
//! - **Limits are counted in the process**, in buckets of eight bytes and tables that forget. See [`app::limits`].

pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod scim;
pub mod storage;
pub mod telemetry;
