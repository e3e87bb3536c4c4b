// The page's sentences and data, which the server wrote into the page in the reader's language.

const block = document.getElementById("designer-data");

/** What the server told the page: files, vocabulary, addresses, texts. */
export const page = block ? JSON.parse(block.textContent) : { texts: {}, vocabulary: {}, labels: {} };

/** A sentence of the page, with `{name}` replaced by values. */
export function say(key, values = {}) {
  const sentence = page.texts[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A text that comes in both languages, or a plain one. */
export function both(text) {
  return typeof text === "string" ? text : (text?.[page.language] ?? text?.id ?? "");
}

/** What people call a key of the vocabulary: a role, a stage, an outcome, a clock. */
export function label(kind, key) {
  return page.labels[kind]?.[key] ?? key;
}
