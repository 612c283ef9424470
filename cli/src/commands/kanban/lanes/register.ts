import { z } from 'zod';
import { laneRequest, refuse, registeredLane } from '@guildhall/protocol';
import { duration, readInput, wholeNumber } from '../../../input.ts';
import { show } from '../../../terminal/shown.ts';
import type { RunVerb } from '../../../verb.ts';
import { makeRequest } from '../../../http/request-body.ts';
import { answerToken } from './issued-token.ts';

const input = z.object({
  name: z.string(),
  command: z.array(z.string()).default([]),
  kind: z.string().optional(),
  claimMode: z.string().optional(),
  allowedStatusMutations: z.string().optional(),
  capacity: wholeNumber(1, 10_000).optional(),
  label: z.array(z.string()).optional(),
  description: z.string().optional(),
  lease: duration.optional(),
});

export const registerLane: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { name, command, kind, claimMode, allowedStatusMutations, capacity, label, description, lease } = options.value;
  if (kind === undefined)
    return refuse(
      'invalid-input',
      `Of which kind is it? persistent takes its tasks itself, spawnable is started for each: guildhall kanban lanes register ${name} --kind persistent`,
    );
  if (kind === 'persistent' && command.length > 0)
    return refuse(
      'invalid-input',
      `A persistent lane is never started, so it has no command. Leave out "${command.join(' ')}", or register it with --kind spawnable.`,
    );
  if (kind === 'spawnable' && command.length === 0)
    return refuse('invalid-input', `What is started for each task? Give it behind --: guildhall kanban lanes register ${name} --kind spawnable -- ./work.sh`);
  const body = makeRequest(laneRequest, {
    name,
    kind,
    claimMode,
    allowedStatusMutations,
    capacity,
    labels: label,
    description,
    leaseMs: lease === undefined ? undefined : lease * 1000,
    command: command.length === 0 ? undefined : command,
  });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const registered = await daemon.value.ask('post', '/v1/lanes', registeredLane, { body: body.value });
  return registered.ok ? answerToken(call, daemon.value, show`The lane ${name} is registered.`, registered.value) : registered;
};
