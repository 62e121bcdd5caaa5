//! What the manuals let an administrator do by hand, sentence by sentence: each has a test through the admin API, with the
//! sentence above it in German.

mod officedesk;
mod telefonanlage;
