/** A value is not talked into another type: what comes from outside is checked where it enters. */
import { Visitor, parseSync } from 'oxc-parser';
import { isCode, lineAt, type TextFile, type Tree, type Violation } from './tree.ts';

export function checkCasts(tree: Tree): readonly Violation[] {
  return tree.files.filter(isCode).flatMap(checkFile);
}

function checkFile(file: TextFile): readonly Violation[] {
  const found: Violation[] = [];
  new Visitor({
    TSAsExpression(node) {
      const { expression } = node;
      if (expression.type !== 'TSAsExpression' || expression.typeAnnotation.type !== 'TSUnknownKeyword') return;
      found.push({
        rule: 'casts',
        file: file.path,
        line: lineAt(file.text, node.start),
        message: '`as unknown as` hides a wrong type; check the value, or mend the type',
      });
    },
  }).visit(parseSync(file.path, file.text).program);
  return found;
}
