/** The page begins here: sign in if need be, then the chat. Nothing is read from the address but that it is ours. */
import { onSignedOut, readStatus } from './api.js';
import { openChat } from './chat.js';
import { byId } from './dom.js';
import { guardLinks } from './links.js';
import { askForCode } from './sign-in.js';

const chat = byId('chat', HTMLElement);
const unreachable = byId('unreachable', HTMLElement);
let asking = false;

history.replaceState(null, '', '/');
guardLinks();
onSignedOut(() => void leave());

/** Somebody was signed in and is no longer: revoked, expired or signed out elsewhere. */
async function leave() {
  if (asking) return;
  asking = true;
  const wasIn = document.querySelector('#chat[hidden]') === null;
  chat.hidden = true;
  unreachable.hidden = true;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  await askForCode(wasIn ? 'You are signed out. Type a new code to come back; nothing was lost.' : '');
  location.reload();
}

async function begin() {
  const status = await readStatus();
  unreachable.hidden = true;
  if (status.ok) {
    chat.hidden = false;
    await openChat(status.value);
  } else if (status.status !== 401) {
    unreachable.textContent = `${status.message} Trying again…`;
    unreachable.hidden = false;
    setTimeout(() => void begin(), 2000);
  }
}

void begin();
