/** The tools by which an agent reads approved skills. What a skill says is an instruction to follow within the agent's own rules; it permits nothing. */
import { type Settled, done } from '@guildhall/protocol';
import type { Tool, ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { resultOf, told } from '../result.ts';

export interface SkillPort {
  /** The text of an approved skill, recorded as loaded in this turn; with `path` an approved file beside it. */
  load(name: string, context: ToolContext, path?: string): Promise<Settled<string>>;
  /** Approved skills that fit the words, best first. */
  search(words: string, context: ToolContext): Promise<readonly { readonly name: string; readonly description: string; readonly tier?: string }[]>;
}

const usual = { idempotent: true, private: false, danger: () => null, effects: noEffects } as const;

const load = toolInput(
  {
    name: z.string().trim().min(1).max(64),
    path: z.string().min(1).max(500).exactOptional().describe('A file beside SKILL.md that the skill speaks of; SKILL.md itself when absent'),
  },
  { name: ['skill'], path: ['file'] },
);

function loadSkillTool(port: SkillPort): Tool<z.output<typeof load>> {
  return {
    ...usual,
    name: 'load_skill',
    description: 'Read an approved skill: instructions for a kind of work. It gives you no permission you do not have.',
    input: load,
    untrusted: false,
    canonicalise: async (args) => done(args),
    run: async ({ name, path }, context) => resultOf(await port.load(name, context, path), (text) => told(text, { skill: name })),
  };
}

const search = toolInput({ words: z.string().max(400).default('') }, { words: ['query', 'q'] });

function searchSkillsTool(port: SkillPort): Tool<z.output<typeof search>> {
  return {
    ...usual,
    name: 'search_skills',
    description: 'Find approved skills by what they are for; all of them without words.',
    input: search,
    untrusted: true,
    canonicalise: async (args) => done(args),
    async run({ words }, context) {
      const found = await port.search(words, context);
      const lines = found.map(({ name, description, tier }) => `${name}${tier === undefined ? '' : ` (${tier})`}: ${description}`);
      return told(lines.length === 0 ? 'There are none.' : lines.join('\n'), { count: found.length });
    },
  };
}

export function skillTools(port: SkillPort): readonly Tool[] {
  return [loadSkillTool(port), searchSkillsTool(port)];
}
