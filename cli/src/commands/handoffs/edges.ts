import { z } from 'zod';
import { handoffEdge, type HandoffEdge } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { show, type PaintName } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, grouped } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const breakerPaint: { readonly [state in HandoffEdge['breaker']]: PaintName } = { closed: 'plain', open: 'red', 'half-open': 'yellow' };

const columns: readonly Column<HandoffEdge>[] = [
  { title: 'FROM', cell: ({ source }) => source, paint: () => 'bold', shrinks: true },
  { title: 'TO', cell: ({ target }) => target, paint: () => 'bold', shrinks: true },
  { title: 'HANDOFFS', cell: ({ handoffs }) => grouped(handoffs), align: 'right' },
  {
    title: 'FAILED IN A ROW',
    cell: ({ failures }) => grouped(failures),
    align: 'right',
    paint: ({ failures }) => (failures === 0 ? 'plain' : 'yellow'),
    drops: true,
  },
  { title: 'BREAKER', cell: ({ breaker }) => breaker, paint: ({ breaker }) => breakerPaint[breaker] },
  { title: 'COST', cell: ({ costMicroUsd }) => dollars(costMicroUsd), align: 'right' },
  { title: 'TOKENS', cell: ({ tokens }) => grouped(tokens), align: 'right', drops: true },
];

export const listEdges: RunVerb = (call) =>
  answerWith(call, { method: 'get', path: '/v1/handoff-edges', answer: z.array(handoffEdge) }, (edges, screen) =>
    edges.length === 0
      ? show`Nothing was handed to anybody yet. Ask: guildhall handoffs dispatch --from AGENT --to AGENT "what is to be done"`
      : renderTable(screen, columns, edges),
  );
