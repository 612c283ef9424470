/**
 * What stands where no conversation is yet.
 *
 * @import { AgentView } from '@guildhall/protocol'
 */
import { button, byId, el } from './dom.js';

const place = byId('welcome', HTMLElement);

/** @param {AgentView} agent */
function suggestions(agent) {
  const first = ['Who are you, and what can you do for me?'];
  if (agent.tools.includes('read_file') || agent.tools.includes('search_files')) first.push('Look around your workspace and tell me what you find.');
  if (agent.tools.includes('web_search')) first.push('Find out what happened in the world today, in five lines.');
  if (agent.tools.includes('todo')) first.push('Help me plan my day. Ask me what you need to know.');
  return first.slice(0, 3);
}

/** @param {AgentView | undefined} agent none hides it @param {(text: string) => void} suggest */
export function showWelcome(agent, suggest) {
  place.hidden = agent === undefined;
  if (agent === undefined) return;
  const parts = [
    el('h2', {}, 'This is ', el('bdi', {}, agent.id)),
    el('p', { dir: 'auto' }, agent.description === '' ? 'Say something to begin.' : agent.description),
  ];
  if (agent.rehearsal)
    parts.push(
      el(
        'p',
        { class: 'welcome-rehearsal' },
        el('span', { class: 'badge rehearsal' }, 'rehearsal'),
        ` What is said here comes from a script and costs nothing. ${agent.modelFrom}`,
      ),
    );
  const list = el(
    'ul',
    { class: 'suggestions' },
    ...suggestions(agent).map((text) =>
      el(
        'li',
        {},
        button(text, {}, () => suggest(text)),
      ),
    ),
  );
  place.replaceChildren(...parts, list);
}
