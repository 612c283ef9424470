/** Work under the same name runs one after the other, in the order it was asked for. */
export function createQueue(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const running = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, running);
    try {
      return await running;
    } finally {
      if (last.get(name) === running) last.delete(name);
    }
  };
}
