/** Times, sums and sizes as people read them. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`, else the date; `in 5 min` for what is to come. Both in milliseconds since the Unix epoch. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  const phrase = (text: string) => (at > now ? `in ${text}` : `${text} ago`);
  // What is past has lasted so many whole units; what is to come is nearest to so many, or "+2h" would be shown as "in 1 h" a moment later.
  const whole = at > now ? Math.round : Math.floor;
  if (distance < 10_000) return at > now ? 'in seconds' : 'just now';
  if (distance < minute) return phrase(`${whole(distance / 1000)} s`);
  if (distance < hour) return phrase(`${whole(distance / minute)} min`);
  if (distance < day) return phrase(`${whole(distance / hour)} h`);
  const days = whole(distance / day);
  return days < 14 ? phrase(days === 1 ? '1 day' : `${days} days`) : isoDate(at);
}

/** `90 s`, `5 min`, `24 h`: how long, in the largest unit that says it well. */
export function timeSpan(ms: number): string {
  if (ms < 2 * minute) return `${Math.max(1, Math.floor(ms / 1000))} s`;
  return ms < 2 * hour ? `${Math.floor(ms / minute)} min` : `${Math.floor(ms / hour)} h`;
}

/** `2026-11-21`, in UTC. */
function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `2026-11-21 04:05:06Z`. */
export function isoTime(at: number): string {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** Millionths of a dollar as dollars: cents at least, and as many places more as a small sum needs. */
export function dollars(microUsd: number): string {
  const amount = microUsd / 1_000_000;
  if (microUsd === 0 || Math.abs(amount) >= 1) return `$${amount.toFixed(2)}`;
  return `$${amount.toFixed(Math.abs(amount) < 0.01 ? 6 : 4).replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}

/** Text of several lines as a part of one line. */
export function onOneLine(text: string): string {
  return text.trim().replaceAll(/\s*[\r\n]\s*/g, ' ');
}

/** `1,234,567`. */
export function grouped(amount: number): string {
  return amount.toLocaleString('en-US');
}

export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit] ?? 'TiB'}`;
}
