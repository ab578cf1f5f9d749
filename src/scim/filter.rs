//! The filter language of RFC 7644 3.4.2.2: text to tree and back.

use std::fmt;
use std::str::FromStr;

use serde_json::Number;

use super::error::Error;
use super::lex::{Fault, Lexer, Spanned, Token};
use super::path::AttrPath;
use super::{quirks, write};

/// Longest filter.
pub const FILTER_BYTES_MAX: usize = 8 * 1024;
/// Parentheses and brackets inside each other.
pub const FILTER_DEPTH_MAX: usize = 32;
/// Comparisons in one filter, `pr` included.
pub const FILTER_COMPARISONS_MAX: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl CompareOp {
    pub const ALL: [Self; 9] = [
        Self::Eq,
        Self::Ne,
        Self::Co,
        Self::Sw,
        Self::Ew,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether it asks for an order, which booleans and binary values do not have.
    pub fn is_order(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Operators are compared letter case aside (RFC 7644 3.4.2.2).
    fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|op| word.eq_ignore_ascii_case(op.name()))
    }
}

/// The value an attribute is compared with: a JSON string, number, true, false or null.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    Compare {
        path: AttrPath,
        op: CompareOp,
        value: Literal,
    },
    /// `pr`: has a value.
    Present(AttrPath),
    /// `emails[…]`: some one entry passes the whole filter.
    Entry {
        path: AttrPath,
        filter: Box<Filter>,
    },
    /// Two or more.
    And(Vec<Filter>),
    /// Two or more.
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

impl Filter {
    /// Errors: `invalidFilter` with the byte offset and what was expected there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(Error::invalid_filter(format!(
                "The filter is longer than {FILTER_BYTES_MAX} bytes; ask in several requests."
            )));
        }
        let mut parser = Parser::new(text);
        let read = parser
            .any()
            .and_then(|filter| parser.expect_end().map(|()| filter));
        read.map_err(|fault| {
            Error::invalid_filter(format!(
                "The filter can't be read at byte {}: {}; write it like userName eq \"a@b.c\".",
                fault.at, fault.what
            ))
        })
    }
}

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Recursive descent: `or` binds loosest, then `and`, then `not` and what stands alone.
pub(crate) struct Parser<'a> {
    lexer: Lexer<'a>,
    peeked: Option<Spanned<'a>>,
    depth: usize,
    comparisons: usize,
    in_brackets: bool,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            lexer: Lexer::new(text),
            peeked: None,
            depth: 0,
            comparisons: 0,
            in_brackets: false,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Spanned<'a>, Fault> {
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => self.lexer.next_token(),
        }
    }

    pub(crate) fn peek(&mut self) -> Result<&Spanned<'a>, Fault> {
        let token = self.next()?;
        Ok(self.peeked.insert(token))
    }

    pub(crate) fn expect_end(&mut self) -> Result<(), Fault> {
        self.expect(Token::End, "the end, \"and\" or \"or\"")
    }

    fn expect(&mut self, wanted: Token<'_>, name: &str) -> Result<(), Fault> {
        let found = self.next()?;
        if found.token == wanted {
            return Ok(());
        }
        let what = format!("expected {name}, found {}", found.token.describe());
        Err(Fault::new(found.start, what))
    }

    fn take_keyword(&mut self, keyword: &str) -> Result<bool, Fault> {
        let is_it = match self.peek()?.token {
            Token::Word(word) => word.eq_ignore_ascii_case(keyword),
            _ => false,
        };
        if is_it {
            self.peeked = None;
        }
        Ok(is_it)
    }

    fn any(&mut self) -> Result<Filter, Fault> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.take_keyword("or")? {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Filter::Or(parts)
        })
    }

    fn all(&mut self) -> Result<Filter, Fault> {
        let first = self.factor()?;
        let mut parts = vec![first];
        while self.take_keyword("and")? {
            parts.push(self.factor()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Filter::And(parts)
        })
    }

    fn factor(&mut self) -> Result<Filter, Fault> {
        let found = self.next()?;
        match found.token {
            Token::ParenOpen => self.group(found.start),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.expect(Token::ParenOpen, "\"(\" after \"not\"")?;
                Ok(Filter::Not(Box::new(self.group(found.start)?)))
            }
            Token::Word(word) => {
                let path = AttrPath::from_word(word, found.start)?;
                match self.peek()?.token {
                    Token::BracketOpen => self.entry(path),
                    _ => self.test(path),
                }
            }
            token => {
                let what = format!("expected an attribute, found {}", token.describe());
                Err(Fault::new(found.start, what))
            }
        }
    }

    /// What is between parentheses; the opening one is taken already.
    fn group(&mut self, at: usize) -> Result<Filter, Fault> {
        self.enter(at)?;
        let inner = self.any()?;
        self.depth -= 1;
        self.expect(Token::ParenClose, "\")\", \"and\" or \"or\"")?;
        Ok(inner)
    }

    fn enter(&mut self, at: usize) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(Fault::new(
                at,
                format!("it is nested deeper than {FILTER_DEPTH_MAX}"),
            ));
        }
        Ok(())
    }

    fn entry(&mut self, path: AttrPath) -> Result<Filter, Fault> {
        let mut filter = self.value_filter(&path)?;
        if let Some(sub) = self.sub_after_bracket()? {
            let sub = AttrPath {
                urn: None,
                name: sub,
                sub: None,
            };
            filter = quirks::filtered_sub_attribute(filter, self.test(sub)?);
        }
        Ok(Filter::Entry {
            path,
            filter: Box::new(filter),
        })
    }

    /// `[…]` behind `path`: valFilter of RFC 7644, which holds no further brackets.
    pub(crate) fn value_filter(&mut self, path: &AttrPath) -> Result<Filter, Fault> {
        let at = self.peek()?.start;
        if self.in_brackets {
            return Err(Fault::new(at, "brackets can't stand in brackets"));
        }
        if path.sub.is_some() {
            return Err(Fault::new(at, "brackets can't follow a sub-attribute"));
        }
        self.expect(Token::BracketOpen, "\"[\"")?;
        self.enter(at)?;
        self.in_brackets = true;
        let filter = self.any()?;
        self.in_brackets = false;
        self.depth -= 1;
        self.expect(Token::BracketClose, "\"]\", \"and\" or \"or\"")?;
        Ok(filter)
    }

    /// `.value` directly behind a closing bracket.
    pub(crate) fn sub_after_bracket(&mut self) -> Result<Option<String>, Fault> {
        // Nothing is peeked at: the bracket was just taken.
        let before = self.lexer.position();
        let next = self.peek()?;
        let Token::Word(word) = next.token else {
            return Ok(None);
        };
        let Some(name) = word.strip_prefix('.') else {
            return Ok(None);
        };
        let at = next.start;
        if at != before {
            return Err(Fault::new(
                at,
                "no space goes between \"]\" and the sub-attribute",
            ));
        }
        let sub = AttrPath::from_word(name, at + 1)?;
        if sub.urn.is_some() || sub.sub.is_some() {
            return Err(Fault::new(at + 1, "expected one sub-attribute"));
        }
        self.peeked = None;
        Ok(Some(sub.name))
    }

    /// `pr`, or an operator and a value.
    fn test(&mut self, path: AttrPath) -> Result<Filter, Fault> {
        let found = self.next()?;
        self.comparisons += 1;
        if self.comparisons > FILTER_COMPARISONS_MAX {
            let what = format!("it has more than {FILTER_COMPARISONS_MAX} comparisons");
            return Err(Fault::new(found.start, what));
        }
        let Token::Word(word) = found.token else {
            let what = format!("expected an operator, found {}", found.token.describe());
            return Err(Fault::new(found.start, what));
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(op) = CompareOp::parse(word) else {
            let what = "expected one of eq ne co sw ew pr gt ge lt le";
            return Err(Fault::new(found.start, what));
        };
        let value = self.literal()?;
        Ok(Filter::Compare { path, op, value })
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let found = self.next()?;
        match found.token {
            Token::Text(text) => Ok(Literal::Text(text)),
            Token::Number(number) => Ok(Literal::Number(number)),
            Token::Word("true") => Ok(Literal::Bool(true)),
            Token::Word("false") => Ok(Literal::Bool(false)),
            Token::Word("null") => Ok(Literal::Null),
            Token::Word(_) => {
                let what = "text must be in double quotes to be a string";
                Err(Fault::new(found.start, what))
            }
            token => {
                let what = format!("expected a value, found {}", token.describe());
                Err(Fault::new(found.start, what))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                let mut quoted = String::with_capacity(text.len() + 2);
                write::push_string(&mut quoted, text);
                f.write_str(&quoted)
            }
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare { path, op, value } => write!(f, "{path} {} {value}", op.name()),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Entry { path, filter } => write!(f, "{path}[{filter}]"),
            Self::And(parts) => join(f, parts, " and ", |part| {
                matches!(part, Self::And(_) | Self::Or(_))
            }),
            Self::Or(parts) => join(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    parts: &[Filter],
    word: &str,
    needs_parens: fn(&Filter) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        if needs_parens(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
