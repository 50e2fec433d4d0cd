//! Files that agents send and see.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::HeaderMap,
    response::Response,
};
use kefu_domain::MediaId;
use kefu_reception::Upload;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    access::Caller,
    ask::{Ask, Id},
    shapes::MediaShape,
};
use crate::{Gateway, files, problem::Answer};

/// The routes; a form may be larger than other bodies.
pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(files::FORM))
        .routes(routes!(download))
}

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, read as a stream")]
pub(super) struct MediaForm {
    /// The file, at most 30 MiB.
    #[schema(value_type = String, format = Binary)]
    media: Vec<u8>,
}

/// Upload a file
///
/// Its type is what its bytes say, not what its name says.
#[utoipa::path(
    post, path = "/v1/media", tag = "Media",
    request_body(content = MediaForm, content_type = "multipart/form-data"),
    responses((status = 200, body = MediaShape), (status = 507, description = "`no_space`.")),
)]
pub(super) async fn upload(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: files::Form,
) -> Answer<Json<Value>> {
    let _memory = gateway.uploads.enter(gateway.address(&peer, &headers))?;
    let (name, bytes) = files::part(form).await?;
    let upload = Upload {
        brand: caller.brand,
        conversation: None,
        name,
        bytes,
        named: true,
    };
    Ok(Json(files::describe(
        &gateway.reception.upload(upload).await?,
    )))
}

/// A file's bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "described, never built")]
pub(super) struct MediaBytes(Vec<u8>);

/// How a file is fetched.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DownloadAsk {
    /// `1`: to be saved, not shown.
    download: Option<u8>,
}

/// Fetch a file
///
/// Pictures, sound and film may be shown; everything else is to be saved.
#[utoipa::path(
    get, path = "/v1/media/{media_id}", tag = "Media", params(DownloadAsk),
    responses(
        (status = 200, description = "The bytes.", content_type = "application/octet-stream", body = MediaBytes),
        (status = 206, description = "Those of one `Range`.", content_type = "application/octet-stream", body = MediaBytes),
        (status = 416, description = "None of the range is there."),
    ),
)]
pub(super) async fn download(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Id(id): Id<MediaId>,
    Ask(ask): Ask<DownloadAsk>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer<Response> {
    let place = gateway.download(&peer, &headers)?;
    let found = gateway.reception.file_in_pieces(caller.brand, id, None);
    let (row, file) = found.await?;
    let save = ask.download == Some(1);
    Ok(files::download(&row, file, place, save, &headers))
}
