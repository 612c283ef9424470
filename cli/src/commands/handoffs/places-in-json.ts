/** Where in a JSON text its values stand. */
export interface Place {
  readonly path: readonly (string | number)[];
  /** Of the key, for a value in an object. Begins at 1. */
  readonly line: number;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],:"]+/gs;

interface Frame {
  readonly isObject: boolean;
  key: string | number;
  /** A string that comes now is a key. */
  keyNext: boolean;
}

/** Every value in the order of the text, which has to be JSON. */
export function* placesIn(text: string): Generator<Place> {
  const frames: Frame[] = [];
  let line = 1;
  let counted = 0;
  const here = () => ({ path: frames.map(({ key }) => key), line });
  for (const match of text.matchAll(token)) {
    line += text.slice(counted, match.index).split('\n').length - 1;
    counted = match.index;
    const [word] = match;
    const inner = frames.at(-1);
    if (word === '}' || word === ']') frames.pop();
    else if (word === ',') step(inner);
    else if (inner?.isObject === true && inner.keyNext) {
      inner.key = String(JSON.parse(word));
      inner.keyNext = false;
      yield here();
    } else {
      if (inner?.isObject !== true) yield here();
      if (word === '{' || word === '[') frames.push({ isObject: word === '{', key: 0, keyNext: word === '{' });
    }
  }
}

function step(frame: Frame | undefined): void {
  if (frame === undefined) return;
  if (frame.isObject) frame.keyNext = true;
  else if (typeof frame.key === 'number') frame.key += 1;
}

/** The line of the value at `path`; where there is none, of the nearest thing around it. */
export function lineOf(places: readonly Place[], path: readonly PropertyKey[]): number {
  let nearest: Place = { path: [], line: 1 };
  for (const place of places) {
    const leads = place.path.length <= path.length && place.path.every((part, at) => part === path[at]);
    if (leads && place.path.length >= nearest.path.length) nearest = place;
  }
  return nearest.line;
}
