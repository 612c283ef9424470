/**
 * Paths that others wrote as paths below a folder of ours: nothing leads out of it, nothing means a device, nothing hides, and no two are one file on a disk that does not tell
 * `A` from `a`.
 */

export interface PathBook {
  /** Where `wanted` goes below `folder`, with `/` between the parts. Asked again for the same it gives another place. */
  place(folder: string, wanted: string): string;
}

const longestPart = 100;
const mostParts = 20;

export function openPathBook(): PathBook {
  const files = new Set<string>();
  const folders = new Set<string>();
  return {
    place(folder, wanted) {
      const parts = partsOf(wanted);
      const last = parts.pop() ?? 'unnamed';
      let at = folder;
      for (const part of parts) {
        at = firstFree(at, part, (path) => files.has(fold(path)));
        folders.add(fold(at));
      }
      const file = firstFree(at, last, (path) => files.has(fold(path)) || folders.has(fold(path)));
      files.add(fold(file));
      return file;
    },
  };
}

/** `report.md`, `report-2.md`, `report-3.md` … */
function firstFree(folder: string, name: string, taken: (path: string) => boolean): string {
  const before = folder === '' ? '' : `${folder}/`;
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let path = before + name;
  for (let number = 2; taken(path); number += 1) path = `${before}${stem}-${number}${end}`;
  return path;
}

function partsOf(wanted: string): string[] {
  const parts = wanted
    .normalize('NFC')
    .split(/[/\\]+/)
    .filter((part) => part !== '' && part !== '.')
    .map(safePart);
  return parts.length > mostParts ? [...parts.slice(0, mostParts - 1), parts.at(-1) ?? 'unnamed'] : parts;
}

/** One part: no `..`, no drive, no device, no signs a shell or another system reads, no character nobody sees. */
export function safePart(part: string): string {
  const plain = part
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}<>:"|?*/\\]/gu, '_')
    .replace(/^-/, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  const short = [...plain].slice(0, longestPart).join('').replace(/[. ]$/, '_');
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(short) ? `_${short}` : short === '' ? '_' : short;
}

function fold(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase();
}
