import { isCancel, intro, outro, select, text } from '@clack/prompts';
import type { NewAgent } from '../../local.ts';
import type { Call } from '../../verb.ts';
import { bindingGrammar, readBinding } from './binding.ts';

const idGrammar = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const profiles = [
  { value: 'minimal', label: 'minimal', hint: 'ask, remember, plan, search its own sessions' },
  { value: 'coding', label: 'coding', hint: 'terminal, files, web, delegation' },
  { value: 'messaging', label: 'messaging', hint: 'web, memory, sending messages' },
  { value: 'full', label: 'full', hint: 'everything' },
];

/** Asks for a new agent, question by question; undefined when the person gives up. */
export async function askAgent(call: Call): Promise<NewAgent | undefined> {
  const streams = { input: call.stdin, output: call.stdout, signal: call.signal };
  intro('A new agent', streams);
  const id = await text({
    ...streams,
    message: 'Its id',
    placeholder: 'coder',
    validate: (value) => (idGrammar.test(value ?? '') ? undefined : 'Lower-case letters, digits, - and _, at most 64, beginning with a letter or digit'),
  });
  if (isCancel(id)) return undefined;
  const description = await text({ ...streams, message: 'What is it for?', placeholder: 'Writes and tests code', defaultValue: '' });
  if (isCancel(description)) return undefined;
  const personality = await text({
    ...streams,
    message: 'How does it speak and work? (empty: its SOUL.md)',
    placeholder: 'You are a focused coding assistant.',
    defaultValue: '',
  });
  if (isCancel(personality)) return undefined;
  const tools = await select({ ...streams, message: 'What may it use?', options: profiles, initialValue: 'coding' });
  if (isCancel(tools)) return undefined;
  const model = await text({ ...streams, message: 'Which model? (empty: the top-level one)', placeholder: 'anthropic/claude-sonnet-4', defaultValue: '' });
  if (isCancel(model)) return undefined;
  const binding = await text({
    ...streams,
    message: 'Which messages go to it? (empty: none by themselves)',
    placeholder: 'telegram=-100123456',
    defaultValue: '',
    validate: (value) =>
      value === undefined || value === '' || bindingGrammar.test(value) ? undefined : 'PLATFORM=CHAT, such as telegram=-100123456 or slack=*',
  });
  if (isCancel(binding)) return undefined;
  outro('This is the change:', streams);
  return {
    id,
    tools,
    ...(description === '' ? {} : { description }),
    ...(personality === '' ? {} : { personality }),
    ...(model === '' ? {} : { model }),
    ...(binding === '' ? {} : { binding: readBinding(binding) }),
  };
}
