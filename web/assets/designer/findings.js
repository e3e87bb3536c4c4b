// Shows what the check found: a list that leads to the elements, and a mark on each of them.

import { el } from "./dom.js";
import { say } from "./words.js";

const MARKERS = { error: "has-error", warning: "has-warning" };
const OVERLAY = "tuntas-finding";

/** The findings of the last check. `go(finding)` leads to where a finding is. */
export class Findings {
  constructor(container, modeler, go) {
    Object.assign(this, { container, modeler, go });
    this.findings = null;
    modeler.on("import.done", () => this.mark());
  }

  /** Show the findings of a check; an empty list says that all is well. */
  show(findings, file) {
    this.findings = findings;
    this.file = file;
    const errors = findings.filter((finding) => finding.severity === "error").length;
    this.container.replaceChildren(this.#summary(errors, findings.length - errors), this.#list(findings));
    this.mark();
    return errors;
  }

  /** Say that the set has changed since the check. */
  outdate() {
    if (!this.findings || this.container.querySelector(".findings__stale")) return;
    this.container.prepend(el("p", { class: "findings__stale" }, say("outdated")));
  }

  #summary(errors, warnings) {
    if (errors) return el("p", { class: "findings__sum findings__sum--error" }, say("found_errors", { errors, warnings }));
    if (warnings) return el("p", { class: "findings__sum findings__sum--warning" }, say("found_warnings", { warnings }));
    return el("p", { class: "findings__sum findings__sum--fine" }, say("found_nothing"));
  }

  #list(findings) {
    return el("ol", { class: "findings" }, findings.map((finding) => this.#item(finding)));
  }

  #item(finding) {
    const place = [finding.element_id, finding.file, finding.line && say("line", { line: finding.line })].filter(Boolean);
    return el(
      "li",
      { class: `findings__item findings__item--${finding.severity}` },
      el(
        "button",
        { type: "button", class: "findings__go", onclick: () => this.go(finding), "data-element": finding.element_id, "data-rule": finding.rule },
        el("span", { class: "findings__kind" }, say(finding.severity)),
        el("span", { class: "findings__message" }, finding.message),
      ),
      el("p", { class: "findings__remedy" }, finding.remedy),
      el("p", { class: "findings__place" }, place.join(" · ")),
    );
  }

  /** Mark the elements of the diagram that is open. */
  mark(file = this.file) {
    this.file = file;
    const canvas = this.modeler.get("canvas");
    const registry = this.modeler.get("elementRegistry");
    const overlays = this.modeler.get("overlays");
    overlays.remove({ type: OVERLAY });
    for (const element of registry.getAll()) {
      for (const marker of Object.values(MARKERS)) canvas.removeMarker(element, marker);
    }
    for (const [id, findings] of this.#byElement()) {
      const element = registry.get(id);
      if (element) this.#markOne(canvas, overlays, element, findings);
    }
  }

  #byElement() {
    const held = new Map();
    for (const finding of this.findings ?? []) {
      if (finding.file !== this.file || !finding.element_id) continue;
      held.set(finding.element_id, [...(held.get(finding.element_id) ?? []), finding]);
    }
    return held;
  }

  #markOne(canvas, overlays, element, findings) {
    const severity = findings.some((finding) => finding.severity === "error") ? "error" : "warning";
    canvas.addMarker(element, MARKERS[severity]);
    const badge = el("div", { class: `finding-badge finding-badge--${severity}`, title: findings.map((finding) => finding.message).join("\n") }, "!");
    const position = element.waypoints ? { top: -10, left: -10 } : { top: -11, right: 11 };
    overlays.add(element, OVERLAY, { position, html: badge });
  }
}
