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

/** A model that only rehearses keeps nothing from getting on. */
export function isHindrance({ ok: isFine, subject }: FindingView): boolean {
  return !isFine && subject !== 'model';
}

/** One short line of what somebody wrote. */
export function brief(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
