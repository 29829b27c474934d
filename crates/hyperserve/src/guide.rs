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
    serving: "serving.md";
    limits: "limits.md";
    proxies: "proxies.md";
    draining: "draining.md";
    errors: "errors.md";
    metrics: "metrics.md";
    readme: "../../README.md";
}

#[cfg(feature = "self-signed")]
pages! {
    tls: "tls.md";
}
