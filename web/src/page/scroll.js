/** Follows the end of the conversation while one reads there, and stays put while one reads further up. */
import { byId } from './dom.js';

const nearEnd = 60;
/** A move so soon after a wheel, a key or a finger is a person's. */
const handMs = 1000;

export function createScroll() {
  const scroller = byId('scroller', HTMLElement);
  const content = byId('conversation', HTMLElement);
  const jump = byId('jump', HTMLButtonElement);
  let follows = true;
  let lastTop = 0;
  let lastSize = '';
  let handledAt = Number.NEGATIVE_INFINITY;

  const isNearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEnd;
  const showJump = () => {
    jump.hidden = follows || isNearEnd();
  };
  const sizeNow = () => `${scroller.scrollHeight} ${scroller.clientHeight}`;
  const isByHand = () => performance.now() - handledAt < handMs;
  // Only a move upwards is a wish to stay: an event of our own move may come after more was added below, and what became shorter for a moment moves up by itself.
  const moved = () => {
    if (isNearEnd()) follows = true;
    else if (scroller.scrollTop < lastTop && (isByHand() || sizeNow() === lastSize)) follows = false;
    lastTop = scroller.scrollTop;
    lastSize = sizeNow();
    showJump();
  };
  const toEnd = () => {
    follows = true;
    scroller.scrollTop = scroller.scrollHeight;
    lastTop = scroller.scrollTop;
    lastSize = sizeNow();
    showJump();
  };
  const resized = new ResizeObserver(() => {
    if (follows) toEnd();
    else showJump();
  });
  scroller.addEventListener('scroll', moved, { passive: true });
  for (const hand of ['wheel', 'touchmove', 'keydown', 'pointerdown'])
    scroller.addEventListener(hand, () => (handledAt = performance.now()), { passive: true });
  // Somebody who opens a row wants to read it where it is.
  content.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('summary') !== null) follows = false;
  });
  jump.addEventListener('click', toEnd);
  resized.observe(content);
  resized.observe(scroller);

  return {
    toEnd,
    isAtEnd: () => follows,
    /** Runs `change`, which adds something above, without moving what is being read. @param {() => void} change */
    keepPlace(change) {
      const fromEnd = scroller.scrollHeight - scroller.scrollTop;
      follows = false;
      change();
      scroller.scrollTop = scroller.scrollHeight - fromEnd;
      lastTop = scroller.scrollTop;
    },
  };
}
