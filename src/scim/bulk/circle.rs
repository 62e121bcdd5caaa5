//! Which places of a directed graph lie on a circle.

/// One flag for each place: whether some way along `edges` leads from it back to it.
///
/// `edges` has, for each place, the places that it leads to, each a place itself. The circles are the strongly connected
/// components (R. Tarjan, Depth-first search and linear graph algorithms, 1972): each edge is followed once, however many
/// circles there are. The way is kept in a list, not on the stack of the thread.
pub(super) fn on_a_circle(edges: &[Vec<usize>]) -> Vec<bool> {
    let mut search = Search {
        edges,
        order: vec![None; edges.len()],
        lowest: vec![0; edges.len()],
        open: Vec::new(),
        is_open: vec![false; edges.len()],
        circular: vec![false; edges.len()],
        seen: 0,
    };
    (0..edges.len()).for_each(|start| search.from(start));
    search.circular
}

struct Search<'e> {
    edges: &'e [Vec<usize>],
    /// When each place was reached.
    order: Vec<Option<usize>>,
    /// The earliest place that is still open and can be reached from each.
    lowest: Vec<usize>,
    /// Those reached of which it is not yet known what they are connected with.
    open: Vec<usize>,
    is_open: Vec<bool>,
    circular: Vec<bool>,
    seen: usize,
}

#[expect(clippy::indexing_slicing, reason = "every edge leads to a place")]
impl Search<'_> {
    fn from(&mut self, start: usize) {
        if self.order[start].is_some() {
            return;
        }
        // Each place on the way, with the number of its edges that have been followed.
        let mut way = vec![(start, 0)];
        self.enter(start);
        while let Some((place, followed)) = way.last_mut() {
            let place = *place;
            if let Some(next) = self.edges[place].get(*followed).copied() {
                *followed += 1;
                match self.order[next] {
                    None => {
                        self.enter(next);
                        way.push((next, 0));
                    }
                    Some(order) if self.is_open[next] => self.lowest[place] = self.lowest[place].min(order),
                    Some(_) => {}
                }
            } else {
                way.pop();
                if let Some((before, _)) = way.last() {
                    self.lowest[*before] = self.lowest[*before].min(self.lowest[place]);
                }
                if self.order[place] == Some(self.lowest[place]) {
                    self.close(place);
                }
            }
        }
    }

    fn enter(&mut self, place: usize) {
        self.order[place] = Some(self.seen);
        self.lowest[place] = self.seen;
        self.seen += 1;
        self.open.push(place);
        self.is_open[place] = true;
    }

    /// All that are open from `place` on are connected with one another, and with nothing else.
    fn close(&mut self, place: usize) {
        let from = self.open.iter().rposition(|open| *open == place).unwrap_or_default();
        let connected = self.open.split_off(from);
        let circular = connected.len() > 1 || self.edges[place].contains(&place);
        for place in connected {
            self.is_open[place] = false;
            self.circular[place] = circular;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::on_a_circle;

    /// By looking from every place, as anybody would.
    fn plainly(edges: &[Vec<usize>]) -> Vec<bool> {
        let leads_back = |start: usize| {
            let (mut seen, mut open) = (vec![false; edges.len()], edges[start].clone());
            while let Some(place) = open.pop() {
                if !std::mem::replace(&mut seen[place], true) {
                    open.extend(&edges[place]);
                }
            }
            seen[start]
        };
        (0..edges.len()).map(leads_back).collect()
    }

    #[test]
    fn circles_are_found_in_every_graph_of_four_places() {
        for bits in 0_u32..1 << 16 {
            let leads = |from: usize, to: &usize| bits & (1 << (from * 4 + *to)) != 0;
            let edges: Vec<Vec<usize>> = (0..4).map(|from| (0..4).filter(|to| leads(from, to)).collect()).collect();
            assert_eq!(on_a_circle(&edges), plainly(&edges), "{edges:?}");
        }
    }

    #[test]
    fn a_long_way_is_no_deep_one() {
        let mut edges: Vec<Vec<usize>> = (1..100_000).map(|next| vec![next]).collect();
        edges.push(vec![0]);
        assert!(on_a_circle(&edges).into_iter().all(|circular| circular));
        edges.pop();
        edges.push(Vec::new());
        assert!(!on_a_circle(&edges).into_iter().any(|circular| circular));
    }
}
