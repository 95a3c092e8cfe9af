// The sentences of what goes wrong in a call.

const SENTENCES = {
  fault: "{error} in {step}",
  after_call_failed: "{error} in {step}, after the call",
  refused: "a message was refused: {reason}",
  breaker: "{provider}: its breaker is {state}",
  provider_failed: "{provider} failed: {error}",
  tts_failed: "{provider} gave no sound",
  tts_unspoken: "no voice spoke: {text}",
  tts_underrun: "the voice was slower than it was heard",
  asr_reopened: "recognition was opened again: {why}",
  late: "{tasks} tasks did not end",
  TurnDropped: "turn {turn} was dropped: {reason}",
};

// Return the sentence of an event that says what went wrong; null if it does not.
export function faultIn(event) {
  if (!Object.hasOwn(SENTENCES, event.what)) return null;
  const fields = event.frame ?? event;
  return SENTENCES[event.what].replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? "…"));
}
