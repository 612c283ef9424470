import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { readInput, wholeNumber } from '../../input.ts';
import { showBlock } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ port: wholeNumber(0, 65_535).optional(), config: z.string().optional() });

export const runDaemon: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const local = await call.local();
  const ended = await local.up({
    port: options.value.port,
    config: options.value.config ?? call.environment.config,
    signal: call.signal,
    print: (line) => call.output.print(showBlock(line)),
  });
  return ended.ok ? done({ written: true, exit: 0 }) : ended;
};
