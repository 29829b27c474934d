//! Which flags `--help` shows, under which headings, and what stands for their values.
//!
//! Every key is a flag, and so is every other name that one has; those that are not here work all the same.

/// A heading, and under it names with the word that stands for their value. Switches have none.
pub(super) type Group = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const GROUPS: &[Group] = &[
    (
        "Where to listen",
        &[
            ("host", "HOST"),
            ("port", "PORT"),
            ("uds", "PATH"),
            ("fd", "FD"),
            ("bind", "ADDRESS"),
            ("listen", "ADDRESS"),
            ("backlog", "N"),
            ("reuse_port", ""),
        ],
    ),
    (
        "Application",
        &[
            ("app_dir", "FOLDER"),
            ("factory", ""),
            ("interface", "KIND"),
            ("wsgi_threads", "N"),
            ("io_threads", "N"),
            ("lifespan", "RULE"),
            ("root_path", "PATH"),
            ("static_mount", "ROUTE=DIR"),
            ("env_file", "FILE"),
            ("loop", "LOOP"),
            ("task", "KIND"),
            ("cancel_on_disconnect", ""),
            ("gc_freeze", ""),
        ],
    ),
    (
        "Workers",
        &[
            ("workers", "N"),
            ("workers_lifetime", "TIME"),
            ("workers_max_rss", "SIZE"),
            ("workers_kill_timeout", "TIME"),
            ("limit_max_requests", "N"),
            ("limit_max_requests_jitter", "N"),
            ("timeout_worker_healthcheck", "TIME"),
            ("respawn_delay", "TIME"),
            ("respawn_delay_max", "TIME"),
            ("pid_file", "FILE"),
        ],
    ),
    (
        "Development",
        &[
            ("reload", ""),
            ("reload_dir", "FOLDER"),
            ("reload_include", "PATTERN"),
            ("reload_exclude", "PATTERN"),
            ("reload_delay", "TIME"),
        ],
    ),
    (
        "Protocols",
        &[
            ("http2", ""),
            ("ws", "RULE"),
            ("ws_max_size", "SIZE"),
            ("ws_ping_interval", "TIME"),
            ("ws_ping_timeout", "TIME"),
            ("ws_per_message_deflate", "SWITCH"),
            ("server_header", ""),
            ("date_header", ""),
            ("header", "NAME:VALUE"),
        ],
    ),
    (
        "Limits and times",
        &[
            ("limit_concurrency", "N"),
            ("limit_request_line", "SIZE"),
            ("limit_request_fields", "N"),
            ("h11_max_incomplete_event_size", "SIZE"),
            ("timeout_keep_alive", "TIME"),
            ("timeout_graceful_shutdown", "TIME"),
        ],
    ),
    (
        "HTTPS",
        &[
            ("ssl_certfile", "FILE"),
            ("ssl_keyfile", "FILE"),
            ("ssl_ca_certs", "FILE"),
            ("ssl_cert_reqs", "RULE"),
            ("tls_min_version", "VERSION"),
            ("tls", "KIND"),
            ("https_redirect", "PORT"),
        ],
    ),
    ("Proxies", &[("proxy_headers", ""), ("forwarded_allow_ips", "LIST"), ("proxy_protocol", "")]),
    (
        "Logs, counters and probes",
        &[
            ("log_level", "LEVEL"),
            ("log_config", "FILE"),
            ("access_log", ""),
            ("access_log_format", "FORM"),
            ("use_colors", ""),
            ("metrics", "ADDRESS"),
            ("health_listen", "ADDRESS"),
            ("health_paths", ""),
        ],
    ),
];

/// The heading and the value's word of a name that is shown.
pub(super) fn shown(name: &str) -> Option<(&'static str, &'static str)> {
    let place = |(heading, names): &Group| {
        names.iter().find(|(shown, _)| *shown == name).map(|(_, value)| (*heading, *value))
    };
    GROUPS.iter().find_map(place)
}

/// Where a name stands in the help; those that are not shown stand last.
pub(super) fn order(name: &str) -> usize {
    let mut names = GROUPS.iter().flat_map(|(_, names)| names.iter());
    names.position(|(shown, _)| *shown == name).unwrap_or(usize::MAX / 2)
}
