// The server's feed of events: one EventSource a tab, shared by all that follow it.
//
//     this.feed = new Feed({ rows: (data) => …, events: (list) => … }, { call: "CA…", status: () => redraw() });
//
// The first argument has a function for each event that is wanted: hello, rows, call, events, levels, cut, lost, over.
// With `call`, that call is watched: first comes `call`, the snapshot so far, and again after each interruption. One
// call is watched at a time, that of the feed opened last.

import { SILENT, failure } from "./api.js";

const EVENTS = ["hello", "rows", "call", "events", "levels", "cut", "lost", "over"];
const FORMAT = 1;
const SHORTEST_WAIT = 1000; // ms between two attempts
const LONGEST_WAIT = 10_000;

const followers = new Set(); // the feeds that are open
let source = null; // the EventSource, or null
let path = ""; // its address; stays while it waits for the next attempt
let wait = SHORTEST_WAIT;
let timer = 0;
let trouble = "";

export class Feed {
  constructor(on, { call = "", status = () => {} } = {}) {
    Object.assign(this, { on, call, status });
  }

  /** The reason for which nothing comes, in words; empty while the feed is open. `status` is called at each change. */
  get trouble() {
    return followers.has(this) ? trouble : "";
  }

  open() {
    followers.add(this);
    change();
  }

  close() {
    followers.delete(this);
    change();
  }
}

// A hidden page follows nothing: browsers open no more than six connections to a server.
document.addEventListener("visibilitychange", change);
addEventListener("pageshow", change);
addEventListener("pagehide", disconnect);

function wanted() {
  if (document.hidden || followers.size === 0) return "";
  const call = [...followers].reduce((last, it) => it.call || last, "");
  return call ? `/api/feed?call=${encodeURIComponent(call)}` : "/api/feed";
}

function change() {
  if (wanted() === path) return;
  disconnect();
  if (wanted()) connect();
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
  source = null;
  path = "";
}

function connect() {
  path = wanted();
  const opened = (source = new EventSource(path));
  for (const name of EVENTS) opened.addEventListener(name, ({ data }) => take(name, JSON.parse(data)));
  opened.onerror = () => {
    if (opened === source && opened.readyState === EventSource.CLOSED) ask(path);
    else if (opened === source) tell(SILENT); // the browser itself goes on trying
  };
}

function take(name, data) {
  if (name === "hello" && data.format !== FORMAT) return reload(data.format);
  if (name === "hello") tell("");
  for (const it of followers) it.on[name]?.(data);
}

function tell(words) {
  if (words === "") wait = SHORTEST_WAIT;
  if (words === trouble) return;
  trouble = words;
  for (const it of followers) it.status();
}

// An EventSource keeps the reason of a refusal to itself: the same request, asked plainly, has it.
async function ask(refused) {
  timer = setTimeout(again, wait);
  wait = Math.min(LONGEST_WAIT, 2 * wait);
  const asking = new AbortController();
  const response = await fetch(refused, { signal: asking.signal }).catch(() => null);
  if (response === null) tell(SILENT);
  else if (!response.ok) tell((await failure(response)).message);
  asking.abort();
}

function again() {
  disconnect();
  change();
}

// The page is older or newer than the server: load it anew, but once for each format, as a cache may give the old one.
function reload(format) {
  if (sessionStorage.getItem("format") === String(format)) return;
  sessionStorage.setItem("format", format);
  location.reload();
}
