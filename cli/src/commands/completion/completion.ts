import { z } from 'zod';
import { done, type Settled } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import { showBlock } from '../../terminal/shown.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { readTree } from './tree.ts';
import { bashScript, fishScript, zshScript } from './scripts.ts';

const writers = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const input = z.object({ shell: z.enum(['bash', 'zsh', 'fish'], 'bash, zsh or fish is wanted') });

export const printCompletion: RunVerb = (call) => Promise.resolve(writeCompletion(call));

function writeCompletion(call: Call): Settled<Answer> {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const script = writers[options.value.shell](readTree(call.catalogue));
  return done({ json: { shell: options.value.shell, script }, text: () => showBlock(script.trimEnd()) });
}
