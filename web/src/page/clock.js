/** The daemon's time. The browser's own clock may be wrong; what people read here (ages, countdowns) is counted from the `Date` header of the daemon's answers. */

/** Daemon time minus `performance.now()`, once an answer has been seen. @type {number | undefined} */
let offset;

/** @param {Response} response */
export function learnTime(response) {
  const at = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(at)) return;
  // The header has whole seconds: the highest offset seen is the nearest to the truth, unless the daemon's clock was set.
  const seen = at - performance.now();
  if (offset === undefined || seen > offset || offset - seen > 2000) offset = seen;
}

/** Milliseconds since the Unix epoch, by the daemon's clock. */
export function daemonNow() {
  return (offset ?? performance.timeOrigin) + performance.now();
}
