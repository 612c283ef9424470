import type { ToolContext } from '@guildhall/sessions';
import type { KanbanPort } from './kanban-port.ts';

/** Those of the tasks that are not there or that another made: a model that remembers them wrongly would send whoever comes after to nothing. */
export async function phantomCards(port: KanbanPort, cards: readonly string[], context: ToolContext): Promise<readonly string[]> {
  const own = await Promise.all(
    cards.map(async (card) => {
      const found = await port.readTask(card, context);
      return found.ok && found.value.task.createdBy === `agent:${context.agent}`;
    }),
  );
  return cards.filter((_, index) => own[index] !== true);
}
