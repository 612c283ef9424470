import { done, refuse } from '@guildhall/protocol';
import type { RunVerb } from '../../verb.ts';

export const exportAudit: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const lines = await daemon.value.lines('/v1/audit/export', {});
  if (!lines.ok) return lines;
  try {
    await call.output.copy(lines.value);
  } catch (error) {
    if (!call.signal.aborted)
      return refuse('daemon-unreachable', `The connection broke before the journal was exported whole: ${String(error)}. Run the command again.`);
  }
  return done({ written: true });
};
