/** Numbers and times as people read them. */
import { daemonNow } from './clock.js';

/** @param {number} microUsd */
export function money(microUsd) {
  const dollars = microUsd / 1_000_000;
  if (dollars !== 0 && Math.abs(dollars) < 0.0001) return 'under $0.0001';
  return `$${dollars.toFixed(Math.abs(dollars) < 0.1 && dollars !== 0 ? 4 : 2)}`;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const dayOnly = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** @param {number} at */
export function timeOfDay(at) {
  return Math.abs(daemonNow() - at) < 20 * 3_600_000 ? clockTime.format(at) : dayAndTime.format(at);
}

/** @param {number} at */
export function age(at) {
  const minutes = Math.floor((daemonNow() - at) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  return dayOnly.format(at);
}

/** @param {number} ms */
export function span(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Time left, as `4:05`. @param {number} ms */
export function countdown(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** One line of at most `limit` characters. @param {string} text @param {number} limit */
export function brief(text, limit) {
  const line = text
    .slice(0, limit * 4)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}
