/** Links out of the conversation: only http and https, their host always shown, opened after a question and never by themselves. */
import { byId, el } from './dom.js';
import { showHidden } from './hidden-characters.js';

/**
 * The address, when it is one that may be opened. Others (`javascript:`, `data:`, relative ones, those with a name and password in front of the host) are not links.
 *
 * @param {string} text
 */
export function openable(text) {
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}

/**
 * @param {URL} url
 * @param {(Node | string)[]} label what it says; empty when the address itself is the label
 */
export function link(url, label) {
  const words = label.length > 0 ? label : [url.href];
  const anchor = el('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer', class: 'external' }, el('bdi', {}, ...words));
  if (label.length > 0) anchor.append(el('span', { class: 'host' }, ` ${url.host}`));
  return anchor;
}

/** Asks before a link is followed. */
export function guardLinks() {
  const dialog = byId('leave', HTMLDialogElement);
  /** @type {URL | undefined} */
  let asked;
  document.addEventListener('click', (event) => {
    const anchor = event.target instanceof Element ? event.target.closest('a.external') : null;
    if (!(anchor instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    asked = openable(anchor.href);
    if (asked === undefined) return;
    byId('leave-host', HTMLElement).textContent = asked.host;
    byId('leave-address', HTMLElement).replaceChildren(showHidden(asked.href));
    dialog.showModal();
    byId('leave-stay', HTMLElement).focus();
  });
  byId('leave-stay', HTMLElement).addEventListener('click', () => dialog.close());
  byId('leave-go', HTMLElement).addEventListener('click', () => {
    dialog.close();
    if (asked !== undefined) window.open(asked.href, '_blank', 'noopener,noreferrer');
  });
}
