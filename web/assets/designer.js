// The designer's page: opens a set in the Modeler, checks it, keeps it as a draft and deploys it.

import { createModeler } from "./designer/modeler.js";
import { fit, reveal } from "./designer/modeler_view.js";
import { actionButton } from "./designer/controls.js";
import { el, tabs } from "./designer/dom.js";
import { readProperties } from "./designer/extensions.js";
import { FileSet } from "./designer/file_set.js";
import { Findings } from "./designer/findings.js";
import { FormEditor } from "./designer/form_editor.js";
import { Panel } from "./designer/panel.js";
import { send } from "./designer/server.js";
import { page, say } from "./designer/words.js";

const byId = (id) => document.getElementById(id);

class Designer {
  constructor() {
    this.set = new FileSet(page.files);
    this.draft = page.draft;
    this.base = page.base_definition_id;
    this.file = page.main;
    this.tabs = tabs(byId("designer-tabs"), (name) => name === "forms" && this.showForm());
    this.modeler = createModeler(byId("designer-canvas"), page.language);
    this.forms = new FormEditor(byId("designer-forms"), this.set, (key) => this.usersOf(key));
    this.findings = new Findings(byId("designer-findings"), this.modeler, (finding) => this.go(finding));
    this.panel = new Panel(byId("designer-panel"), this.modeler, this.set, {
      open: (key) => this.openForm(key),
      add: (element) => this.addForm(element),
    });
    this.#listen();
  }

  async start() {
    await this.openFile(this.file);
    this.#state();
  }

  /** Open a diagram of the set. */
  async openFile(path) {
    this.file = path;
    this.opening = true;
    try {
      await this.modeler.importXML(this.set.get(path));
      fit(this.modeler, { margin: 130 });
    } catch (error) {
      this.say(say("unreadable", { file: path, reason: error.message }), "danger");
    }
    this.opening = false;
    this.findings.mark(path);
    const chooser = byId("designer-file");
    if (chooser) chooser.value = path;
  }

  /** Take the drawn diagram into the set. */
  async collect() {
    document.activeElement?.blur?.();
    if (!this.drawn) return;
    const { xml } = await this.modeler.saveXML({ format: true });
    this.set.put(this.file, xml);
    this.drawn = false;
  }

  /** Names of the elements of the open diagram that use a form. */
  usersOf(key) {
    const elements = this.modeler.get("elementRegistry").filter((element) => !element.labelTarget && element.businessObject);
    const users = elements.filter((element) => readProperties(element).formKey === key);
    return users.map((element) => element.businessObject.name || element.id);
  }

  /** Show the form of the selected task, or the one that was shown last. */
  showForm() {
    const [element] = this.modeler.get("selection").get();
    const key = element?.businessObject ? readProperties(element).formKey : null;
    if (key && this.set.files.has(`forms/${key}.json`)) this.forms.key = key;
    this.forms.draw();
  }

  openForm(key) {
    this.tabs.open("forms");
    this.forms.open(key);
  }

  addForm(element) {
    const object = element.businessObject;
    const key = this.forms.add(`${this.#processId(object)}/${object.id.toLowerCase()}`, object.name || object.id);
    this.panel.extensions.setProperties(element, { formKey: key });
    this.openForm(key);
  }

  #processId(object) {
    let held = object;
    while (held.$parent && held.$type !== "bpmn:Process") held = held.$parent;
    return held.id;
  }

  /** Lead to where a finding is. */
  async go(finding) {
    if (finding.file.startsWith("forms/")) {
      this.openForm(finding.file.slice("forms/".length, -".json".length));
      return;
    }
    if (!this.set.files.has(finding.file) || !finding.file.endsWith(".bpmn")) return;
    if (finding.file !== this.file) {
      await this.collect();
      await this.openFile(finding.file);
    }
    if (finding.element_id && reveal(this.modeler, finding.element_id)) byId("designer-canvas").scrollIntoView({ block: "nearest" });
  }

  async check() {
    await this.collect();
    const answer = await send(page.urls.check, { files: this.set }, say("unreachable"));
    const errors = this.#found(answer.findings);
    this.say(errors ? say("check_failed", { errors }) : say("check_passed"), errors ? "danger" : "success");
  }

  async save() {
    await this.collect();
    const content = {
      key: page.key,
      name: page.name,
      files: this.set,
      version: this.draft?.version ?? null,
      base_definition_id: this.base,
    };
    const answer = await send(this.draft?.save_url ?? page.urls.save, content, say("unreachable"));
    this.draft = answer.draft;
    this.set.saved();
    history.replaceState(null, "", answer.draft.edit_url);
    this.say(say("draft_saved"), "success");
  }

  async deploy(note) {
    await this.save();
    const answer = await send(this.draft.deploy_url, { version: this.draft.version, note }, say("unreachable"));
    this.set.saved();
    location.assign(answer.url);
  }

  #found(findings) {
    const errors = this.findings.show(findings, this.file);
    byId("designer-count").textContent = findings.length ? String(findings.length) : "";
    this.tabs.open("findings");
    return errors;
  }

  /** Say what can be done when somebody else was faster; nothing of the work is lost either way. */
  #offer(error) {
    const offer = byId("designer-offer");
    offer.replaceChildren();
    if (error?.kind === "conflict" && error.newest) {
      const rebase = () => this.#run(byId("designer-save"), () => {
        this.base = error.newest.id;
        return this.save();
      });
      offer.append(
        el("a", { href: error.newest.url, target: "_blank", rel: "noopener" }, say("open_newest", { version: error.newest.version })),
        actionButton(say("rebase", { version: error.newest.version }), rebase),
      );
    }
    if (error?.kind === "stale") {
      const anew = () => this.#run(byId("designer-save"), () => {
        this.draft = null;
        return this.save();
      });
      offer.append(actionButton(say("save_anew"), anew));
    }
    offer.hidden = !offer.childElementCount;
  }

  /** Tell the designer something, where screen readers hear it too. */
  say(sentence, tone) {
    const status = byId("designer-status");
    status.textContent = sentence;
    status.dataset.tone = tone;
  }

  #state() {
    byId("designer-unsaved").hidden = !this.set.changed;
  }

  /** Run an action with its button shut, and say what was refused. */
  async #run(button, action) {
    if (this.busy) return;
    this.busy = true;
    button.setAttribute("aria-busy", "true");
    this.say(say("working"), "info");
    this.#offer(null);
    try {
      await action();
    } catch (error) {
      if (error.findings?.length) this.#found(error.findings);
      this.say(error.message || say("unreachable"), "danger");
      this.#offer(error);
    } finally {
      this.busy = false;
      button.removeAttribute("aria-busy");
    }
  }

  #listen() {
    this.set.onChange(() => {
      this.#state();
      if (this.set.changed) this.findings.outdate();
    });
    this.modeler.on("commandStack.changed", () => {
      if (this.opening) return;
      this.drawn = true;
      this.set.touch();
    });
    const press = (id, action) => byId(id).addEventListener("click", (event) => this.#run(event.currentTarget, action));
    press("designer-check", () => this.check());
    press("designer-save", () => this.save());
    byId("designer-undo").addEventListener("click", () => this.modeler.get("commandStack").undo());
    byId("designer-redo").addEventListener("click", () => this.modeler.get("commandStack").redo());
    byId("designer-fit").addEventListener("click", () => this.modeler.get("canvas").zoom("fit-viewport"));
    byId("designer-zoom-in").addEventListener("click", () => this.modeler.get("zoomScroll").stepZoom(1));
    byId("designer-zoom-out").addEventListener("click", () => this.modeler.get("zoomScroll").stepZoom(-1));
    byId("designer-file")?.addEventListener("change", async (event) => {
      const { value } = event.currentTarget;
      await this.collect();
      await this.openFile(value);
    });
    this.#listenToDeployment();
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      this.#run(byId("designer-save"), () => this.save());
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.set.changed) event.preventDefault();
    });
  }

  #listenToDeployment() {
    const dialog = byId("designer-deploy-dialog");
    byId("designer-deploy").addEventListener("click", () => dialog.showModal());
    byId("designer-deploy-cancel").addEventListener("click", () => dialog.close());
    byId("designer-deploy-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const note = byId("designer-note").value.trim();
      if (!note) return;
      dialog.close();
      this.#run(byId("designer-deploy"), () => this.deploy(note));
    });
  }
}

new Designer().start();
