import { z } from 'zod';
import { done, exitCodeOf, findingView, type FindingView, type Refusal, type Settled } from '@guildhall/protocol';
import type { Call, RunVerb, Answer } from '../../verb.ts';
import { describeFindings, hasProblem } from './findings.ts';

export const diagnose: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return diagnoseWithoutDaemon(call, daemon.refusal);
  const findings = await daemon.value.ask('get', '/v1/doctor', z.array(findingView));
  if (findings.ok) return done(answerWith(call, findings.value, hasProblem(findings.value) ? 1 : 0));
  return findings.refusal.code === 'daemon-unreachable' ? diagnoseWithoutDaemon(call, findings.refusal) : findings;
};

/** What can be seen from here: why there is no daemon, and whether its configuration would let it start. */
async function diagnoseWithoutDaemon(call: Call, refusal: Refusal): Promise<Settled<Answer>> {
  const findings: FindingView[] = [{ subject: 'daemon', ok: false, level: 'problem', message: refusal.message }];
  const local = await call.local();
  const file = call.environment.config ?? local.defaultConfigFile();
  const verdict = await local.checkConfig(file);
  if (!verdict.ok)
    findings.push({ subject: 'config', ok: true, level: 'ok', message: `${file} does not exist; a daemon starts without one, with a single agent "main".` });
  else if (verdict.value.valid) findings.push({ subject: 'config', ok: true, level: 'ok', message: `${file} is valid.` });
  else {
    const mistakes = verdict.value.errors.length;
    findings.push({
      subject: 'config',
      ok: false,
      level: 'problem',
      message: `${file} has ${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}.`,
      remedy: `guildhall config check ${file}`,
    });
  }
  return done(answerWith(call, findings, exitCodeOf(refusal.code)));
}

function answerWith(call: Call, findings: readonly FindingView[], exit: ReturnType<typeof exitCodeOf>): Answer {
  return { json: findings, text: () => describeFindings(call.output.screen, findings), exit };
}
