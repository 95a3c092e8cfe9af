// The console: its frame, its session, and the page that the address asks for.
//
// A page is `NAME/page.js`, which exports `page(context)` → {view(), start(), stop()}, with its style in `NAME/NAME.css`.
// `context` has api, agents, server ({editing, version}), params (the address's parts after the page's name), and
// redraw(), which draws view() in the next animation frame.

import { html, nothing, render } from "./vendor/lit-html.js";
import * as api from "./api.js";
import { Feed } from "./feed.js";

const PAGES = { phone: "Phone", calls: "Calls", past: "Past", chain: "Chain", config: "Config" };
const FIRST = "phone";

let server = null; // the answer of /api/agents, once there is a session
let shown = { name: "", page: null }; // the page of this address
let notice = null; // what keeps the console from working: {message, advice}
let underWay = 0; // calls
let drawing = 0;

// ---- the frame ----

const link = ([name, title]) => html`
  <a href="#/${name}" aria-current=${shown.name === name ? "page" : nothing}>${title}${
    name === "calls" && underWay ? html`<span class="badge" title="calls under way">${underWay}</span>` : nothing
  }</a>`;

const told = (message, advice, kind) => html`<div class="notice ${kind}"><p>${message}</p>${advice ? html`<p class="soft">${advice}</p>` : nothing}</div>`;

const frame = () => html`
  <header class="frame">
    <button class="skip" @click=${() => document.querySelector("main").focus()}>To the page</button>
    <a class="brand" href="#/${FIRST}"><img src="/static/favicon.svg" alt="">Kav</a>
    <nav class="pages" aria-label="Pages">${Object.entries(PAGES).filter(isOffered).map(link)}</nav>
    <span class="version soft small">${server?.version ?? ""}</span>
  </header>
  <div class="notices" role="status" aria-live="polite">
    ${notice ? told(notice.message, notice.advice, "bad") : nothing}
    ${feed.trouble ? told(feed.trouble, "The page tries again by itself.", "warn") : nothing}
  </div>
  <main tabindex="-1">${content()}</main>`;

const isOffered = ([name]) => name !== "config" || server?.editing || shown.name === "config";

function content() {
  try {
    return shown.page?.view() ?? nothing;
  } catch (error) {
    console.error(error);
    return told(`This page failed: ${error.message}`, "Load it anew; the calls go on.", "bad");
  }
}

function redraw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    render(frame(), document.body);
  });
}

// ---- the router ----

async function route() {
  const [name, ...params] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (!(name in PAGES)) return location.replace(`#/${FIRST}`);
  leave();
  const entered = (shown = { name, page: null });
  document.title = `${PAGES[name]} · Kav`;
  redraw();
  const module = await load(name);
  if (entered !== shown || !module) return; // left again while it was loading
  entered.page = module.page({ api, agents: server.agents, server, params, redraw });
  entered.page.start?.();
  redraw();
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone %, typed by hand
  }
}

function leave() {
  shown.page?.stop?.();
  shown = { name: "", page: null };
}

async function load(name) {
  try {
    const [module] = await Promise.all([import(`./${name}/page.js`), style(name)]);
    return module;
  } catch (error) {
    console.error(error);
    fail(new api.Failure(0, `The page “${PAGES[name]}” could not be loaded.`, error.message));
    return null;
  }
}

const styles = {}; // name → a promise that is kept once the style has been loaded

const style = (name) =>
  (styles[name] ??= new Promise((done) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/static/${name}/${name}.css` });
    sheet.onload = sheet.onerror = done;
    document.head.append(sheet);
  }));

// ---- the session ----

/** Opens the session with the token of the address that the server printed, and removes it from the address. */
async function login() {
  const token = /^#k=(.+)$/.exec(location.hash)?.[1];
  if (!token) return;
  history.replaceState(null, "", `#/${FIRST}`);
  await api.post("/api/session", { token: decoded(token) });
}

function fail(failure) {
  notice = failure.status === 401 ? SESSION : failure;
  redraw();
}

const SESSION = {
  message: "This browser has no session with the server, or it has ended.",
  advice: "Open the address that the server printed as it started: the line with CONSOLE in it.",
};

async function begin() {
  try {
    await login();
    server = await api.get("/api/agents");
    notice = null;
  } catch (error) {
    if (!(error instanceof api.Failure)) throw error;
    leave();
    server = null;
    fail(error);
    if (error.status !== 401) setTimeout(begin, 2000);
    return;
  }
  await route();
  feed.open(); // after the page's own, which may watch a call
}

const feed = new Feed({ rows: ({ calls }) => show(calls.length) }, { status: redraw });

function show(calls) {
  if (calls !== underWay) redraw();
  underWay = calls;
}

api.onSessionLost((failure) => {
  feed.close();
  fail(failure);
});

addEventListener("hashchange", () => (server && !location.hash.startsWith("#k=") ? route() : begin()));
redraw();
begin();
