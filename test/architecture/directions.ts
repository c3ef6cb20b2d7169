/** Import rules: direction, doors, packages, and no cycles (types included). */
import { isBuiltin } from 'node:module';
import { type Floor, floorOf, PURE_PACKAGES } from './floors.ts';
import { allImports, type Import, importsOf } from './imports.ts';
import type { SourceTree, Violation } from './source-tree.ts';

export function checkDirections(tree: SourceTree): Violation[] {
  const strangers = [...tree.keys()]
    .filter((path) => floorOf(path) === undefined)
    .map((file) => ({ file, line: 1, rule: 'stands on no floor of the house; see test/architecture/floors.ts' }));
  return [...strangers, ...allImports(tree).flatMap((found) => judge(tree, found))];
}

function judge(tree: SourceTree, found: Import): Violation[] {
  const floor = floorOf(found.from);
  if (!floor) return [];
  const rule = found.target === undefined ? judgePackage(floor, found) : judgeFile(tree, floor, found.target);
  return rule === undefined ? [] : [{ file: found.from, line: found.line, rule }];
}

function judgePackage(floor: Floor, { specifier }: Import): string | undefined {
  if (!floor.worldless) return undefined;
  if (specifier === undefined) return `${floor.name} must not import what is computed at run time`;
  if (isBuiltin(specifier)) return `${floor.name} must not import ${specifier}: it comes in through the World`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (PURE_PACKAGES.has(name)) return undefined;
  return `${floor.name} must not import the package ${name}: only ${[...PURE_PACKAGES].join(', ')} are known to be pure`;
}

function judgeFile(tree: SourceTree, floor: Floor, target: string): string | undefined {
  if (!tree.has(target)) return `imports ${target}, which is not among the sources`;
  const other = floorOf(target);
  if (!other || other === floor) return undefined;
  if (!floor.imports.includes('*') && !floor.imports.includes(other.name)) {
    return `${floor.name} must not import ${other.name} (${target})`;
  }
  if (floor.ignoresDoors || other.doors.includes(target)) return undefined;
  return `${target} is inside ${other.name}: import ${other.doors.join(' or ')}`;
}

/** One violation per circle, named at the import that closes it. */
export function checkCycles(tree: SourceTree): Violation[] {
  const inside = [...tree].map(([path, source]) => [path, importsWithin(tree, path, source)] as const);
  const edges = new Map(inside);
  const done = new Set<string>();
  const path: string[] = [];
  const found: Violation[] = [];
  const visit = (file: string): void => {
    path.push(file);
    for (const edge of edges.get(file) ?? []) {
      const start = path.indexOf(edge.target);
      if (start !== -1) {
        const circle = [...path.slice(start), edge.target];
        found.push({ file, line: edge.line, rule: `closes an import cycle: ${circle.join(' -> ')}` });
      } else if (!done.has(edge.target)) visit(edge.target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of tree.keys()) if (!done.has(file)) visit(file);
  return found;
}

function importsWithin(tree: SourceTree, path: string, source: string): { target: string; line: number }[] {
  return importsOf(path, source).flatMap(({ target, line }) =>
    target !== undefined && tree.has(target) ? [{ target, line }] : [],
  );
}
