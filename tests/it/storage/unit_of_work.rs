//! Atomic, durable, isolated: what a unit of work promises.

use deskgate::base::clock::Ts;
use deskgate::storage::{Result, StorageError, Store, Tx, instance};

use super::on_both;

const AT: Ts = Ts::from_micros(1_780_000_000_123_456);

async fn put(tx: &mut Tx<'_>, name: &str) -> Result<bool> {
    instance::insert_secret(tx, name, name.as_bytes(), AT).await
}

async fn get(store: &Store, name: &str) -> Option<Vec<u8>> {
    let name = name.to_owned();
    store.point(async |tx: &mut Tx<'_>| instance::find_secret(tx, &name).await).await.unwrap()
}

on_both! {
    async fn what_was_written_is_there_for_every_kind_of_read(store: Store) {
        assert!(store.write(async |tx: &mut Tx<'_>| put(tx, "a").await).await.unwrap());
        assert_eq!(get(&store, "a").await.as_deref(), Some(&b"a"[..]));
        let read = store.read(async |tx: &mut Tx<'_>| instance::find_secret(tx, "a").await).await.unwrap();
        assert_eq!(read.as_deref(), Some(&b"a"[..]));
    }
}

on_both! {
    async fn a_taken_key_is_told_without_an_error(store: Store) {
        assert!(store.write(async |tx: &mut Tx<'_>| put(tx, "a").await).await.unwrap());
        assert!(!store.write(async |tx: &mut Tx<'_>| put(tx, "a").await).await.unwrap());
    }
}

on_both! {
    async fn a_failing_or_panicking_unit_takes_back_its_own_work_and_no_other(store: Store) {
        let mut running = Vec::new();
        for number in 0..60u32 {
            let store = store.clone();
            running.push(tokio::spawn(async move {
                store
                    .write(async move |tx: &mut Tx<'_>| {
                        put(tx, &format!("n{number}")).await?;
                        match number % 6 {
                            1 => Err(StorageError::NoRow),
                            2 => panic!("unit {number}"),
                            _ => Ok(()),
                        }
                    })
                    .await
            }));
        }
        for (number, unit) in (0..60u32).zip(running) {
            // On PostgreSQL the panic is the caller's own; there a handler's catch takes it.
            let succeeded = matches!(unit.await, Ok(Ok(())));
            assert_eq!(succeeded, !matches!(number % 6, 1 | 2), "unit {number}");
            assert_eq!(get(&store, &format!("n{number}")).await.is_some(), succeeded, "unit {number}");
        }
    }
}

on_both! {
    async fn a_cancelled_caller_leaves_all_of_his_work_or_nothing(store: Store) {
        for number in 0..40u32 {
            let unit = {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write(async move |tx: &mut Tx<'_>| {
                            put(tx, &format!("c{number}")).await?;
                            put(tx, &format!("d{number}")).await
                        })
                        .await
                })
            };
            for _ in 0..number % 7 {
                tokio::task::yield_now().await;
            }
            unit.abort();
            let _ = unit.await;
        }
        // A unit behind them all: when it is answered, those before it are through.
        store.write(async |tx: &mut Tx<'_>| put(tx, "last").await).await.unwrap();
        for number in 0..40u32 {
            let (c, d) = (get(&store, &format!("c{number}")).await, get(&store, &format!("d{number}")).await);
            assert_eq!(c.is_some(), d.is_some(), "unit {number}");
        }
    }
}

on_both! {
    async fn a_closed_store_says_so(store: Store) {
        store.close().await;
        let refused = store.write(async |tx: &mut Tx<'_>| put(tx, "a").await).await;
        assert!(matches!(refused, Err(StorageError::Closed)), "{refused:?}");
    }
}
