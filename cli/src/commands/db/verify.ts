import { z } from 'zod';
import { done, findingView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { describeFindings, hasProblem } from '../daemon/findings.ts';

/** A large database takes its time. */
const timeoutMs = 60 * 60_000;

export const verifyDatabase: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const findings = await daemon.value.ask('get', '/v1/db/verify', z.array(findingView), { timeoutMs });
  if (!findings.ok) return findings;
  const { screen } = call.output;
  const text = () =>
    findings.value.length === 0 ? show`${screen.paint('green', screen.marks.yes)} Every invariant holds.` : describeFindings(screen, findings.value);
  return done({ json: findings.value, text, exit: hasProblem(findings.value) ? 1 : 0 });
};
