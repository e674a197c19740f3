//! An HTML page that stands alone: one file, no script, no address of another host.

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6472;--line:#d9dde3;--page:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a0a6ae;--line:#3a4150;--page:#15181e}}\
body{margin:0 auto;padding:2rem 1rem 4rem;max-width:60rem;font:1.06rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--page)}\
h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2.5rem}svg{max-width:100%;height:auto}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}\
th,td{padding:.25rem .8rem .25rem 0;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}\
p code{overflow-wrap:anywhere}pre{overflow-x:auto;padding:1rem;border:1px solid var(--line);font-size:.85rem}.soft{color:var(--soft)}";

/// Text as HTML text: what a user wrote is data.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The page of a title and of content that is HTML already.
pub(crate) fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{0}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n{content}</body></html>\n",
        escape(title)
    )
}
