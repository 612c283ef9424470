/** Boards of other programs, taken over. */
import { refuse } from '@guildhall/protocol';
import type { BoardOperations } from '../../board-operations.ts';

export function importOperations(): Pick<BoardOperations, 'importBoard'> {
  return { importBoard: async () => refuse('not-available', 'This daemon does not import boards yet.') };
}
