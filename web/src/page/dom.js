/**
 * Elements, built without markup: every string becomes text or the value of a harmless attribute.
 *
 * @typedef {Record<string, string | boolean | undefined>} Attributes
 */

/** Attributes that could run or load something are never set from here. */
const forbidden = /^(?:on|style$|src|action$|formaction$)/;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes] `true` sets an empty attribute; `false` and `undefined` leave it out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (forbidden.test(name)) throw new Error(`the attribute ${name} is not set from data`);
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/**
 * @param {string} label
 * @param {Attributes} attributes
 * @param {() => void} act
 */
export function button(label, attributes, act) {
  const element = el('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', act);
  return element;
}
