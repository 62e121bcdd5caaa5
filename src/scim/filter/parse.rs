//! Text to syntax tree, by recursive descent: RFC 7644, figure 1 (filters) and figure 7 (PATCH paths).
//!
//! White space may be any and, beside brackets and quotes, none. Words that the grammar uses itself (`and`, `or`,
//! `not`) are not taken for attribute names, which no schema gives them, because the error is clearer so.

use super::ast::{AttributePath, Comparison, Expression, Literal};
use super::lexer::{Lexer, Problem, Token};
use super::{MAX_DEPTH, MAX_TERMS, name};
use crate::scim::error::Error;

/// Reads a filter.
///
/// Operators, `and`, `or`, `not`, `true`, `false` and `null` are known in any letter case; `not` binds tighter than
/// `and`, `and` tighter than `or`, both to the left. Names are taken as written: whether a schema knows them is the
/// business of [`bind`](super::bind()).
///
/// # Errors
///
/// `invalidFilter` with the position, what stands there and what was expected; also for a filter beyond
/// [`MAX_BYTES`](super::MAX_BYTES), [`MAX_DEPTH`] or [`MAX_TERMS`].
pub fn parse(text: &str) -> Result<Expression, Error> {
    Parser::new(text)
        .and_then(|mut parser| {
            let expression = parser.either()?;
            parser.end("\"and\", \"or\" or the end")?;
            Ok(expression)
        })
        .map_err(|problem| in_filter(&problem, text))
}

/// Reads `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`.
///
/// # Errors
///
/// `invalidFilter` when what stands in the brackets cannot be read, else `invalidPath`.
pub(in crate::scim) fn parse_path(text: &str) -> Result<(AttributePath, Option<Expression>), Error> {
    let in_path = |problem: Problem| Error::invalid_path(problem.tell("path", text));
    let mut parser = Parser::new(text).map_err(in_path)?;
    let mut attribute = parser.attribute("an attribute name").map_err(in_path)?;
    let mut selector = None;
    if parser.token == Token::OpenBracket {
        parser.refuse_brackets_here(&attribute).map_err(in_path)?;
        selector = Some(parser.brackets().map_err(|problem| in_filter(&problem, text))?);
        attribute.sub = parser.sub_attribute().map_err(in_path)?;
    }
    parser.end("the end").map_err(in_path)?;
    Ok((attribute, selector))
}

fn in_filter(problem: &Problem, text: &str) -> Error {
    Error::invalid_filter(problem.tell("filter", text))
}

/// One token ahead of what has been understood.
struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    at: usize,
    depth: usize,
    terms: usize,
    in_brackets: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, Problem> {
        let mut lexer = Lexer::new(text)?;
        let (at, token) = lexer.next()?;
        Ok(Self { lexer, token, at, depth: 0, terms: 0, in_brackets: false })
    }

    fn advance(&mut self) -> Result<Token<'t>, Problem> {
        let (at, token) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn problem(&self, detail: impl Into<String>) -> Problem {
        Problem { at: self.at, detail: detail.into() }
    }

    fn expected(&self, what: &str) -> Problem {
        self.problem(format!("expected {what}, found {}", self.token))
    }

    fn end(&self, or_else: &str) -> Result<(), Problem> {
        if self.token == Token::End { Ok(()) } else { Err(self.expected(or_else)) }
    }

    fn sees_word(&self, keyword: &str) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// `both *("or" both)`
    fn either(&mut self) -> Result<Expression, Problem> {
        let mut left = self.both()?;
        while self.sees_word("or") {
            self.advance()?;
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    /// `single *("and" single)`
    fn both(&mut self) -> Result<Expression, Problem> {
        let mut left = self.single()?;
        while self.sees_word("and") {
            self.advance()?;
            left = Expression::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    /// `"(" either ")"`, `"not" "(" either ")"`, or something about an attribute
    fn single(&mut self) -> Result<Expression, Problem> {
        if self.token == Token::Open {
            return self.parentheses();
        }
        if self.sees_word("not") {
            self.advance()?;
            if self.token != Token::Open {
                return Err(self.expected("\"(\" after \"not\""));
            }
            return Ok(Expression::Not(Box::new(self.parentheses()?)));
        }
        let attribute = self.attribute("an attribute name, \"not\" or \"(\"")?;
        if self.token != Token::OpenBracket {
            return self.condition(attribute);
        }
        self.refuse_brackets_here(&attribute)?;
        let mut inside = self.brackets()?;
        if let Some(sub) = self.sub_attribute()? {
            let condition = self.condition(AttributePath { urn: None, name: sub, sub: None })?;
            inside = Expression::And(Box::new(inside), Box::new(condition));
        }
        Ok(Expression::ValuePath(attribute, Box::new(inside)))
    }

    /// What stands between `(` and `)`, both included.
    fn parentheses(&mut self) -> Result<Expression, Problem> {
        let inside = self.deeper()?;
        if self.token != Token::Close {
            return Err(self.expected("\"and\", \"or\" or \")\""));
        }
        self.advance()?;
        Ok(inside)
    }

    /// What stands between `[` and `]`, both included.
    fn brackets(&mut self) -> Result<Expression, Problem> {
        self.in_brackets = true;
        let inside = self.deeper()?;
        if self.token != Token::CloseBracket {
            return Err(self.expected("\"and\", \"or\" or \"]\""));
        }
        self.in_brackets = false;
        self.advance()?;
        Ok(inside)
    }

    /// Steps over the opening bracket and reads up to the closing one. The only way down: what bounds the recursion.
    fn deeper(&mut self) -> Result<Expression, Problem> {
        if self.depth == MAX_DEPTH {
            return Err(self.problem(format!("brackets nest deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        self.advance()?;
        let inside = self.either()?;
        self.depth -= 1;
        Ok(inside)
    }

    fn refuse_brackets_here(&self, attribute: &AttributePath) -> Result<(), Problem> {
        if self.in_brackets {
            return Err(self.problem("square brackets cannot stand within square brackets"));
        }
        if attribute.sub.is_some() {
            return Err(self.problem("square brackets cannot follow a sub-attribute"));
        }
        Ok(())
    }

    fn attribute(&mut self, expected: &str) -> Result<AttributePath, Problem> {
        let Token::Word(word) = self.token else {
            return Err(self.expected(expected));
        };
        if ["and", "or", "not"].iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return Err(self.expected(expected));
        }
        let attribute = name::read(word).map_err(|detail| self.problem(detail))?;
        self.advance()?;
        Ok(attribute)
    }

    /// The `.sub` that may follow a closing square bracket.
    fn sub_attribute(&mut self) -> Result<Option<String>, Problem> {
        let Token::Word(word) = self.token else { return Ok(None) };
        let Some(sub) = word.strip_prefix('.') else { return Ok(None) };
        let sub = name::read_sub(sub).map_err(|detail| self.problem(detail))?;
        self.advance()?;
        Ok(Some(sub))
    }

    /// `"pr"`, or operator and value.
    fn condition(&mut self, attribute: AttributePath) -> Result<Expression, Problem> {
        const OPERATOR: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.problem(format!("there are more than {MAX_TERMS} comparisons")));
        }
        if self.sees_word("pr") {
            self.advance()?;
            return Ok(Expression::Present(attribute));
        }
        let Token::Word(word) = self.token else { return Err(self.expected(OPERATOR)) };
        let operator = Comparison::from_keyword(word).ok_or_else(|| self.expected(OPERATOR))?;
        self.advance()?;
        Ok(Expression::Compare(attribute, operator, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal, Problem> {
        let read = match &mut self.token {
            Token::Text(text) => Some(Literal::String(std::mem::take(text))),
            Token::Word(word) => literal_from_word(word),
            _ => None,
        };
        let literal =
            read.ok_or_else(|| self.expected("a value (text in double quotes, a number, true, false or null)"))?;
        self.advance()?;
        Ok(literal)
    }
}

/// The JSON scalars without quotes. Their case is not looked at: Entra writes `True` and `False`.
fn literal_from_word(word: &str) -> Option<Literal> {
    if word.eq_ignore_ascii_case("true") {
        Some(Literal::Boolean(true))
    } else if word.eq_ignore_ascii_case("false") {
        Some(Literal::Boolean(false))
    } else if word.eq_ignore_ascii_case("null") {
        Some(Literal::Null)
    } else {
        serde_json::from_str(word).ok().map(Literal::Number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::strategy::{expressions, fragments};
    use super::super::{MAX_BYTES, MAX_DEPTH, MAX_TERMS};
    use super::parse;
    use crate::scim::error::ScimType;

    /// Every case is read, and printed in the one canonical way.
    #[test]
    fn filters_are_read_as_the_grammar_says() {
        for (text, canonical) in [
            // RFC 7644, figure 2, and what identity providers send.
            (r#"userName eq "bjensen""#, r#"userName eq "bjensen""#),
            (r#"name.familyName co "O'Malley""#, r#"name.familyName co "O'Malley""#),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            ),
            ("title pr", "title pr"),
            (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, r#"meta.lastModified gt "2011-05-13T04:42:34Z""#),
            (r#"title pr and userType eq "Employee""#, r#"title pr and userType eq "Employee""#),
            (
                r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
                r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            ),
            (
                r#"userType ne "Employee" and not (emails co "example.com")"#,
                r#"userType ne "Employee" and not (emails co "example.com")"#,
            ),
            (
                r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
                r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            ),
            (
                r#"emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
                r#"emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            ),
            (
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26""#,
                r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26""#,
            ),
            (r#"id eq "g" and members eq "u""#, r#"id eq "g" and members eq "u""#),
            (r#"members.$ref ew "/u""#, r#"members.$ref ew "/u""#),
            // What may follow a square bracket goes into it.
            (r#"emails[type eq "work"].value eq "a@b""#, r#"emails[type eq "work" and value eq "a@b"]"#),
            (r#"emails[type eq "work"].value pr and id pr"#, r#"emails[type eq "work" and value pr] and id pr"#),
            (
                r#"emails[type eq "a" or type eq "b"].value eq "x""#,
                r#"emails[(type eq "a" or type eq "b") and value eq "x"]"#,
            ),
            // Precedence and direction.
            ("a pr or b pr and c pr", "a pr or b pr and c pr"),
            ("a pr and b pr or c pr", "a pr and b pr or c pr"),
            ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
            ("(a pr and b pr) or c pr", "a pr and b pr or c pr"),
            ("(a pr and b pr) and c pr", "a pr and b pr and c pr"),
            ("a pr and (b pr and c pr)", "a pr and (b pr and c pr)"),
            ("a pr or (b pr or c pr)", "a pr or (b pr or c pr)"),
            ("not (a pr) and b pr", "not (a pr) and b pr"),
            ("not (not (a pr))", "not (not (a pr))"),
            ("((((a pr))))", "a pr"),
            // Letter case and blanks.
            ("A PR AND NOT(b Pr)Or c pR", "A pr and not (b pr) or c pr"),
            (r#" a  EQ	"x" "#, r#"a eq "x""#),
            (r#"a eq"x"and(b pr)"#, r#"a eq "x" and b pr"#),
            // Values.
            ("a eq True and b ne FALSE or c eq Null", "a eq true and b ne false or c eq null"),
            (r#"a eq "True""#, r#"a eq "True""#),
            ("a gt 5 and a ge -5 and a lt 5.25 and a le 1e3", "a gt 5 and a ge -5 and a lt 5.25 and a le 1000.0"),
            (r#"a eq "\"\\\u0041\ud83d\ude00""#, r#"a eq "\"\\A😀""#),
            // Names like keywords, where nothing else can stand.
            (
                r#"pr pr and eq eq "eq" and nothing pr and android pr"#,
                r#"pr pr and eq eq "eq" and nothing pr and android pr"#,
            ),
        ] {
            let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(expression.to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn errors_tell_position_find_and_expectation() {
        const OPERATORS: &str = "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found";
        const VALUE: &str = "expected a value (text in double quotes, a number, true, false or null), found";
        const SINGLE: &str = "expected an attribute name, \"not\" or \"(\", found";
        for (text, position, detail) in [
            ("", 1, format!("{SINGLE} the end")),
            ("   ", 4, format!("{SINGLE} the end")),
            (r#"userName equals "x""#, 10, format!(r#"{OPERATORS} "equals""#)),
            (r#"userName = "x""#, 10, format!(r#"{OPERATORS} "=""#)),
            ("userName", 9, format!("{OPERATORS} the end")),
            (r#"userName "x""#, 10, format!(r#"{OPERATORS} the string "x""#)),
            ("userName eq", 12, format!("{VALUE} the end")),
            ("userName eq bjensen", 13, format!(r#"{VALUE} "bjensen""#)),
            ("userName eq 'bjensen'", 13, format!(r#"{VALUE} "'bjensen'""#)),
            ("age eq 01", 8, format!(r#"{VALUE} "01""#)),
            ("age eq 1e999", 8, format!(r#"{VALUE} "1e999""#)),
            ("age eq +1", 8, format!(r#"{VALUE} "+1""#)),
            ("age eq NaN", 8, format!(r#"{VALUE} "NaN""#)),
            ("a pr b pr", 6, r#"expected "and", "or" or the end, found "b""#.to_owned()),
            ("a pr)", 5, r#"expected "and", "or" or the end, found ")""#.to_owned()),
            ("(a pr", 6, r#"expected "and", "or" or ")", found the end"#.to_owned()),
            ("(a pr]", 6, r#"expected "and", "or" or ")", found "]""#.to_owned()),
            ("e[a pr", 7, r#"expected "and", "or" or "]", found the end"#.to_owned()),
            ("a pr and", 9, format!("{SINGLE} the end")),
            ("a pr and and b pr", 10, format!(r#"{SINGLE} "and""#)),
            ("()", 2, format!(r#"{SINGLE} ")""#)),
            ("not a pr", 5, r#"expected "(" after "not", found "a""#.to_owned()),
            ("not not (a pr)", 5, r#"expected "(" after "not", found "not""#.to_owned()),
            ("e[]", 3, format!(r#"{SINGLE} "]""#)),
            ("e[f[a pr]]", 4, "square brackets cannot stand within square brackets".to_owned()),
            ("e.f[a pr]", 4, "square brackets cannot follow a sub-attribute".to_owned()),
            ("e[a pr].b", 10, format!("{OPERATORS} the end")),
            ("e[a pr].b.c pr", 8, r#""b.c" is no sub-attribute name"#.to_owned()),
            (r#"émail eq "x""#, 1, r#""émail" is no attribute name"#.to_owned()),
            (r#"[type eq "work"]"#, 1, format!(r#"{SINGLE} "[""#)),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
            let start = format!("the filter cannot be read at character {position}: {detail}");
            assert!(error.detail.starts_with(&start), "{text}\n  {}\n  {start}", error.detail);
        }
    }

    #[test]
    fn long_input_is_never_echoed() {
        let word = "é".repeat(2000);
        for text in [
            word.clone(),
            format!("a {word}"),
            format!("a eq {word}"),
            format!("a eq \"{word}\" \"{word}\""),
            format!("urn:{word}:a pr"),
            format!("e[a pr].{word} pr"),
        ] {
            if let Err(error) = parse(&text) {
                assert!(error.detail.chars().count() < 300, "{error}");
            }
        }
    }

    fn nested(depth: usize) -> String {
        format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth))
    }

    #[test]
    fn l3_limits_of_length_depth_and_terms() {
        let padded = |length: usize| format!("a pr{}", " ".repeat(length - 4));
        assert!(parse(&padded(MAX_BYTES)).is_ok());
        assert!(parse(&padded(MAX_BYTES + 1)).unwrap_err().detail.contains("more than 4096 are not read"));

        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).unwrap_err().detail.contains("deeper than 32 levels"));
        assert!(parse(&"(".repeat(MAX_BYTES)).unwrap_err().detail.contains("deeper than 32 levels"));
        assert!(parse(&"not(".repeat(1000)).unwrap_err().detail.contains("deeper than 32 levels"));
        let bracket = format!("{}e[a pr]{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
        assert!(parse(&bracket).unwrap_err().detail.contains("deeper than 32 levels"));

        let terms = |count: usize| vec!["a pr"; count].join(" or ");
        assert!(parse(&terms(MAX_TERMS)).is_ok());
        assert!(parse(&terms(MAX_TERMS + 1)).unwrap_err().detail.contains("more than 64 comparisons"));
        let within = format!("e[{}].b pr", terms(MAX_TERMS));
        assert!(parse(&within).unwrap_err().detail.contains("more than 64 comparisons"));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_the_same(expression in expressions()) {
            let text = expression.to_string();
            prop_assert_eq!(parse(&text), Ok(expression), "{}", text);
        }

        #[test]
        fn l6_no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn l6_no_row_of_fragments_makes_the_parser_panic(text in fragments()) {
            if let Ok(expression) = parse(&text) {
                prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
            }
        }
    }
}
