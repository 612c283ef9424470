import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { cancelledTurns } from '../../http/answers.ts';
import { readInput } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ key: z.string().min(1) });

export const cancelSession: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const answer = await daemon.value.ask('post', '/v1/sessions/{key}/cancel', cancelledTurns, { params: options.value });
  if (!answer.ok) return answer;
  const { cancelled } = answer.value;
  return done({
    json: answer.value,
    text: () => (cancelled.length === 0 ? show`Nothing was running or waiting.` : show`Stopped ${count(cancelled.length, 'turn')}: ${cancelled.join(', ')}`),
  });
};
