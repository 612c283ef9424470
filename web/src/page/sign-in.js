/** The sign-in screen: a one-time code is exchanged for a cookie that scripts cannot read. */
import { signIn } from './api.js';
import { byId } from './dom.js';

const screen = byId('sign-in', HTMLElement);
const code = byId('code', HTMLInputElement);
const problem = byId('code-problem', HTMLElement);

const newCode = 'Make a new one with the command below.';

/** @param {import('./api.js').Refused} refused */
function sentenceFor(refused) {
  if (refused.status === 401) return `This code does not open the door: it was used already, it ran out, or a character differs. ${newCode}`;
  return refused.message;
}

/**
 * Shows the screen until somebody is in.
 *
 * @param {string} [why] why it appears, when somebody was signed in before
 * @returns {Promise<void>}
 */
export function askForCode(why = '') {
  document.title = 'Sign in · Guildhall';
  screen.hidden = false;
  code.value = '';
  problem.textContent = why;
  code.focus();
  const form = screen.querySelector('form');
  const submit = form?.querySelector('button');
  if (!form || !submit) throw new Error('the sign-in screen has no form');
  return new Promise((resolve) => {
    const tryCode = async (/** @type {string} */ typed) => {
      submit.disabled = true;
      const answer = await signIn(typed);
      submit.disabled = false;
      if (answer.ok) return resolve();
      problem.textContent = sentenceFor(answer);
      return code.select();
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const typed = code.value.trim();
      problem.textContent = typed === '' ? 'Type the code first.' : '';
      if (typed !== '' && !submit.disabled) void tryCode(typed);
    });
  });
}
