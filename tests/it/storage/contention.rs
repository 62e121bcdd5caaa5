//! Many units of work at once.

use std::collections::BTreeSet;

use deskgate::base::clock::Ts;
use deskgate::storage::{StorageError, Tx, instance};

use super::on_both;

on_both! {
    /// Each unit reads what the one before it wrote: with a lost update two of them would read the same.
    async fn units_that_read_and_write_the_same_row_run_one_after_the_other(store: Store) {
        let mut running = Vec::new();
        for _ in 0..12 {
            let store = store.clone();
            running.push(tokio::spawn(async move {
                store
                    .write(async |tx: &mut Tx<'_>| {
                        let mut number = 0;
                        while instance::find_secret(tx, &format!("n{number}")).await?.is_some() {
                            number += 1;
                        }
                        instance::insert_secret(tx, &format!("n{number}"), b"", Ts::from_micros(0)).await?;
                        Ok::<_, StorageError>(number)
                    })
                    .await
            }));
        }
        let mut numbers = BTreeSet::new();
        for unit in running {
            match unit.await.unwrap() {
                Ok(number) => assert!(numbers.insert(number), "two units took number {number}"),
                Err(error) => assert!(matches!(error, StorageError::Busy), "{error:?}"),
            }
        }
        assert_eq!(numbers, (0..numbers.len()).collect::<BTreeSet<_>>(), "no gaps");
    }
}
