//! `/announcements`: the manual's Ansagen, and their sound.

use serde_json::json;

use crate::api::{Office, id, silence};
use crate::world::on_each_engine;

on_each_engine! {
    /// „Bearbeiten Sie Ihre Ansagen unter "Ansagen" im Cloud PBX Konto.“
    async fn an_announcement_gets_its_sound_and_gives_it_back(office: Office) {
        let made = office.post("/announcements", &json!({"name": "Begrüßung", "description": "Guten Tag"})).await;
        let made = made.expect(201).json();
        assert_eq!((&made["description"], &made["audio"]), (&json!("Guten Tag"), &json!(null)));
        let path = format!("/announcements/{}", id(&made));
        let sound = format!("{path}/audio");
        office.get(&sound).await.problem(404, "not-found");
        let wav = [("content-type", "audio/wav")];
        let changed = office.send("PUT", &sound, &wav, silence()).await.expect(200).json();
        assert_eq!(changed["audio"], json!({"media_type": "audio/wav", "milliseconds": 1000, "bytes": 8044}));
        let served = office.get(&sound).await.expect(200);
        assert_eq!((served.header("content-type"), served.text.as_str()), ("audio/wav", silence().as_str()));
        // Its name and text change without it.
        let renamed = office.patch(&path, &json!({"name": "Willkommen", "description": null})).await.expect(200).json();
        assert_eq!((&renamed["audio"], &renamed["description"]), (&changed["audio"], &json!(null)));
        office.get(&sound).await.expect(200);
        office.delete(&sound).await.expect(204);
        office.get(&sound).await.problem(404, "not-found");
        assert_eq!(office.get(&path).await.json()["audio"], json!(null));
        office.send("PUT", &sound, &wav, silence()).await.expect(200);
        office.delete(&path).await.expect(204);
        assert_eq!(office.house.database.count("announcement_audio").await, 0);
    }
}

on_each_engine! {
    async fn l2_what_is_no_sound_too_large_or_of_another_type_is_refused(office: Office) {
        let made = office.post("/announcements", &json!({"name": "Begrüßung"})).await.expect(201).json();
        let sound = format!("/announcements/{}/audio", id(&made));
        let wav = [("content-type", "audio/wav")];
        // What it is, its content says, as with photos.
        for wrong in ["", "<svg onload=alert(1)>", "RIFF"] {
            office.send("PUT", &sound, &wav, wrong).await.problem(415, "unsupported-media-type");
        }
        office.send("PUT", &sound, &wav, &silence()[..4000]).await.problem(422, "invalid-values");
        let large = " ".repeat(10 * 1024 * 1024 + 1);
        office.send("PUT", &sound, &wav, large).await.problem(413, "body-too-large");
        let html = [("content-type", "text/html")];
        let told = office.send("PUT", &sound, &html, silence()).await.problem(415, "unsupported-media-type");
        assert!(!told.contains("UTF-8"), "{told}");
        let nobody = format!("/announcements/{}/audio", uuid::Uuid::now_v7());
        office.send("PUT", &nobody, &wav, silence()).await.problem(404, "not-found");
        assert_eq!(office.house.database.count("announcement_audio").await, 0);
    }
}

on_each_engine! {
    /// „Nun definieren Sie, welche Ansagen der Nutzer einsetzen darf.“
    async fn which_announcements_an_employee_may_use_is_given_by_hand(office: Office) {
        office.post("/announcements", &json!({"name": "Begrüßung"})).await.expect(201);
        let ada = office.employee("ada").await;
        office.give(&ada, &json!({"kind": "announcement", "key": "BEGRÜßUNG"})).await.expect(201);
        assert_eq!(office.has(&ada).await, ["Begrüßung"]);
    }
}
