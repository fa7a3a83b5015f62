//! Which handler a request is for: a tree over the segments of paths.
//!
//! The most exact route wins, segment by segment: a name before a `:parameter`, that before `*`; of equal ones
//! the method's own before `ANY`, then the first declared. A branch that ends without a route for the method
//! is left again.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use sentra_netlib::code::percent;

use super::service::{Service, Upgrade};
use crate::heap::Marker;
use crate::value::Value;

/// The most segments of a route's path.
const DEEPEST: usize = 64;

/// What answers requests.
#[derive(Clone)]
pub(crate) enum Target {
    /// A function of the script, called with the request in a fiber of its own.
    Handler(Value),
    /// Something in Rust, such as a folder of files.
    Service(Rc<dyn Service>),
    /// Something that goes on with the connection in another protocol.
    Upgrade(Rc<dyn Upgrade>),
}

/// A route.
pub(crate) struct Route {
    /// In capital letters; `ANY` stands for all.
    method: Box<str>,
    /// The names of its parameters, in the path's order; `*` for the rest.
    pub names: Box<[Box<str>]>,
    pub target: Target,
}

/// All routes of a server.
#[derive(Default)]
pub(crate) struct Routes {
    root: Node,
}

#[derive(Default)]
struct Node {
    literal: HashMap<Box<[u8]>, Node, foldhash::fast::RandomState>,
    parameter: Option<Box<Node>>,
    /// Routes that end here, and those that take whatever follows.
    here: Vec<Rc<Route>>,
    rest: Vec<Rc<Route>>,
}

/// What there is for a request.
pub(crate) enum Found<'a> {
    /// A route, and what its parameters stand for, still encoded.
    Route(Rc<Route>, Vec<&'a [u8]>),
    /// Routes for other methods only: these.
    OtherMethods(Vec<Box<str>>),
    /// The path is unknown.
    Nothing,
}

impl Routes {
    /// Adds a route; the error says what is wrong with its path.
    pub fn add(&mut self, method: &str, path: &str, target: Target) -> Result<(), String> {
        let Some(path) = path.strip_prefix('/') else { return Err("does not begin with `/`".into()) };
        let segments: Vec<&str> = path.split('/').collect();
        if segments.len() > DEEPEST {
            return Err(format!("has more than {DEEPEST} parts"));
        }
        let (mut node, mut names, mut takes_rest) = (&mut self.root, Vec::<Box<str>>::new(), false);
        for (index, segment) in segments.iter().enumerate() {
            if *segment == "*" {
                if index + 1 < segments.len() {
                    return Err("has `*` before its end".into());
                }
                names.push("*".into());
                takes_rest = true;
            } else if let Some(name) = segment.strip_prefix(':') {
                if name.is_empty() || names.iter().any(|other| **other == *name) {
                    return Err(format!("has a parameter `{segment}` without a name of its own"));
                }
                names.push(name.into());
                node = node.parameter.get_or_insert_default();
            } else {
                let literal = percent::decode(segment.as_bytes(), false);
                let literal = literal.unwrap_or(Cow::Borrowed(segment.as_bytes()));
                node = node.literal.entry(literal.into()).or_default();
            }
        }
        let place = if takes_rest { &mut node.rest } else { &mut node.here };
        place.push(Rc::new(Route { method: method.to_ascii_uppercase().into(), names: names.into(), target }));
        Ok(())
    }

    /// Finds the route for a request. HEAD falls back to GET.
    pub fn find<'a>(&self, method: &str, path: &'a [u8]) -> Found<'a> {
        let mut search = Search { method, values: Vec::new(), allowed: Vec::new() };
        let path = path.strip_prefix(b"/").unwrap_or(path);
        match search.find(&self.root, Some(path)) {
            Some(route) => Found::Route(route, search.values),
            None if search.allowed.is_empty() => Found::Nothing,
            None => Found::OtherMethods(search.allow()),
        }
    }

    /// The methods of routes for a path that are not for all methods.
    pub fn allowed(&self, path: &[u8]) -> Vec<Box<str>> {
        // No method has an empty name, so only the others are found.
        match self.find("", path) {
            Found::OtherMethods(methods) => methods,
            Found::Route(..) | Found::Nothing => Vec::new(),
        }
    }

    /// Marks the handlers.
    pub fn trace(&self, marker: &mut Marker) {
        self.root.trace(marker);
    }
}

impl Node {
    fn trace(&self, marker: &mut Marker) {
        for route in self.here.iter().chain(&self.rest) {
            if let Target::Handler(handler) = route.target {
                marker.mark(handler);
            }
        }
        // As deep as the longest path, which is bounded.
        self.literal.values().chain(self.parameter.as_deref()).for_each(|node| node.trace(marker));
    }
}

struct Search<'s, 'a> {
    method: &'s str,
    values: Vec<&'a [u8]>,
    /// The methods of routes that fit otherwise.
    allowed: Vec<Box<str>>,
}

impl<'a> Search<'_, 'a> {
    /// The best route below a node for the rest of a path; nothing left of it is not the same as an empty segment.
    fn find(&mut self, node: &Node, rest: Option<&'a [u8]>) -> Option<Rc<Route>> {
        let Some(rest) = rest else { return self.choose(&node.here) };
        let (segment, after) = match memchr::memchr(b'/', rest) {
            Some(end) => (&rest[..end], Some(&rest[end + 1..])),
            None => (rest, None),
        };
        if !node.literal.is_empty() {
            let literal = percent::decode(segment, false).unwrap_or(Cow::Borrowed(segment));
            let found = node.literal.get(&*literal).and_then(|next| self.find(next, after));
            if found.is_some() {
                return found;
            }
        }
        if let Some(next) = node.parameter.as_deref().filter(|_| !segment.is_empty()) {
            self.values.push(segment);
            if let Some(found) = self.find(next, after) {
                return Some(found);
            }
            self.values.pop();
        }
        let found = self.choose(&node.rest)?;
        self.values.push(rest);
        Some(found)
    }

    fn choose(&mut self, routes: &[Rc<Route>]) -> Option<Rc<Route>> {
        let of = |method: &str| routes.iter().find(|route| *route.method == *method);
        let get = || of("GET").filter(|_| self.method == "HEAD");
        let found = of(self.method).or_else(get).or_else(|| of("ANY").filter(|_| !self.method.is_empty()));
        if found.is_none() {
            let others = routes.iter().filter(|route| *route.method != *"ANY");
            self.allowed.extend(others.map(|route| route.method.clone()));
        }
        found.cloned()
    }

    fn allow(mut self) -> Vec<Box<str>> {
        if self.allowed.iter().any(|method| **method == *"GET") {
            self.allowed.push("HEAD".into());
        }
        self.allowed.push("OPTIONS".into());
        self.allowed.sort();
        self.allowed.dedup();
        self.allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: &[(&str, &str)]) -> Routes {
        let mut routes = Routes::default();
        for (index, (method, path)) in paths.iter().enumerate() {
            routes.add(method, path, Target::Handler(Value::small(index as i32))).expect("a good path");
        }
        routes
    }

    /// The number of the route and its parameters, or the methods allowed.
    fn found(routes: &Routes, method: &str, path: &str) -> String {
        match routes.find(method, path.as_bytes()) {
            Found::Nothing => "nothing".into(),
            Found::OtherMethods(methods) => methods.join(","),
            Found::Route(route, values) => {
                let Target::Handler(number) = route.target else { return "?".into() };
                let values = values.iter().map(|value| String::from_utf8_lossy(value));
                let pairs = route.names.iter().zip(values).map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", number.as_integer().unwrap_or(-1), pairs.collect::<String>())
            }
        }
    }

    #[test]
    fn the_most_exact_wins_then_the_first_declared() {
        let routes = routes(&[
            ("ANY", "/*"),
            ("GET", "/users/:id"),
            ("GET", "/users/me"),
            ("GET", "/users/:name"),
            ("GET", "/users/:id/posts/*"),
            ("GET", "/"),
            ("POST", "/users/me"),
            ("GET", "/a/b/c"),
            ("GET", "/a/:x/d"),
        ]);
        let cases = [
            ("/users/me", "2"),
            ("/users/7", "1 id=7"),
            ("/users/7/posts/a/b", "4 id=7 *=a/b"),
            ("/users/7/posts/", "4 id=7 *="),
            ("/users/7/posts", "0 *=users/7/posts"),
            ("/users/", "0 *=users/"),
            ("/", "5"),
            ("/a/b/d", "8 x=b"),
            ("/%61/b/c", "7"),
            ("/a%2Fb/c", "0 *=a%2Fb/c"),
        ];
        for (path, wanted) in cases {
            assert_eq!(found(&routes, "GET", path), wanted, "{path}");
        }
        assert_eq!(found(&routes, "POST", "/users/me"), "6");
        assert_eq!(found(&routes, "PUT", "/users/me"), "0 *=users/me");
    }

    #[test]
    fn other_methods_are_named_and_head_is_get() {
        let routes = routes(&[("GET", "/x"), ("post", "/x"), ("DELETE", "/:y"), ("HEAD", "/head"), ("GET", "/head")]);
        assert_eq!(found(&routes, "HEAD", "/x"), "0");
        assert_eq!(found(&routes, "HEAD", "/head"), "3");
        assert_eq!(found(&routes, "DELETE", "/x"), "2 y=x");
        assert_eq!(found(&routes, "PUT", "/x"), "DELETE,GET,HEAD,OPTIONS,POST");
        assert_eq!(found(&routes, "get", "/x"), "DELETE,GET,HEAD,OPTIONS,POST");
        assert_eq!(found(&routes, "GET", "/x/y"), "nothing");
    }

    #[test]
    fn wrong_paths_are_refused() {
        let mut routes = Routes::default();
        for path in ["", "x", "/a/*/b", "/:", "/:a/:a", &"/a".repeat(65)] {
            assert!(routes.add("GET", path, Target::Handler(Value::NIL)).is_err(), "{path}");
        }
    }
}
