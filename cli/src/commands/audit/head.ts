import { done } from '@guildhall/protocol';
import { auditHead } from '../../http/answers.ts';
import { show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';

export const showHead: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const answer = await daemon.value.ask('get', '/v1/audit/head', auditHead);
  return answer.ok ? done({ json: answer.value, text: () => show`${answer.value.head}` }) : answer;
};
