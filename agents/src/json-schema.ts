/** The configuration's JSON Schema, for editors. */
import { isJsonObject, type JsonObject } from '@guildhall/protocol';
import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { keepsText } from './schema-fields.ts';

/** Draft 2020-12. It knows every key and type; what one value says about another only `config check` knows. */
export function configJsonSchema(): JsonObject {
  const schema: unknown = z.toJSONSchema(configSchema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // Ids may be written as numbers: the parser keeps their digits.
      if (keepsText(zodSchema)) Object.assign(jsonSchema, { type: ['string', 'number', 'boolean'] });
    },
  });
  const titled = { title: 'Guildhall configuration', ...(schema as object) };
  return isJsonObject(titled) ? titled : {};
}
