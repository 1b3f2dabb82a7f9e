/** The texts of a source file: what users may read, and comments. Pure. */

import ts from 'typescript';

export interface Text {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly kind: 'visible' | 'comment';
}

/** A text without a space is an id, a key or a path. */
const isProse = (text: string) => /\S\s+\S/.test(text);

/** Stands for a value in a template: a word of its own. */
const HOLE = '‹value›';

/** Inline code holds ids and commands, which keep their names. */
const withoutCode = (text: string) => text.replaceAll(/`[^`\n]*`/g, HOLE);

function templateText(node: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  return node.head.text + node.templateSpans.map((span) => HOLE + span.literal.text).join('');
}

/** True for a literal that names a module, a type or a key, or is a command. */
function isName(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isLiteralTypeNode(parent)) return true;
  if (ts.isElementAccessExpression(parent)) return parent.argumentExpression === node;
  if (ts.isPropertyAssignment(parent)) return parent.name === node;
  return ts.isTaggedTemplateExpression(parent) && parent.tag.getText() === 'sh';
}

/** Texts of TypeScript: literals, templates and text of JSX that hold more than one word, and comments. */
export function textsOfTypeScript(file: string, source: string): readonly Text[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const lineAt = (position: number) => tree.getLineAndCharacterOfPosition(position).line + 1;
  const texts: Text[] = [];
  const add = (node: ts.Node, text: string) => {
    if (isProse(text) && !isName(node)) texts.push({ line: lineAt(node.getStart(tree)), text, kind: 'visible' });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) add(node, node.text);
    else if (ts.isTemplateLiteral(node)) add(node, templateText(node));
    else if (ts.isJsxText(node)) add(node, node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const seen = new Set<number>();
  const comments = (node: ts.Node): void => {
    for (const found of ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []) {
      if (seen.has(found.pos)) continue;
      seen.add(found.pos);
      texts.push({ line: lineAt(found.pos), text: withoutCode(source.slice(found.pos, found.end)), kind: 'comment' });
    }
    for (const child of node.getChildren(tree)) comments(child);
  };
  comments(tree);
  return texts;
}

/** A value and the path below it hold names, which stay: `$base/kit/$hash`. */
const withoutPaths = (text: string) => text.replaceAll(/\$\{?\w+\}?(?:\/[^\s":;,]*)?/g, HOLE);

const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;

const quotedIn = (line: string) => [...line.matchAll(QUOTED)].map((m) => m[1] ?? m[2] ?? '').filter(isProse);

/** Texts of a shell script: what echo, printf and its own functions for messages print, and comments. */
export function textsOfShell(source: string): readonly Text[] {
  return source.split('\n').flatMap((line, index): readonly Text[] => {
    const at = { line: index + 1 };
    if (/^\s*#/.test(line)) return [{ ...at, text: line, kind: 'comment' }];
    if (!/\b(?:echo|printf|fail|die|say|warn|refuse|note)\b/.test(line)) return [];
    return quotedIn(line).map((text) => ({ ...at, text: withoutPaths(text), kind: 'visible' }));
  });
}

/** Texts of PHP: literals of more than one word, and comments. */
export function textsOfPhp(source: string): readonly Text[] {
  return source.split('\n').flatMap((line, index): readonly Text[] => {
    const at = { line: index + 1 };
    if (/^\s*(?:\/\/|#|\/?\*)/.test(line)) return [{ ...at, text: line, kind: 'comment' }];
    return quotedIn(line).map((text) => ({ ...at, text, kind: 'visible' }));
  });
}

/** Texts of Markdown: everything but inline code, which holds ids and commands. */
export function textsOfMarkdown(source: string): readonly Text[] {
  return source.split('\n').map((line, index) => ({ line: index + 1, text: withoutCode(line), kind: 'visible' }));
}

/** The texts of a file by its name; none for a kind that has no texts. */
export function textsOf(file: string, source: string): readonly Text[] {
  if (/\.tsx?$/.test(file)) return textsOfTypeScript(file, source);
  if (file.endsWith('.sh')) return textsOfShell(source);
  if (file.endsWith('.php')) return textsOfPhp(source);
  return file.endsWith('.md') ? textsOfMarkdown(source) : [];
}
