// The calls page: all calls under way, or one of them live.

import { LiveCall } from "./live.js";
import { Overview } from "./overview.js";

// Return the page of `#/calls`, or of `#/calls/CA…`.
export function page(context) {
  const [sid = ""] = context.params;
  return sid === "" ? new Overview(context) : new LiveCall(context, sid);
}
