/** YAML as plain data that knows its lines. */
import { type Settled, done, refuse } from '@guildhall/protocol';
import { LineCounter, isCollection, isNode, parseDocument } from 'yaml';

export interface YamlText {
  readonly data: unknown;
  /** `<file>:<line>` of the value at `path`, or of the nearest thing around it. */
  placeOf(path: readonly (string | number)[]): string;
}

export function readYamlText(text: string, file: string): Settled<YamlText> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, prettyErrors: false, logLevel: 'error' });
  const placeAt = (offset: number) => `${file}:${Math.max(1, lines.linePos(offset).line)}`;
  const [broken] = document.errors;
  if (broken !== undefined) return refuse('invalid-config', `${placeAt(broken.pos[0])}: ${broken.message}`);
  const placeOf = (path: readonly (string | number)[]): string => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = isCollection(document.contents) ? document.contents.getIn(path.slice(0, length), true) : undefined;
      if (isNode(node) && node.range !== undefined && node.range !== null) return placeAt(node.range[0]);
    }
    return `${file}:1`;
  };
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  return done({ data, placeOf });
}
