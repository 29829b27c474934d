//! Compiles the Rust blocks of the guide: each page is the documentation of an empty item.

macro_rules! pages {
    ($($name:ident: $file:literal;)+) => {
        $(
            #[doc = include_str!(concat!("../../../docs/guide/", $file))]
            pub mod $name {}
        )+
    };
}

pages! {
    getting_started: "getting-started.md";
    routing: "routing.md";
    extractors: "extractors.md";
    responses: "responses.md";
    static_files: "static-files.md";
    uploads: "uploads.md";
    errors: "errors.md";
    state: "state.md";
    mounting: "mounting.md";
    desktop_shell: "desktop-shell.md";
    configuration: "configuration.md";
    serving: "serving.md";
    limits: "limits.md";
    proxies: "proxies.md";
    draining: "draining.md";
    metrics: "metrics.md";
    readme: "../../README.md";
}

#[cfg(feature = "self-signed")]
pages! {
    tls: "tls.md";
}

#[cfg(feature = "testing")]
pages! {
    testing: "testing.md";
}

#[cfg(feature = "ws-redis")]
pages! {
    websocket_rooms: "websocket-rooms.md";
}

#[cfg(all(feature = "testing", feature = "ws-client"))]
pages! {
    websocket: "websocket.md";
    websocket_client: "websocket-client.md";
}

#[cfg(feature = "auth")]
pages! {
    layers: "layers.md";
}
