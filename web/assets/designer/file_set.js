// The files that the designer works on: diagrams, decision tables and forms, and whether they were changed.

const parser = new DOMParser();

/** Files by path, as text. Listeners are told after every change. */
export class FileSet {
  constructor(files) {
    this.files = new Map(Object.entries(files));
    this.listeners = [];
    this.changed = false;
  }

  /** Call `listener` after every change of the set. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** All paths with this beginning, sorted. */
  paths(prefix = "") {
    return [...this.files.keys()].filter((path) => path.startsWith(prefix)).sort();
  }

  get(path) {
    return this.files.get(path) ?? "";
  }

  /** Keep a file's text; the same text again is no change. */
  put(path, text) {
    if (this.files.get(path) === text) return;
    this.files.set(path, text);
    this.touch();
  }

  remove(path) {
    if (this.files.delete(path)) this.touch();
  }

  /** Note that something changed that was not saved yet. */
  touch() {
    this.changed = true;
    for (const listener of this.listeners) listener();
  }

  /** Note that everything was saved. */
  saved() {
    this.changed = false;
    for (const listener of this.listeners) listener();
  }

  /** What is sent to the server. */
  toJSON() {
    return Object.fromEntries(this.files);
  }

  /** Keys of the forms: the path below forms/ without .json. */
  formKeys() {
    return this.paths("forms/").map((path) => path.slice("forms/".length, -".json".length));
  }

  /** The title of a form, or its key when it has none or cannot be read. */
  formTitle(key) {
    try {
      return JSON.parse(this.get(`forms/${key}.json`)).title || key;
    } catch {
      return key;
    }
  }

  /** Decisions of the set as `[id, name]`. */
  decisions() {
    return this.#elements("dmn/", "decision").map((element) => [element.id, element.getAttribute("name") || element.id]);
  }

  /** Ids of the processes of the set. */
  processIds() {
    return this.#elements("bpmn/", "process").map((element) => element.id);
  }

  #elements(prefix, name) {
    return this.paths(prefix).flatMap((path) => {
      const root = parser.parseFromString(this.get(path), "application/xml");
      return [...root.getElementsByTagNameNS("*", name)];
    });
  }
}
