/** Where the token of a claim comes from. It is a secret: the environment and a file keep it, the command line shows it to everybody on the machine. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { fileTrouble, parseJson } from '../../typed-text.ts';
import type { Call } from '../../verb.ts';

/** The options of every verb that writes under a claim. */
export const claimTokenInput = { claimToken: z.string().min(1).optional(), claimTokenFile: z.string().min(1).optional() };

export interface ClaimTokenOptions {
  readonly claimToken?: string | undefined;
  readonly claimTokenFile?: string | undefined;
}

/** Undefined when none was given: a credential that is a claim itself needs none, and an operator has none. */
export async function readClaimToken(call: Call, { claimToken, claimTokenFile }: ClaimTokenOptions): Promise<Settled<string | undefined>> {
  if (claimToken !== undefined) {
    call.output.tell(
      show`--claim-token shows the token to everybody who can list the processes of this machine. Use GUILDHALL_CLAIM_TOKEN or --claim-token-file instead.`,
    );
    return done(claimToken);
  }
  return claimTokenFile === undefined ? done(call.environment.claimToken) : readTokenFile(call, claimTokenFile);
}

const savedAnswer = z.object({ claim: z.object({ token: z.string() }) });

/** The file holds the token, or what `claim --json` printed. */
async function readTokenFile(call: Call, file: string): Promise<Settled<string>> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) call.output.tell(show`Others can read the claim token in ${file}. Run: chmod 600 ${file}`);
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    return refuse(
      'invalid-input',
      `--claim-token-file is "${file}", which cannot be read: ${fileTrouble(error)}. Save one with: guildhall kanban claim --json > ${file}`,
      { file },
    );
  }
  const saved = text.startsWith('{') ? savedAnswer.safeParse(parseJson(text)) : undefined;
  const token = saved?.success === true ? saved.data.claim.token : text;
  if (/^[\x21-\x7e]{1,500}$/.test(token) && !token.startsWith('{')) return done(token);
  return refuse('invalid-input', `--claim-token-file is "${file}", which holds no claim token. Save one with: guildhall kanban claim --json > ${file}`, {
    file,
  });
}
