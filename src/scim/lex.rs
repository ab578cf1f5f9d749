//! The words of the filter language (RFC 7644 3.4.2.2) with their places.

use serde_json::Number;

/// What went wrong at a byte offset; filters and paths make their own errors of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// 0-based, in bytes.
    pub at: usize,
    /// What was expected there, or what is over a limit.
    pub what: String,
}

impl Fault {
    pub fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Token<'a> {
    /// An attribute path, an operator, or one of true, false, null.
    Word(&'a str),
    /// A JSON string, unescaped.
    Text(String),
    Number(Number),
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    End,
}

impl Token<'_> {
    /// How an error names it. Errors are logged and what filters ask for is not, so whatever
    /// may be a value, or a part of one without its quotes, has its place alone.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Word(_) => "a word",
            Self::Text(_) => "a quoted string",
            Self::Number(_) => "a number",
            Self::ParenOpen => "\"(\"",
            Self::ParenClose => "\")\"",
            Self::BracketOpen => "\"[\"",
            Self::BracketClose => "\"]\"",
            Self::End => "the end",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<'a> {
    pub token: Token<'a>,
    /// Byte offsets; `end` is one past the last.
    pub start: usize,
    pub end: usize,
}

/// Cuts a text into tokens, one at a time.
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// A schema's URI stands before an attribute's name, so its characters are a word's too.
fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'_' | b'$' | b'/')
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the next token is looked for: one past the last one.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn next_token(&mut self) -> Result<Spanned<'a>, Fault> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        let start = self.at;
        let Some(&first) = bytes.get(start) else {
            return Ok(Spanned {
                token: Token::End,
                start,
                end: start,
            });
        };
        let token = match first {
            b'(' => self.one(Token::ParenOpen),
            b')' => self.one(Token::ParenClose),
            b'[' => self.one(Token::BracketOpen),
            b']' => self.one(Token::BracketClose),
            b'"' => Token::Text(self.string()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            _ if is_word(first) => Token::Word(self.take_while(is_word)),
            _ => {
                let what = if first == b'\'' {
                    "text goes in double quotes, not in single ones"
                } else {
                    "text goes in double quotes, and names have letters, digits, - and _"
                };
                return Err(Fault::new(start, what));
            }
        };
        Ok(Spanned {
            token,
            start,
            end: self.at,
        })
    }

    fn one(&mut self, token: Token<'a>) -> Token<'a> {
        self.at += 1;
        token
    }

    fn take_while(&mut self, wanted: fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let len = rest.iter().position(|&b| !wanted(b)).unwrap_or(rest.len());
        self.at += len;
        &self.text[start..self.at]
    }

    /// A JSON string (RFC 8259 7), escapes and surrogate pairs included.
    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None => {
                    return Err(Fault::new(
                        start,
                        "the string that begins here has no end quote",
                    ));
                }
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        serde_json::from_str(&self.text[start..self.at])
            .map_err(|_| Fault::new(start, "the string that begins here is not a JSON string"))
    }

    /// A JSON number (RFC 8259 6).
    fn number(&mut self) -> Result<Number, Fault> {
        let start = self.at;
        let text =
            self.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'));
        let fault = || {
            let what = "what begins here is not a number: text goes in double quotes";
            Fault::new(start, what)
        };
        // serde_json knows the grammar, std parses floats to the nearest one.
        let number: Number = serde_json::from_str(text).map_err(|_| fault())?;
        if number.is_f64() {
            let float = text.parse().ok().and_then(Number::from_f64);
            return float.ok_or_else(fault);
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token<'_>>, Fault> {
        let mut lexer = Lexer::new(text);
        let mut all = Vec::new();
        loop {
            match lexer.next_token()?.token {
                Token::End => return Ok(all),
                token => all.push(token),
            }
        }
    }

    #[test]
    fn words_strings_and_numbers_are_told_apart() {
        assert_eq!(
            tokens("a.b[c eq \"x \\\"y\\\" \\ud83d\\ude00\"] and d gt -1.5e+3"),
            Ok(vec![
                Token::Word("a.b"),
                Token::BracketOpen,
                Token::Word("c"),
                Token::Word("eq"),
                Token::Text("x \"y\" 😀".to_owned()),
                Token::BracketClose,
                Token::Word("and"),
                Token::Word("d"),
                Token::Word("gt"),
                Token::Number(Number::from_f64(-1500.0).unwrap_or_else(|| 0.into())),
            ])
        );
    }

    #[test]
    fn faults_name_their_place() {
        assert_eq!(tokens("a eq 'x'").map_err(|f| f.at), Err(5));
        assert_eq!(tokens("a eq \"x").map_err(|f| f.at), Err(5));
        assert_eq!(tokens("a eq \"\\ud800\"").map_err(|f| f.at), Err(5));
        assert_eq!(tokens("a eq 1x").map_err(|f| f.at), Err(5));
        assert_eq!(tokens("é").map_err(|f| f.at), Err(0));
        assert_eq!(tokens("\"\\").map_err(|f| f.at), Err(0));
    }
}
