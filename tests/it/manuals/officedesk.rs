//! „OfficeDesk der Cloud Telefonanlage für Mitarbeiter einrichten“

use serde_json::{Value, json};

use crate::api::{Office, id};
use crate::world::on_each_engine;

on_each_engine! {
    /// „OfficeDesks sind eingeschränkte Zugänge zu Ihrer Cloud Telefonanlage, deren Zugriffsrechte Sie genau festlegen können.
    /// Innerhalb dieser Bereiche können Mitarbeitende selbstständig Einstellungen vornehmen, ohne dass sensible Informationen
    /// oder andere Rufnummern zugänglich sind.“
    async fn a_desk_can_do_and_use_nothing_but_what_is_allowed(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        for switch in ["fax_sending", "sms_sending", "contacts", "call_list"] {
            assert_eq!(desk[switch], false, "{switch}");
        }
        let nothing = json!({"own": false, "listed": []});
        assert_eq!((&desk["extensions"], &desk["devices"]), (&nothing, &nothing));
        // What its employee holds is not the desk's unless somebody says so.
        let extension = office.extensions("201", None).await.remove(0);
        office.post(&format!("/employees/{}/grants", desk["employee"].as_str().unwrap()), &json!({"thing": extension})).await.expect(201);
        let path = format!("/desks/{}", id(&desk));
        assert_eq!(office.get(&path).await.json()["extensions"], nothing);
        let own = office.patch(&path, &json!({"extensions": {"own": true}})).await.expect(200).json();
        assert_eq!(own["extensions"], json!({"own": true, "listed": []}));
    }
}

on_each_engine! {
    /// „Auf der Übersichtsseite der Cloud Telefonanlage finden Sie ganz unten den Bereich „OfficeDesk-Zugänge“. Klicken Sie hier
    /// bitte auf „Hinzufügen“.“, „Maxi Desktop … Zugriff auf Nebenstellen: 2 Status: …“
    async fn desks_are_added_and_listed_with_their_access_and_status(office: Office) {
        let extensions = office.extensions("201-202", None).await;
        let maxi = office.employee("maxi").await;
        for (name, listed) in [("Maxi Mobil", json!([])), ("Maxi Desktop", json!(extensions))] {
            let desk = json!({"employee": maxi["id"], "name": name, "extensions": {"listed": listed}});
            let made = office.post("/desks", &desk).await.expect(201);
            assert!(made.header("location").ends_with(&format!("/desks/{}", id(&made.json()))));
        }
        let page = office.get("/desks").await.expect(200).json();
        let lines: Vec<_> = page["items"].as_array().unwrap().iter().map(|desk| {
            (desk["name"].as_str().unwrap(), desk["extensions"]["listed"].as_array().unwrap().len(), desk["status"].as_str().unwrap())
        }).collect();
        assert_eq!(lines, [("Maxi Desktop", 2, "new"), ("Maxi Mobil", 0, "new")]);
    }
}

on_each_engine! {
    /// „Emailadresse des Administrators … Telefonnummer des Administrators … Die Kontaktdaten werden mit der Aktivierungsmail an
    /// die Nutzer eines OfficeDesks geschickt. … Sprache für Benachrichtigungen und Analytics: Deutsch“
    async fn the_administrators_contact_data_and_the_language_of_notifications_are_kept(office: Office) {
        assert_eq!(office.get("/tenant").await.expect(200).json()["language"], "de");
        let entered = json!({"contact": {"email": "admin@email.com", "phone": "017012345678"}, "language": "en"});
        let saved = office.patch("/tenant", &entered).await.expect(200).json();
        assert_eq!((&saved["contact"], &saved["language"]), (&entered["contact"], &entered["language"]));
    }
}

on_each_engine! {
    /// „Der Benutzername setzt sich aus der Kundennummer und dem Namen des Mitarbeiters zusammen.“
    async fn the_user_name_is_made_of_customer_number_and_name(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        assert_eq!(desk["user_name"], "K-acme Maxi Desktop");
        let again = json!({"employee": desk["employee"], "name": "maxi desktop"});
        let taken = office.post("/desks", &again).await;
        taken.problem(409, "name-taken");
        assert_eq!(taken.pointers(), ["/name"]);
        let renamed = office.patch(&format!("/desks/{}", id(&desk)), &json!({"name": "Maxi Mobil"})).await.expect(200);
        assert_eq!(renamed.json()["user_name"], "K-acme Maxi Mobil");
    }
}

on_each_engine! {
    /// „Zugriff auf Nebenstellen: … welche Nebenstellen der OfficeDesk nutzen kann“, „Zugriff auf Endgeräte: … welche
    /// Endgeräte Sie dem Mitarbeiter zur Verfügung stellen wollen“
    async fn which_extensions_and_devices_a_desk_may_use_can_be_set(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let path = format!("/desks/{}", id(&desk));
        office.house.app.set_sip_domain("acme", "acme.pbx.example", "test").await.unwrap();
        let extension = office.extensions("201", None).await.remove(0);
        let device = id(&office.post("/devices", &json!({"user_name": "sip-1"})).await.expect(201).json()["device"]).to_owned();
        let access = json!({"extensions": {"own": true, "listed": [extension]}, "devices": {"listed": [device]}});
        let changed = office.patch(&path, &access).await.expect(200).json();
        assert_eq!(changed["extensions"], json!({"own": true, "listed": [extension]}));
        assert_eq!(changed["devices"], json!({"own": false, "listed": [device]}));
        assert_eq!(office.get(&path).await.json(), changed);
        assert_eq!(office.get("/desks").await.json()["items"], json!([changed]));
        // A device is no extension, and what is not there cannot be used.
        let wrong = json!({"extensions": {"listed": [device]}, "devices": {"listed": [id(&desk)]}});
        let refused = office.patch(&path, &wrong).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/extensions/listed/0", "/devices/listed/0"]);
        let none = office.patch(&path, &json!({"extensions": {"own": false, "listed": []}})).await.expect(200);
        assert_eq!(none.json()["extensions"], json!({"own": false, "listed": []}));
    }
}

on_each_engine! {
    /// „Faxversand: Möchten Sie den Faxversand für den OfficeDesk aktivieren?“, „SMS-Versand“, „Kontakte“, „Anruflisten“
    async fn fax_sending_sms_sending_contacts_and_call_list_are_switches_that_begin_off(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let path = format!("/desks/{}", id(&desk));
        for switch in ["fax_sending", "sms_sending", "contacts", "call_list"] {
            assert_eq!(desk[switch], false, "{switch}");
            assert_eq!(office.patch(&path, &json!({switch: true})).await.expect(200).json()[switch], true);
            assert_eq!(office.last_record().await, format!(r#"desk.changed {{"{switch}":"changed"}}"#));
        }
        assert_eq!(office.patch(&path, &json!({"fax_sending": false})).await.expect(200).json()["fax_sending"], false);
    }
}

on_each_engine! {
    /// „Status: Neu – keine Registrierungsmail versendet“
    async fn the_status_is_new_until_a_registration_mail_is_sent_and_locked_with_the_employee(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        assert_eq!(desk["status"], "new");
        let employee = format!("/employees/{}", desk["employee"].as_str().unwrap());
        office.post(&format!("{employee}/lock"), &json!({})).await.expect(200);
        let path = format!("/desks/{}", id(&desk));
        assert_eq!(office.get(&path).await.json()["status"], "locked");
        office.post(&format!("{employee}/unlock"), &json!({})).await.expect(200);
        assert_eq!(office.get(&path).await.json()["status"], "new");
        office.patch(&path, &json!({"status": "active"})).await.problem(422, "invalid-values");
    }
}

on_each_engine! {
    /// „E-Mail-Adresse: Tragen Sie bitte die E-Mail-Adresse desjenigen ein, für den der OfficeDesk eingerichtet werden soll.“
    async fn the_address_of_whom_the_desk_is_for_can_be_entered(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        assert_eq!(desk["email"], json!(null));
        let path = format!("/desks/{}", id(&desk));
        let changed = office.patch(&path, &json!({"email": "maxi@home.example"})).await.expect(200).json();
        assert_eq!(changed["email"], "maxi@home.example");
        office.patch(&path, &json!({"email": "a@b\r\nBcc: c@d"})).await.problem(422, "invalid-values");
        assert_eq!(office.patch(&path, &json!({"email": null})).await.expect(200).json()["email"], json!(null));
    }
}

on_each_engine! {
    /// „Sie können nun genau festlegen, wem der OfficeDesk zugeordnet wird … Die Angaben können Sie bei Bedarf später
    /// ändern.“
    async fn whose_desk_it_is_can_be_changed_later_and_an_employee_may_have_several(office: Office) {
        let desk = office.desk("Maxi Desktop").await;
        let paul = office.employee("paul").await;
        let mobile = json!({"employee": desk["employee"], "name": "Maxi Mobil"});
        office.post("/desks", &mobile).await.expect(201);
        let of = async |employee: &Value| {
            let page = office.get(&format!("/desks?employee={}", employee.as_str().unwrap())).await.expect(200).json();
            page["items"].as_array().unwrap().len()
        };
        assert_eq!((of(&desk["employee"]).await, of(&paul["id"]).await), (2, 0));
        let moved = office.patch(&format!("/desks/{}", id(&desk)), &json!({"employee": paul["id"]})).await.expect(200);
        assert_eq!(moved.json()["employee"], paul["id"]);
        assert_eq!((of(&desk["employee"]).await, of(&paul["id"]).await), (1, 1));
        let nobody = json!({"employee": id(&desk), "name": "X"});
        let refused = office.post("/desks", &nobody).await;
        refused.problem(422, "invalid-values");
        assert_eq!(refused.pointers(), ["/employee"]);
    }
}
