import { z } from 'zod';
import { driftView, planId, type DriftView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, type PaintName, type Shown } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ plan: planId.optional() });

export const reportDrift: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const query = { plan: options.value.plan, limit: 500 };
  return answerWith(call, { method: 'get', path: '/v1/skill-report', answer: z.array(driftView), query }, (rows, screen) =>
    rows.length === 0
      ? show`No run has been asked for a skill yet. Say who must load which: guildhall skills policy propose FILE`
      : joinShown([summarize(screen, rows), nothing, renderTable(screen, columnsAt(screen.now), rows)]),
  );
};

type Drift = DriftView['drift'];

const driftPaint: { readonly [drift in Drift]: PaintName } = {
  none: 'green',
  'not-loaded': 'red',
  'changed-on-disk': 'red',
  'approved-since': 'yellow',
  quarantined: 'red',
};
const driftWords: { readonly [drift in Drift]: string } = {
  none: 'as policy asks',
  'not-loaded': 'not loaded',
  'changed-on-disk': 'changed on disk since',
  'approved-since': 'another version approved since',
  quarantined: 'nothing approved any more',
};

/** `12 skills in 4 runs: 10 as policy asks, 2 not loaded.` */
function summarize({ paint }: Screen, rows: readonly DriftView[]): Shown {
  const kinds: readonly Drift[] = ['none', 'not-loaded', 'changed-on-disk', 'approved-since', 'quarantined'];
  const counts = kinds.map((kind) => ({ kind, amount: rows.filter(({ drift }) => drift === kind).length })).filter(({ amount }) => amount > 0);
  const parts = counts.map(({ kind, amount }) => paint(driftPaint[kind], `${amount} ${driftWords[kind]}`));
  return show`${count(rows.length, 'skill')} in ${count(new Set(rows.map(({ run }) => run)).size, 'run')}: ${joinShown(parts, ', ')}.`;
}

function columnsAt(now: number): readonly Column<DriftView>[] {
  return [
    { title: 'RUN', cell: ({ run }) => run, paint: () => 'bold' },
    { title: 'PLAN', cell: ({ plan }) => plan, shrinks: true, drops: true },
    { title: 'ROLE', cell: ({ role }) => role, shrinks: true, drops: true },
    { title: 'SKILL', cell: ({ skill }) => skill, shrinks: true },
    { title: 'TIER', cell: ({ tier }) => tier, drops: true },
    { title: 'ASKS', cell: ({ wanted }) => shortHash(wanted) },
    { title: 'USED', cell: ({ used }) => shortHash(used), paint: ({ wanted, used }) => (used === wanted ? 'plain' : 'red') },
    { title: 'STATUS', cell: ({ status }) => status, shrinks: true },
    { title: 'NOW', cell: ({ drift }) => driftWords[drift], paint: ({ drift }) => driftPaint[drift], shrinks: true },
    { title: 'RUN IS', cell: ({ compliance }) => compliance, drops: true },
    { title: 'WHEN', cell: ({ at }) => relativeTime(at, now), drops: true },
  ];
}

function shortHash(hash: string): string {
  return hash === '' ? 'none' : hash.slice(0, 8);
}
