//! What a brand signs of its user beside the id: facts, and the platform's id of the same person.

use kefu_domain::{CustomerId, EntryPointId, IdentityId};
use serde_json::{Value, json};

use crate::{
    guard::visitors::signed,
    http::{self, Reply},
    world::{As, Shop, World},
};

struct Site<'a> {
    world: &'a World,
    shop: Shop,
    key: String,
}

impl<'a> Site<'a> {
    async fn of(world: &'a World) -> Self {
        let shop = world.shop().await;
        let key = world
            .done(As::Admin, "POST", "/v1/brand/identity-key", json!({}))
            .await;
        Self {
            world,
            shop,
            key: key["key"].as_str().unwrap().to_owned(),
        }
    }

    /// A visitor with claims opens the door; what else they say stands in `more`.
    async fn opens(&self, claims: Value, more: Value) -> Reply {
        let mut all = claims;
        all["exp"] = json!(4_102_444_800_i64);
        let token = signed(r#"{"alg":"HS256","typ":"JWT"}"#, &all, &self.key);
        let mut body = json!({ "entry_point_id": self.shop.door, "identity": token });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let json_type = [("content-type", "application/json")];
        let body = body.to_string();
        let target = "/v1/visitor/open";
        http::send(self.world.addr, "POST", target, &json_type, body.as_bytes()).await
    }

    /// The customer whom such a visitor is.
    async fn customer(&self, claims: Value, more: Value) -> String {
        let opened = self.opens(claims, more).await;
        assert_eq!(opened.status, 200, "{}", opened.json());
        opened.json()["external_userid"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn known(&self, customer: &str) -> Value {
        let target = format!("/v1/customers/{customer}");
        self.world.get(As::Agent, &target).await
    }

    /// The identities of a kind, as agents see them.
    async fn identities(&self, customer: &str, evidence: &str) -> Vec<Value> {
        let known = self.known(customer).await;
        let all = known["identities"].as_array().unwrap().iter();
        all.filter(|one| one["evidence"] == evidence)
            .map(|one| one["label"].clone())
            .collect()
    }
}

#[tokio::test]
async fn signed_facts_stand_before_what_a_page_or_an_agent_says() {
    let world = World::start().await;
    let site = Site::of(&world).await;
    let fields = json!({ "level": "金", "orders": 3, "member": true });
    let page = json!({ "attributes": { "level": "铁", "page": "龙井" } });
    let claims = json!({ "sub": "8802", "fields": fields });
    let customer = site.customer(claims, page.clone()).await;
    let known = site.known(&customer).await;
    let signed = json!({ "level": "金", "member": "true", "orders": "3", "page": "龙井" });
    assert_eq!(known["attributes"], signed);
    assert_eq!(
        known["signed_attributes"],
        json!(["level", "member", "orders"])
    );
    // A page that says it later, and an agent who writes it over, change nothing of it.
    site.customer(json!({ "sub": "8802" }), page).await;
    let all = json!({ "attributes": { "level": "银", "note": "爱喝绿茶" } });
    let target = format!("/v1/customers/{customer}");
    let row = world.done(As::Agent, "PATCH", &target, all).await;
    let left = json!({ "level": "金", "member": "true", "note": "爱喝绿茶", "orders": "3" });
    assert_eq!(row["attributes"], left);
    // The brand itself changes it, and takes it back.
    let fields = json!({ "level": null, "orders": 4 });
    let claims = json!({ "sub": "8802", "fields": fields });
    site.customer(claims, json!({})).await;
    let known = site.known(&customer).await;
    let left = json!({ "member": "true", "note": "爱喝绿茶", "orders": "4" });
    assert_eq!(known["attributes"], left);
    assert_eq!(known["signed_attributes"], json!(["member", "orders"]));
    let nested = json!({ "sub": "8802", "fields": { "level": { "deep": 1 } } });
    let refused = site.opens(nested, json!({})).await;
    assert_eq!(refused.refusal(), (401, "identity_invalid".to_owned()));
}

#[tokio::test]
async fn a_signed_unionid_is_an_identity_of_one_customer() {
    let world = World::start().await;
    let site = Site::of(&world).await;
    let first = json!({ "sub": "a", "unionid": "oU1" });
    let one = site.customer(first.clone(), json!({})).await;
    assert_eq!(site.identities(&one, "unionid").await, ["oU1"]);
    assert_eq!(site.customer(first, json!({})).await, one);
    assert_eq!(site.identities(&one, "unionid").await.len(), 1, "once");
    // Two signed ids are two people, whatever else is signed of them; nothing fails.
    let other = json!({ "sub": "b", "unionid": "oU1" });
    let other = site.customer(other, json!({})).await;
    assert_ne!(other, one);
    assert!(site.identities(&other, "unionid").await.is_empty());
    for wrong in ["", &"x".repeat(129), "a\0b"] {
        let claims = json!({ "sub": "a", "unionid": wrong });
        let refused = site.opens(claims, json!({})).await;
        assert_eq!(refused.refusal(), (401, "identity_invalid".to_owned()));
    }
}

#[tokio::test]
async fn somebody_new_with_a_known_unionid_is_the_customer_who_has_it() {
    let world = World::start().await;
    let site = Site::of(&world).await;
    // A platform told it of a guest who never signed in.
    let guest = world.visitor(&site.shop, "在吗").await;
    let customer: CustomerId = guest.customer.parse().unwrap();
    let door: EntryPointId = site.shop.door.parse().unwrap();
    let reception = &world.gateway.reception;
    let id = IdentityId(reception.ids().mint());
    let union = Some((door, id, "oU2".to_owned()));
    let told =
        reception
            .store()
            .set_profile(world.brand, customer, None, None, union, reception.now());
    told.await.unwrap();
    let claims = json!({ "sub": "c", "unionid": "oU2" });
    assert_eq!(site.customer(claims, json!({})).await, guest.customer);
    // Who wrote here before as somebody else is not joined with them.
    let apart = world.visitor(&site.shop, "我也在").await;
    let claims = json!({ "sub": "d", "unionid": "oU2" });
    let again = site.customer(claims, json!({ "token": apart.token })).await;
    assert_eq!(again, apart.customer);
    assert!(site.identities(&again, "unionid").await.is_empty());
}
