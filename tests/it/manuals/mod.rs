//! What the manuals let an administrator do by hand, sentence by sentence: each has a test through the admin API, with the
//! sentence above it in German.

mod destinations;
mod numbers;
mod officedesk;
mod telefonanlage;
