import type { RoleRunView } from '@guildhall/protocol';

type Evidence = RoleRunView['evidence'];

/** What shows for a run, with its calls on one line: `write_file, terminal, report_finding (3)`. */
export function readableEvidence(evidence: Evidence): readonly { readonly kind: string; readonly ref: string; readonly note: string }[] {
  const calls = callsOf(evidence);
  const others = evidence.filter((each) => !isCall(each));
  const answers = others.filter(({ kind }) => kind === 'answer');
  return [...others.filter(({ kind }) => kind !== 'answer'), ...(calls === '' ? [] : [{ kind: 'calls', ref: calls, note: '' }]), ...answers];
}

/** The tools that were called, each once, with how often and how it ended where it was not done. */
export function callsOf(evidence: Evidence): string {
  const times = new Map<string, number>();
  for (const { note } of evidence.filter(isCall)) times.set(note, (times.get(note) ?? 0) + 1);
  return [...times].map(([note, count]) => `${note.replace(/: done$/, '')}${count === 1 ? '' : ` (${count})`}`).join(', ');
}

function isCall({ kind }: Evidence[number]): boolean {
  return kind === 'tool-call' || kind === 'verdict';
}
