//! Flame graphs: stacks as boxes, each as wide as its share, what is called above what calls.

use std::collections::BTreeMap;
use std::fmt::Write;

const WIDTH: f64 = 1200.0;
const ROW: usize = 17;
/// Narrower boxes would not be seen.
const NARROWEST: f64 = 0.3;
/// The width of a character of the labels.
const CHARACTER: f64 = 6.6;

/// A box with those upon it.
#[derive(Default)]
struct Node {
    weight: u64,
    above: BTreeMap<String, Node>,
}

impl Node {
    fn height(&self) -> usize {
        1 + self.above.values().map(Node::height).max().unwrap_or(0)
    }
}

/// The picture of folded stacks, as SVG.
pub(crate) fn svg(folded: &str) -> String {
    let mut root = Node::default();
    for line in folded.lines() {
        let Some((stack, weight)) = line.rsplit_once(' ') else { continue };
        let weight = weight.parse().unwrap_or(0);
        root.weight += weight;
        let mut node = &mut root;
        for part in stack.split(';') {
            node = node.above.entry(part.to_owned()).or_default();
            node.weight += weight;
        }
    }
    let height = root.height() * ROW + 10;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fffdf6\"/>\n"
    );
    let all = root.weight.max(1);
    let mut open = vec![("all", &root, 0.0, 0)];
    while let Some((name, node, left, level)) = open.pop() {
        let width = node.weight as f64 / all as f64 * WIDTH;
        if width < NARROWEST {
            continue;
        }
        draw(&mut out, name, node.weight, all, (left, (height - 5 - (level + 1) * ROW) as f64, width));
        let mut next = left;
        for (name, above) in &node.above {
            open.push((name, above, next, level + 1));
            next += above.weight as f64 / all as f64 * WIDTH;
        }
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, name: &str, weight: u64, all: u64, (x, y, width): (f64, f64, f64)) {
    let share = weight as f64 / all as f64 * 100.0;
    let hash = name.bytes().fold(7u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let (hue, light) = (hash % 50, 58 + hash / 50 % 14);
    let name = escaped(name);
    let _ = write!(
        out,
        "<g><title>{name}: {share:.2} %, {:.3} s</title>\
         <rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" rx=\"1\" fill=\"hsl({hue},85%,{light}%)\"/>",
        weight as f64 / 1e6,
        ROW - 1
    );
    let room = ((width - 6.0) / CHARACTER) as usize;
    if room >= 3 {
        let _ = write!(out, "<text x=\"{:.1}\" y=\"{}\">{}</text>", x + 3.0, y + 12.0, label(&name, room));
    }
    out.push_str("</g>\n");
}

/// As much of a name as there is room for. Cutting must not split an escape.
fn label(escaped: &str, room: usize) -> String {
    if escaped.chars().count() <= room {
        return escaped.to_owned();
    }
    let cut: String = escaped.chars().take(room - 1).collect();
    let whole = match (cut.rfind('&'), cut.rfind(';')) {
        (Some(open), close) if close.is_none_or(|close| close < open) => &cut[..open],
        _ => &cut,
    };
    format!("{whole}…")
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn boxes_are_as_wide_as_their_shares() {
        let picture = svg("fiber a;f <1> 300\nfiber a;g 100\n");
        assert!(picture.contains("fiber a: 100.00 %"), "{picture}");
        assert!(picture.contains("f &lt;1&gt;: 75.00 %"), "{picture}");
        assert!(picture.contains("width=\"900.0\"") && picture.contains("width=\"300.0\""), "{picture}");
        assert_eq!(picture.matches("<g>").count(), picture.matches("</g>").count());
    }

    #[test]
    fn nothing_gives_an_empty_picture() {
        assert!(svg("").ends_with("</svg>\n"));
    }
}
