/** Shapes of tool input: strict objects that know the other spellings models use for the same field. */
import { isJsonObject } from '@guildhall/protocol';
import { z } from 'zod';

/** Other spellings of a field: `{path: ['file_path', 'filePath']}`. */
export type Aliases<Shape> = { readonly [Field in keyof Shape]?: readonly string[] };

/**
 * A strict object whose aliases are folded before it is checked, so that every rule sees one spelling. Two spellings of one field in one call are an error, as is
 * any unknown field. A canonical value is a fixed point.
 */
export function toolInput<Shape extends z.ZodRawShape>(
  shape: Shape,
  aliases: Aliases<Shape> = {},
): z.ZodPreprocess<z.ZodObject<{ -readonly [Field in keyof Shape]: Shape[Field] }, z.core.$strict>> {
  return z.preprocess((value, context) => {
    if (!isJsonObject(value)) return value;
    const folded: Record<string, unknown> = { ...value };
    for (const [field, spellings] of Object.entries<readonly string[] | undefined>(aliases)) {
      for (const spelling of spellings ?? []) {
        if (!Object.hasOwn(folded, spelling)) continue;
        if (Object.hasOwn(folded, field)) context.addIssue({ code: 'custom', message: `"${spelling}" and "${field}" mean the same; give one of them` });
        folded[field] = folded[spelling];
        Reflect.deleteProperty(folded, spelling);
      }
    }
    return folded;
  }, z.strictObject(shape));
}

export const pathAliases = ['file_path', 'filePath', 'filepath', 'file', 'filename', 'fileName', 'fileUrl', 'file_url'] as const;

/** A path as a model may give it; `parsePath` judges it. */
export const pathText = z.string().max(5000).describe('Path relative to the workspace');
