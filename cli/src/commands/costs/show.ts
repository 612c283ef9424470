import { z } from 'zod';
import { done } from '@guildhall/protocol';
import { costRow, type CostRow } from '../../http/answers.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, grouped } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ by: z.enum(['agent', 'day', 'plan', 'edge', 'lane']).default('agent') });

export const showCosts: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { by } = options.value;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const costs = await daemon.value.ask('get', '/v1/costs', z.array(costRow), { query: { by } });
  if (!costs.ok) return costs;
  const columns: readonly Column<CostRow>[] = [
    { title: by.toUpperCase(), cell: (row) => row.key, paint: () => 'bold' },
    { title: 'COST', cell: costOf, align: 'right' },
    { title: 'TURNS', cell: (row) => grouped(row.turns), align: 'right' },
    { title: 'TOKENS IN', cell: (row) => grouped(row.inputTokens), align: 'right' },
    { title: 'TOKENS OUT', cell: (row) => grouped(row.outputTokens), align: 'right' },
  ];
  return done({
    json: costs.value,
    text: () => (costs.value.length === 0 ? show`Nothing was spent yet.` : renderTable(call.output.screen, columns, costs.value)),
  });
};

/** Steps whose price nobody knows are told, not counted as free. */
function costOf(row: CostRow): string {
  return row.unpricedSteps === 0 ? dollars(row.costMicroUsd) : `${dollars(row.costMicroUsd)} + ${row.unpricedSteps} steps of unknown price`;
}
