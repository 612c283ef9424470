/** Many who ask the same at the same moment: one read for all of them. */
import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';

/**
 * Callers of one turn of the event loop with the same key share the read that follows it. Nobody joins a read that has begun: it may not see what made the newcomer ask.
 */
export function readTogether<Query, Answer>(keyOf: (query: Query) => string, read: (query: Query) => Promise<Answer>): (query: Query) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  return (query) => {
    const key = keyOf(query);
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = nextTurnOfTheLoop().then(() => {
      asked.delete(key);
      return read(query);
    });
    asked.set(key, answer);
    return answer;
  };
}
