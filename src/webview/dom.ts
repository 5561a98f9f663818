import type { Badge, Button, Checkbox, Divider, Dropdown, Link, Option, ProgressRing, Radio, RadioGroup, Tag, TextArea, TextField } from '@vscode/webview-ui-toolkit';

/** The elements of the toolkit by name. */
interface ToolkitElements {
  'vscode-badge': Badge;
  'vscode-button': Button;
  'vscode-checkbox': Checkbox;
  'vscode-divider': Divider;
  'vscode-dropdown': Dropdown;
  'vscode-link': Link;
  'vscode-option': Option;
  'vscode-progress-ring': ProgressRing;
  'vscode-radio': Radio;
  'vscode-radio-group': RadioGroup;
  'vscode-tag': Tag;
  'vscode-text-area': TextArea;
  'vscode-text-field': TextField;
}

type Elements = HTMLElementTagNameMap & ToolkitElements;

/**
 * Attributes by name: true is written as an empty one, false and undefined take it away. There is no place for
 * `style`, which the page's content security policy forbids: set `element.style` instead.
 */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>> & { readonly style?: never };

/** What goes inside of an element; undefined is left out. */
export type Child = Node | string | undefined;

/** Creates an element of the page, such as `element('button', { class: 'primary' }, 'Go')`. */
export function element<Name extends keyof Elements>(name: Name, attributes: Attributes = {}, ...children: Child[]): Elements[Name] {
  const created = document.createElement(name);
  setAttributes(created, attributes);
  appendAll(created, children);
  return created as Elements[Name];
}

/** Creates an element of a drawing. */
export function svgElement<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[Name] {
  const created = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(created, attributes);
  appendAll(created, children);
  return created;
}

function appendAll(parent: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined) parent.append(child);
}

/** Writes the attributes that differ from what is there. */
export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else if (target.getAttribute(name) !== attributeText(value)) target.setAttribute(name, attributeText(value));
  }
}

function attributeText(value: string | number | true): string {
  return value === true ? '' : String(value);
}

/** Sets the text of an element where it differs: what does not change is not announced again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** One of VS Code's icons, such as `icon('discard')`. It says nothing to screen readers: name the control that it stands in. */
export function icon(name: string, attributes: Attributes = {}): HTMLElement {
  return element('span', { ...attributes, class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}
