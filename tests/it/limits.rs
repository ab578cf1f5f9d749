//! Every limit, at the limit and one past it. Where the default is unwieldy the test lowers
//! it: the code is the same.

mod answers;
mod bodies;
mod heads;
mod rates;
mod requests;
