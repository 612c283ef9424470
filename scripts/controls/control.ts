/** A negative control: a line that keeps a promise, how to break it, and the test that must go red when it is broken. */
export interface Control {
  /** The number of the promise in `docs/promises.md`. */
  readonly promise: number;
  /** What is wrong then, in half a sentence. */
  readonly breaks: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** The test file that goes red. */
  readonly test: string;
}
