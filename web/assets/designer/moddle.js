// Describes the spiffworkflow namespace to bpmn-moddle, so that what it holds survives opening and saving.

const text = (name) => ({ name, superClass: ["Element"], properties: [{ name: "value", isBody: true, type: "String" }] });

export default {
  name: "SpiffWorkflow",
  uri: "http://spiffworkflow.org/bpmn/schema/1.0/core",
  prefix: "spiffworkflow",
  xml: { tagAlias: "lowerCase" },
  associations: [],
  types: [
    {
      name: "Properties",
      superClass: ["Element"],
      properties: [{ name: "properties", type: "Property", isMany: true }],
    },
    {
      name: "Property",
      superClass: ["Element"],
      properties: [
        { name: "name", isAttr: true, type: "String" },
        { name: "value", isAttr: true, type: "String" },
      ],
    },
    text("CalledDecisionId"),
    text("PreScript"),
    text("PostScript"),
    text("InstructionsForEndUser"),
    text("MessagePayload"),
    text("MessageVariable"),
    text("PayloadExpression"),
    text("VariableName"),
  ],
};
