import { z } from 'zod';
import { done, issuedCredential, refuse } from '@guildhall/protocol';
import { duration, readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { isoTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ scope: z.string().min(1).optional(), label: z.string().optional(), expires: duration.optional() });

export const createToken: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { scope, label, expires } = options.value;
  if (scope === undefined)
    return refuse('invalid-input', 'What may it do? Name a scope: guildhall tokens create --scope read (or operator, chat, agent:<id>, sign-in)');
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const body = { scope, ...(label === undefined ? {} : { label }), ...(expires === undefined ? {} : { expiresInSeconds: expires }) };
  const issued = await daemon.value.ask('post', '/v1/tokens', issuedCredential, { body });
  if (!issued.ok) return issued;
  const { credential, secret } = issued.value;
  const { paint } = call.output.screen;
  const until = credential.expiresAt === undefined ? '' : ` It ends ${isoTime(credential.expiresAt)}.`;
  const sentence =
    scope === 'sign-in'
      ? show`Enter this code at ${daemon.value.url} to sign in. It works once.${until}`
      : show`This is the secret of ${credential.id}. It is shown once: keep it now, for example as GUILDHALL_TOKEN.${until}`;
  return done({ json: issued.value, text: () => joinShown([paint('bold', secret), sentence]) });
};
