// Figures, times and the server's terms in words, the same on all pages.

const STATES = { RESERVED: "dialling", LISTENING: "listening", THINKING: "thinking", SPEAKING: "speaking", ENDED: "ended" };

const CAUSES = {
  stop: "the caller hung up",
  goodbye: "the agent said goodbye and hung up",
  transfer: "the caller was connected to a person",
  closed: "the caller's line closed",
  lost: "the connection broke",
  refused: "the caller's line broke the protocol",
  peer_not_reading: "the caller's line took no sound",
  max_call: "the call reached its longest time",
  no_media: "the caller's sound stopped coming",
  never_started: "the call never began",
  faults: "steps of the agent failed too often",
  media_format: "the sound was in another format than the phone's",
  full: "no slot was free",
  shutdown: "the server was stopped",
  worker_lost: "the server's process that had the call was lost",
  operator: "ended from the console",
  silence: "the caller said nothing for long",
  gave_up: "the agent could not answer several times in a row",
};

/** The word for a call's state. */
export const state = (name) => STATES[name] ?? name.toLowerCase();

/** The cause of a call's end in words; a plug-in's own words as they are. */
export const cause = (name) => CAUSES[name] ?? name;

/** All causes, for a choice: [name, words]. */
export const causes = () => Object.entries(CAUSES);

/** "1 call", "2 calls"; `some` for a plural that is not the word with an s. */
export const count = (n, one, some = `${one}s`) => `${number(n)} ${n === 1 ? one : some}`;

/** A whole number with thin groups: 12,345. */
export const number = (n) => n.toLocaleString("en-GB");

/** A length as on a phone's display: 0:07, 12:34, 1:02:03. */
export function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A short time to the millisecond: 480 ms, 1.26 s; a dash for none. */
export function gap(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  return seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(2)} s`;
}

/** A share between 0 and 1 in percent. */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** The time of day of an epoch in seconds: 20:49:08. */
export const clock = (epoch) => new Date(1000 * epoch).toLocaleTimeString("en-GB");

/** The date and time of an epoch in seconds, or of an ISO text: 27 Nov 2026, 20:49. */
export const date = (when) =>
  new Date(typeof when === "number" ? 1000 * when : when).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A message as a sentence: with a capital, and a full stop if it has none of its own. */
export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return whole === "" || /[.?!…:)]$/.test(whole) ? whole : `${whole}.`;
}
