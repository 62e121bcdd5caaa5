//! The words of filters and paths: brackets, quoted strings, and everything between them.

use super::MAX_BYTES;
use crate::base::json::shortened;

/// What a filter or path is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// A run of anything but white space, brackets and quotes: name, operator, number, `true`, `.value`.
    Word(&'t str),
    /// A JSON string, unescaped.
    Text(String),
    /// Nothing more.
    End,
}

impl std::fmt::Display for Token<'_> {
    /// As an error quotes it: never more than 64 characters of what was sent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => f.write_str("\"(\""),
            Self::Close => f.write_str("\")\""),
            Self::OpenBracket => f.write_str("\"[\""),
            Self::CloseBracket => f.write_str("\"]\""),
            Self::Word(word) => write!(f, "{:?}", shortened(word)),
            Self::Text(text) => write!(f, "the string {:?}", shortened(text)),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Something that cannot be read, and where: a byte offset, made into a character position only when it is told.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) detail: String,
}

impl Problem {
    /// The sentence for the identity provider's administrator; `subject` is "filter" or "path".
    pub(super) fn tell(&self, subject: &str, text: &str) -> String {
        let position = text.char_indices().take_while(|(start, _)| *start < self.at).count() + 1;
        format!("the {subject} cannot be read at character {position}: {}", self.detail)
    }
}

/// Reads token after token, each byte once.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    /// Refuses a text that is too long to be looked at (L3).
    pub(super) fn new(text: &'t str) -> Result<Self, Problem> {
        if text.len() > MAX_BYTES {
            let detail = format!("it is {} bytes long, more than {MAX_BYTES} are not read", text.len());
            return Err(Problem { at: 0, detail });
        }
        Ok(Self { text, at: 0 })
    }

    /// The next token with the offset of its first byte; [`Token::End`] again and again after the last.
    pub(super) fn next(&mut self) -> Result<(usize, Token<'t>), Problem> {
        let rest = self.text.get(self.at..).unwrap_or_default().trim_ascii_start();
        let start = self.text.len() - rest.len();
        let (length, token) = match rest.bytes().next() {
            None => (0, Token::End),
            Some(b'(') => (1, Token::Open),
            Some(b')') => (1, Token::Close),
            Some(b'[') => (1, Token::OpenBracket),
            Some(b']') => (1, Token::CloseBracket),
            Some(b'"') => string(rest).map_err(|detail| Problem { at: start, detail })?,
            Some(_) => {
                let word = rest.split(ends_word).next().unwrap_or(rest);
                (word.len(), Token::Word(word))
            }
        };
        self.at = start + length;
        Ok((start, token))
    }
}

fn ends_word(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '(' | ')' | '[' | ']' | '"')
}

/// The JSON string at the start of `rest`: its length with both quotes, and what it says.
///
/// U+0000 is refused as in bodies: PostgreSQL cannot store it, so nothing can equal it.
fn string<'t>(rest: &str) -> Result<(usize, Token<'t>), String> {
    let quoted = closing_quote(rest)
        .and_then(|quote| rest.get(..=quote))
        .ok_or("the string that begins here has no closing double quote")?;
    let text: String = serde_json::from_str(quoted).map_err(|error| {
        let error = error.to_string();
        let reason = error.split(" at line ").next().unwrap_or_default();
        format!("the string that begins here is not one in JSON: {reason}")
    })?;
    if text.contains('\0') {
        return Err("the string that begins here contains U+0000, which is not allowed".to_owned());
    }
    Ok((quoted.len(), Token::Text(text)))
}

fn closing_quote(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Token};

    fn all(text: &str) -> Result<Vec<Token<'_>>, String> {
        let mut lexer = Lexer::new(text).map_err(|problem| problem.detail)?;
        let mut tokens = vec![];
        loop {
            match lexer.next().map_err(|problem| problem.tell("filter", text))?.1 {
                Token::End => return Ok(tokens),
                token => tokens.push(token),
            }
        }
    }

    #[test]
    fn blanks_are_needed_only_between_words() {
        let tight = all(r#"not(emails[type eq"work"].value pr)"#).unwrap();
        let loose = all("\tnot ( emails [ type  eq \"work\" ] .value pr ) \n").unwrap();
        assert_eq!(tight, loose);
        assert_eq!(tight.len(), 11);
    }

    #[test]
    fn strings_are_unescaped_as_json_says() {
        for (text, meaning) in [
            (r#""""#, ""),
            (r#""a\"b\\""#, "a\"b\\"),
            (r#""\u00e9\u0041\/\n\t\b\f\r""#, "éA/\n\t\u{8}\u{c}\r"),
            (r#""\ud83d\ude00😀""#, "😀😀"),
            (r#"") and (""#, ") and ("),
        ] {
            assert_eq!(all(text).unwrap(), [Token::Text(meaning.to_owned())], "{text}");
        }
    }

    #[test]
    fn strings_that_json_does_not_know_are_refused_with_their_position() {
        for (text, reason) in [
            (r#"é "abc"#, "at character 3: the string that begins here has no closing double quote"),
            (r#""abc\""#, "no closing double quote"),
            (r#""\"#, "no closing double quote"),
            (r#""\x41""#, "not one in JSON: invalid escape"),
            (r#""\ud83d""#, "not one in JSON"),
            (r#""\ude00""#, "not one in JSON: lone"),
            (r#""\u12""#, "not one in JSON"),
            ("\"a\nb\"", "not one in JSON: control character"),
            (r#""a\u0000b""#, "U+0000"),
            ("\"a\0b\"", "not one in JSON: control character"),
        ] {
            let problem = all(text).unwrap_err();
            assert!(problem.contains(reason), "{text}: {problem}");
        }
    }
}
