import { done } from '@guildhall/protocol';
import { auditVerdict } from '../../http/answers.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

/** A long journal takes its time. */
const timeoutMs = 10 * 60_000;

export const verifyAudit: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const answer = await daemon.value.ask('get', '/v1/audit/verify', auditVerdict, { timeoutMs });
  if (!answer.ok) return answer;
  const { valid, head, events, firstBad } = answer.value;
  const { paint, marks } = call.output.screen;
  const text = () => {
    if (valid) return show`${paint('green', marks.yes)} The journal holds${events === undefined ? '' : `: ${events} events`}. Head ${head}`;
    const where = firstBad === undefined ? [] : [show`  First bad event: ${firstBad.stream}@${firstBad.seq}, ${firstBad.reason}`];
    return joinShown([show`${paint('red', marks.no)} The journal was changed after it was written.`, ...where]);
  };
  return done({ json: answer.value, text, exit: valid ? 0 : 1 });
};
