// Offers only the shapes that a deployed process can hold: what lint refuses is not on the palette or in the menus.

const HIDDEN = [
  /ad-hoc|transaction|complex-gateway|data-store|manual-task|send-task$/,
  /conditional-(start|intermediate|boundary)|link-|compensation|cancel-/,
  /(timer|signal)-start$|^replace-with-non-interrupting-(message|signal|escalation)-start$/,
  /^replace-with-(error|escalation)-start$|^replace-with-signal-end$|^replace-with-conditional-flow$/,
  /^replace-with-task$|^replace-with-collapsed-pool$|none-intermediate-catch|^toggle-loop$/,
];
// Inside an event sub-process a timer start that does not interrupt is the one that works.
const isHidden = (id) => HIDDEN.some((pattern) => pattern.test(id));
const HIDDEN_TOOLS = ["create.data-object", "create.data-store", "create.group", "create.task"];
const LOW = 500;

const without = (entries, unwanted) =>
  Object.fromEntries(Object.entries(entries).filter(([id]) => !unwanted(id)));

/** Palette with user and service task instead of the untyped task. */
function Palette(palette, create, elementFactory, translate) {
  this.getPaletteEntries = () => (entries) => {
    const tool = (type, icon, title) => {
      const start = (event) => create.start(event, elementFactory.createShape({ type }));
      return { group: "activity", className: icon, title: translate(title), action: { dragstart: start, click: start } };
    };
    const kept = without(entries, (id) => HIDDEN_TOOLS.includes(id));
    return {
      ...kept,
      "create.user-task": tool("bpmn:UserTask", "bpmn-icon-user-task", "Create user task"),
      "create.service-task": tool("bpmn:ServiceTask", "bpmn-icon-service-task", "Create service task"),
      "create.rule-task": tool("bpmn:BusinessRuleTask", "bpmn-icon-business-rule-task", "Create business rule task"),
    };
  };
  palette.registerProvider(LOW, this);
}
Palette.$inject = ["palette", "create", "elementFactory", "translate"];

/** Context pad that appends a user task instead of an untyped one. */
function ContextPad(contextPad, autoPlace, create, elementFactory, translate) {
  const shape = () => elementFactory.createShape({ type: "bpmn:UserTask" });
  this.getContextPadEntries = () => (entries) => {
    const kept = without(entries, (id) => /data-store|compensation|conditional/.test(id));
    if (!kept["append.append-task"]) return kept;
    kept["append.append-task"] = {
      group: "model",
      className: "bpmn-icon-user-task",
      title: translate("Append user task"),
      action: {
        click: (event, source) => autoPlace.append(source, shape()),
        dragstart: (event, source) => create.start(event, shape(), { source }),
      },
    };
    return kept;
  };
  contextPad.registerProvider(LOW, this);
}
ContextPad.$inject = ["contextPad", "autoPlace", "create", "elementFactory", "translate"];

/** Menus without the shapes that lint refuses. */
function Menus(popupMenu) {
  this.getPopupMenuEntries = () => (entries) => without(entries, isHidden);
  this.getPopupMenuHeaderEntries = () => (entries) => without(entries, isHidden);
  popupMenu.registerProvider("bpmn-replace", LOW, this);
}
Menus.$inject = ["popupMenu"];

export default {
  __init__: ["tuntasPalette", "tuntasContextPad", "tuntasMenus"],
  tuntasPalette: ["type", Palette],
  tuntasContextPad: ["type", ContextPad],
  tuntasMenus: ["type", Menus],
};
