//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;

use super::Limits;
use crate::base::address::neighbourhood;

/// The free and the taken places.
pub struct Seats {
    total: usize,
    per_address: usize,
    exempt: Vec<IpNet>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
pub struct Seat {
    seats: Arc<Seats>,
    /// `None`: an exempt address.
    address: Option<IpAddr>,
}

impl Seats {
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            total: limits.connections,
            per_address: limits.connections_per_address,
            exempt: limits.exempt.clone(),
            taken: Mutex::default(),
        })
    }

    /// A place for a connection from `peer`, unless there are too many.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical();
        let address = (!self.exempt.iter().any(|range| range.contains(&peer))).then(|| neighbourhood(peer));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= self.total {
            return None;
        }
        if let Some(address) = address {
            let connections = taken.by_address.entry(address).or_default();
            if *connections >= self.per_address {
                return None;
            }
            *connections += 1;
        }
        taken.total += 1;
        Some(Seat { seats: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(Entry::Occupied(mut connections)) = self.address.map(|address| taken.by_address.entry(address)) {
            *connections.get_mut() -= 1;
            // The table holds only who is here.
            if *connections.get() == 0 {
                connections.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Seats};

    fn seats(connections: usize, connections_per_address: usize) -> std::sync::Arc<Seats> {
        let exempt = vec!["10.0.0.0/8".parse().unwrap()];
        Seats::new(&Limits { connections, connections_per_address, exempt, ..Limits::default() })
    }

    #[test]
    fn l1_seats_per_address_are_counted_and_given_back() {
        let seats = seats(100, 2);
        let take = |address: &str| seats.take(address.parse().unwrap());
        let (one, two) = (take("192.0.2.1").unwrap(), take("::ffff:192.0.2.1").unwrap());
        assert!(take("192.0.2.1").is_none());
        assert!(take("192.0.2.2").is_some());
        drop(one);
        let three = take("192.0.2.1").unwrap();
        assert!(take("192.0.2.1").is_none());
        drop((two, three));
        assert!(seats.taken.lock().unwrap().by_address.is_empty());
    }

    #[test]
    fn l1_an_ipv6_address_counts_with_its_64_network() {
        let seats = seats(100, 2);
        let take = |address: &str| seats.take(address.parse().unwrap());
        let _neighbours = [take("2001:db8::1").unwrap(), take("2001:db8::ffff:2").unwrap()];
        assert!(take("2001:db8::3").is_none());
        assert!(take("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn l1_exempt_addresses_are_bound_by_the_total_only() {
        let seats = seats(3, 1);
        let take = |address: &str| seats.take(address.parse().unwrap());
        let _proxy = [take("10.0.0.1").unwrap(), take("10.0.0.1").unwrap(), take("10.0.0.1").unwrap()];
        assert!(take("10.0.0.1").is_none());
        assert!(take("192.0.2.1").is_none());
    }
}
