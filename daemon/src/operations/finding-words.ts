/** How a finding is put: what is so, and the command that changes it. */
import type { FindingView } from '@guildhall/protocol';

export function ok(subject: string, message: string): FindingView {
  return { subject, ok: true, level: 'ok', message };
}

/** Waits for something that will come, or for somebody. */
export function warn(subject: string, message: string, remedy?: string): FindingView {
  return { subject, ok: false, level: 'warning', message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Nothing will change it by itself. */
export function bad(subject: string, message: string, remedy?: string): FindingView {
  return { subject, ok: false, level: 'problem', message, ...(remedy === undefined ? {} : { remedy }) };
}
