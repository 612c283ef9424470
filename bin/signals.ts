/** Ctrl-C on a terminal reaches every process there, and npm and our launcher pass it on as well: the program would take one wish to stop for two. */

const signals: ReadonlySet<string | symbol> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP'] satisfies NodeJS.Signals[]);

/** Drops a signal that comes again within `windowMs`. Call it before anybody listens for signals. */
export function dropEchoes(windowMs: number): void {
  const deliver = process.emit.bind(process);
  const recent = new Set<string | symbol>();
  const filtered = (event: string | symbol, ...details: unknown[]): boolean => {
    if (signals.has(event)) {
      if (recent.has(event)) return true;
      recent.add(event);
      keepListening(event, windowMs, () => recent.delete(event));
    }
    return Reflect.apply(deliver, process, [event, ...details]);
  };
  process.emit = filtered;
}

/** An echo that nobody listens for any more would end the process at once. */
function keepListening(event: string | symbol, windowMs: number, done: () => void): void {
  const ignore = (): void => undefined;
  process.on(event, ignore);
  setTimeout(() => {
    process.off(event, ignore);
    done();
  }, windowMs).unref();
}
