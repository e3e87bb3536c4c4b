// Builds elements from plain data. Text only ever becomes text nodes, so that a hostile name in a diagram stays a name.

/** Make an element: `on*` attributes are listeners, true and false set and leave out an attribute. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let counter = 0;

/** An id that no other element of the page has. */
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** Show one of several panels and mark its tab, as the ARIA pattern for tabs asks. */
export function tabs(list, opened = () => {}) {
  const buttons = [...list.querySelectorAll("[role=tab]")];
  function open(button, focus = false) {
    for (const each of buttons) {
      const chosen = each === button;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) button.focus();
    opened(button.dataset.tab);
  }
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => open(button));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) open(buttons[(index + step + buttons.length) % buttons.length], true);
    });
  }
  return { open: (name) => open(buttons.find((button) => button.dataset.tab === name)) };
}
