// Words of any length, as far as there is room for them.

// Return words that are not longer than a limit, with a count of the characters that are missing.
export function clip(words, limit) {
  const text = String(words);
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} characters more)`;
}
