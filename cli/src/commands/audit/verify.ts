import { z } from 'zod';
import { done, headsPerRequest, type Settled, type StreamHead } from '@guildhall/protocol';
import { auditVerdict } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { readExported } from './exported-heads.ts';

/** A long journal takes its time. */
export const verifyMs = 10 * 60_000;

const input = z.object({ against: z.string().min(1).optional() });
type Verdict = z.infer<typeof auditVerdict>;

export const verifyAudit: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { against } = options.value;
  const exported = against === undefined ? undefined : await readExported(call, against);
  if (exported?.ok === false) return exported;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const expected = exported?.value.streams;
  const answer =
    expected === undefined
      ? await daemon.value.ask('get', '/v1/audit/verify', auditVerdict, { timeoutMs: verifyMs })
      : await verifyAgainst(daemon.value, expected);
  if (!answer.ok) return answer;
  const { valid, head, events, firstBad } = answer.value;
  const { paint, marks } = call.output.screen;
  const text = () => {
    const since = expected === undefined ? '' : `, and goes on from the ${expected.length} heads of ${against}`;
    if (valid) return show`${paint('green', marks.yes)} The journal holds${events === undefined ? '' : `: ${events} events`}${since}. Head ${head}`;
    const where = firstBad === undefined ? [] : [show`  First bad event: ${firstBad.stream}@${firstBad.seq}, ${firstBad.reason}`];
    return joinShown([show`${paint('red', marks.no)} The journal was changed after it was written.`, ...where]);
  };
  return done({ json: answer.value, text, exit: valid ? 0 : 1 });
};

/** As many heads at a time as the daemon takes; each time it checks the whole journal. The first verdict that does not hold is the answer, else the last. */
async function verifyAgainst(daemon: Daemon, expected: readonly StreamHead[]): Promise<Settled<Verdict>> {
  for (let from = 0; ; from += headsPerRequest) {
    const streams = expected.slice(from, from + headsPerRequest);
    const answer = await daemon.ask('post', '/v1/audit/verify', auditVerdict, { body: { streams }, timeoutMs: verifyMs });
    if (!answer.ok || !answer.value.valid || from + headsPerRequest >= expected.length) return answer;
  }
}
