// The server's JSON over HTTP. An answer that is an error is thrown as a `Failure`, in words for the reader.

import { sentence } from "./words.js";

/** A request that failed: `message` says why, `advice` what to do (may be empty), `status` is HTTP's, 0 without an answer. */
export class Failure extends Error {
  constructor(status, message, advice = "", answer = {}) {
    super(sentence(message));
    this.status = status;
    this.advice = sentence(advice);
    this.answer = answer; // the whole of the error's JSON, e.g. the faults of a config
  }
}

export const SILENT = "The server does not answer.";

const lost = new Set();

/** Calls `told` each time that an answer says that the session is not valid. */
export function onSessionLost(told) {
  lost.add(told);
}

export const get = (path) => request("GET", path);
export const post = (path, body = {}) => request("POST", path, body);
export const put = (path, body) => request("PUT", path, body);

async function request(method, path, body) {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let response;
  try {
    response = await fetch(path, { method, ...content });
  } catch {
    throw new Failure(0, SILENT, "Is it still running?");
  }
  if (!response.ok) throw await failure(response);
  return response.status === 204 ? null : response.json();
}

/** Returns the Failure of a response that is an error. */
export async function failure(response) {
  const answer = await response.json().catch(() => ({}));
  const failed = new Failure(response.status, answer.error ?? `The server answered ${response.status}.`, answer.advice, answer);
  if (failed.status === 401) lost.forEach((told) => told(failed));
  return failed;
}
