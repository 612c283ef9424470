import { z } from 'zod';
import { done, refuse } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { NewAgent } from '../../local.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { bindingGrammar, readBinding } from './binding.ts';
import { applyChange, openConfig } from './write-config.ts';

const input = z.object({
  id: z.string().min(1).optional(),
  description: z.string().optional(),
  personality: z.string().optional(),
  tools: z.string().optional(),
  model: z.string().optional(),
  bind: z.string().regex(bindingGrammar, 'PLATFORM=CHAT is wanted, such as telegram=-100123456 or "slack=*"').optional(),
  config: z.string().optional(),
  yes: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

export const addAgent: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, yes, dryRun } = options.value;
  const config = await openConfig(call, options.value.config);
  if (!config.ok) return config;
  const mayAsk = call.stdin.isTTY === true && call.output.screen.width !== undefined && !call.output.json;
  if (id === undefined && !mayAsk) return refuse('invalid-input', 'What is its id? guildhall agents add ID, or run it on a terminal to be asked.');
  const agent = id === undefined ? await (await import('./ask-agent.ts')).askAgent(call) : agentOf(id, options.value);
  if (agent === undefined) return done({ written: true, exit: 130 });
  const local = await call.local();
  const changed = local.addAgent(config.value.text, agent);
  if (!changed.ok) return changed;
  const diff = local.diffConfigs(config.value.text, changed.value);
  const written = await applyChange(call, config.value, { text: changed.value, diff }, { yes, dryRun });
  if (!written.ok) return written;
  const { screen } = call.output;
  const text = () =>
    written.value
      ? show`${screen.paint('green', screen.marks.yes)} ${agent.id} is in ${config.value.file}. Talk to it: guildhall chat --agent ${agent.id}`
      : show`${agent.id} was not added.`;
  return done({ json: { agent: agent.id, file: config.value.file, written: written.value, diff }, text });
};

function agentOf(id: string, { description, personality, tools, model, bind }: z.infer<typeof input>): NewAgent {
  return {
    id,
    ...(description === undefined ? {} : { description }),
    ...(personality === undefined ? {} : { personality }),
    ...(tools === undefined ? {} : { tools: readTools(tools) }),
    ...(model === undefined ? {} : { model }),
    ...(bind === undefined ? {} : { binding: readBinding(bind) }),
  };
}

/** One word is a profile, words with commas between are tools. */
function readTools(text: string): string | readonly string[] {
  if (!text.includes(',')) return text;
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
