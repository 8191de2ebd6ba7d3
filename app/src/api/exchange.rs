//! How server functions are called: a form goes there and JSON comes back, as with leptos's own
//! protocol, in fewer words of the browser's build. There, sending is one function for all of them,
//! and JSON is read as text, as the page's resources and the socket's messages are.

use super::Refused;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{FromReq, IntoRes, Post, PostUrl};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::server::Server;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error};
use std::future::Future;

/// The protocol of every server function.
pub struct Exchange;

type Served = Http<PostUrl, Post<JsonText>>;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, Refused> for Exchange
where
    C: Client<Refused>,
    S: Server<Refused>,
    Input: FromReq<PostUrl, S::Request, Refused> + Serialize + Send,
    Output: IntoRes<Post<JsonText>, S::Response, Refused> + DeserializeOwned + Send,
    Served: Protocol<Input, Output, C, S, Refused>,
{
    const METHOD: http::Method = <Served as Protocol<Input, Output, C, S, Refused>>::METHOD;

    fn run_server<F, Fut>(
        request: S::Request,
        server_fn: F,
    ) -> impl Future<Output = Result<S::Response, Refused>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, Refused>> + Send,
    {
        Served::run_server(request, server_fn)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, Refused> {
        let fields = encode(&input)?;
        drop(input);
        read(&post(path, fields).await?)
    }
}

/// As a browser encodes a form.
pub fn encode(fields: &impl Serialize) -> Result<String, Refused> {
    serde_qs::to_string(fields).map_err(|error| {
        Refused::from_server_fn_error(ServerFnErrorErr::Serialization(error.to_string()))
    })
}

pub fn read<T: DeserializeOwned>(reply: &str) -> Result<T, Refused> {
    serde_json::from_str(reply).map_err(|_| Refused::not_understood())
}

/// Sends a form to the server function with that path, and says what came of it, still as text.
#[cfg(feature = "hydrate")]
pub async fn post(path: &str, fields: String) -> Result<String, Refused> {
    use leptos::server_fn::client::browser::BrowserClient;
    use leptos::server_fn::request::{ClientReq, browser::BrowserRequest};
    use leptos::server_fn::response::{ClientRes, browser::BrowserResponse};

    let request = <BrowserRequest as ClientReq<Refused>>::try_new_post(
        path,
        PostUrl::CONTENT_TYPE,
        JsonText::CONTENT_TYPE,
        fields,
    )?;
    let response = <BrowserClient as Client<Refused>>::send(request).await?;
    let was_refused = 400 <= <BrowserResponse as ClientRes<Refused>>::status(&response);
    let text = <BrowserResponse as ClientRes<Refused>>::try_into_string(response).await?;
    if was_refused {
        Err(read(&text)?)
    } else {
        Ok(text)
    }
}

/// While the server renders a page, it calls its functions without sending anything.
#[cfg(not(feature = "hydrate"))]
pub async fn post(path: &str, _fields: String) -> Result<String, Refused> {
    let error = ServerFnErrorErr::Request(format!("{path} is called from no browser"));
    Err(Refused::from_server_fn_error(error))
}

pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(serde_json::Error::custom)?;
        serde_json::from_str(text)
    }
}
