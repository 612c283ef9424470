/** What `session_search` looks through: a role finds what was said in its own session, an agent what was said in its own, and neither the other's. */
import type { SessionStore } from '@guildhall/sessions';
import type { ToolPorts } from '@guildhall/tools';
import { roleSessionKey } from './role-place.ts';
import type { RoleTurns } from './role-turns.ts';

export function sessionSearch(sessions: Pick<SessionStore, 'searchEntries' | 'readTurn'>, turns: Pick<RoleTurns, 'placeOf'>): ToolPorts['sessions'] {
  return {
    async searchEntries({ agent, turnId }, query, limit) {
      const turn = await sessions.readTurn(turnId);
      if (turn === undefined) return [];
      const place = await turns.placeOf(turn);
      return sessions.searchEntries(agent, query, limit, place === undefined ? {} : { sessionKey: roleSessionKey(place) });
    },
  };
}
