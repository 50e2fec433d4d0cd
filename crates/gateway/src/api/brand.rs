//! The brand itself, and the key that signs its customers' identities.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{
    BrandId,
    setup::{Brand, Row},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access::Caller,
    ask::emptied,
    check,
    rows::{self, Stamp, under},
};
use crate::{
    Gateway, auth,
    problem::{Answer, JsonBody},
};

/// The brand.
#[derive(Serialize, ToSchema)]
pub(super) struct BrandRow {
    #[schema(value_type = String)]
    id: BrandId,
    slug: String,
    name: String,
    color: Option<String>,
    logo_media_id: Option<String>,
    /// There is a key for signed identities.
    has_identity_key: bool,
    #[serde(flatten)]
    stamp: Stamp,
}

/// The brand is changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "溪山茶社", "color": "#2F6046"}))]
pub(super) struct BrandBody {
    name: Option<String>,
    /// `#RRGGBB`, the widget's colour.
    #[serde(default, deserialize_with = "emptied")]
    color: Option<String>,
    #[serde(default, deserialize_with = "emptied")]
    logo_media_id: Option<String>,
    /// The `rev` that was read; another one stored: 409 `conflict`.
    rev: Option<u64>,
}

fn view(row: &Row<Brand>) -> BrandRow {
    let brand = &row.entry;
    BrandRow {
        id: brand.id,
        slug: brand.slug.clone(),
        name: brand.name.clone(),
        color: brand.color.clone(),
        logo_media_id: brand.logo_media_id.clone(),
        has_identity_key: brand.identity_key.is_some(),
        stamp: Stamp::from(row),
    }
}

/// The brand
#[utoipa::path(get, path = "/v1/brand", tag = "Brand", responses((status = 200, body = BrandRow)))]
pub(super) async fn brand(caller: Caller) -> Json<BrandRow> {
    Json(view(&caller.setup.brand))
}

/// Change the brand
#[utoipa::path(patch, path = "/v1/brand", tag = "Brand", request_body = BrandBody, responses((status = 200, body = BrandRow)))]
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<BrandBody>,
) -> Answer<Json<BrandRow>> {
    let row = &caller.setup.brand;
    let mut brand = row.entry.clone();
    if let Some(name) = body.name {
        brand.name = check::name("name", &name)?;
    }
    if let Some(color) = body.color {
        brand.color = check::color("color", &color)?;
    }
    if let Some(logo) = body.logo_media_id {
        brand.logo_media_id = check::picture(&gateway, &caller, "logo_media_id", &logo).await?;
    }
    let setup = rows::write(&gateway, &caller, brand, under(row, body.rev), "slug").await?;
    Ok(Json(view(&setup.brand)))
}

/// A key, told once.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityKey {
    /// The HS256 secret: its characters, as they stand here, are the key.
    key: String,
}

/// A new key for signed identities
///
/// The one before stops working at once.
#[utoipa::path(post, path = "/v1/brand/identity-key", tag = "Brand", responses((status = 200, body = IdentityKey)))]
pub(super) async fn rotate(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Answer<Json<IdentityKey>> {
    let row = &caller.setup.brand;
    let key = auth::hex(&gateway.reception.ids().secret());
    let brand = Brand {
        identity_key: Some(key.clone()),
        ..row.entry.clone()
    };
    rows::write(&gateway, &caller, brand, Some(row.rev), "slug").await?;
    Ok(Json(IdentityKey { key }))
}
