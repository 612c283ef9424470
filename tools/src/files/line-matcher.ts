/** Finding text in lines, in time linear in the text whatever the pattern is: regular expressions run on an engine without backtracking (RE2 syntax). */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { RE2JS } from 're2js';

export interface LineQuery {
  readonly pattern: string;
  readonly regex: boolean;
  readonly ignoreCase: boolean;
}

/** Longer lines are matched up to here. */
const longestMatchedLine = 4_000;

/** A test for one line; `invalid-input` when the pattern is not a regular expression of RE2 (no look-around, no back references). */
export function lineMatcher(query: LineQuery): Settled<(line: string) => boolean> {
  if (!query.regex) {
    const wanted = query.ignoreCase ? query.pattern.toLowerCase() : query.pattern;
    return done((line) => (query.ignoreCase ? line.toLowerCase() : line).includes(wanted));
  }
  try {
    const compiled = RE2JS.compile(query.pattern, query.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    return done((line) => compiled.test(line.slice(0, longestMatchedLine)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    return refuse(
      'invalid-input',
      `the pattern is not a regular expression of RE2 (${reason.slice(0, 200)}); look-around and back references are not known. Or search for the text itself with regex false`,
    );
  }
}
