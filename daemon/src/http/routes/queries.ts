/** Query fields as they arrive: text. */
import { z } from 'zod';

const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(1).max(most));

/** How many items a page may hold. */
export const limit = (usual: number, most: number) => count(most).default(usual);

/** A number of an entry or of milliseconds. */
export const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);

export const id = z.string().min(1).max(200);

/** How long to wait for something to end; 0 does not wait. */
export const waitUpTo = (mostMs: number) => wholeNumber.pipe(z.number().max(mostMs)).default(0);

/** A role, in any spelling. Which one it means is for the catalogue to say. */
export const roleName = z.string().min(1).max(120);

/** A session key, decoded. Its grammar is judged where sessions are looked up. */
export const sessionKey = z.string().min(1).max(2000);

export const cursor = z.string().max(500);
