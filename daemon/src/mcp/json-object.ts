import { z } from 'zod';
import type { Json } from '@guildhall/protocol';

const json: z.ZodType<Json> = z.json();

export const jsonObject = z.record(z.string(), json);
