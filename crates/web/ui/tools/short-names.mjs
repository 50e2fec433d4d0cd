// Gives short names to what nobody outside the SDK can name: minifiers keep the names of members,
// TypeScript knows which of them are hidden. Renamed are the private members of the classes that the
// package exports, all members of its other classes, and those of interfaces that are marked
// @internal. Whatever goes over a wire or into a storage is none of these. The renamed sources are
// type-checked, so that a name that was missed ends the build and not a visitor's page.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const short = (at) => (at < letters.length ? letters[at] : `$${short(at - letters.length)}`);

let made;

/** A plugin for builds that hands out the modules under `folder` with short names, made once for all pages. */
export const shortNames = (folder, entries) => ({
  name: 'short-names',
  enforce: 'pre',
  apply: 'build',
  buildStart: () => void (made ??= renamed(folder, entries)),
  load: (id) => made.get(id) ?? null,
});

/** The text of every module under `folder` by its path; `entries` name those that others import. */
export function renamed(folder, entries) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('test/'))
    .map((name) => join(folder, name));
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  const service = serviceFor(texts);
  const edits = new Map(files.map((file) => [file, new Map()]));
  const names = new Map();
  for (const { group, name, places } of hidden(service, files, entries.map((entry) => join(folder, entry)))) {
    const taken = names.get(group) ?? names.set(group, new Map()).get(group);
    const next = taken.get(name) ?? taken.set(name, short(taken.size)).get(name);
    for (const { fileName, textSpan, prefixText = '', suffixText = '' } of places) {
      edits.get(fileName).set(textSpan.start, { ...textSpan, text: prefixText + next + suffixText });
    }
  }
  for (const [file, places] of edits) {
    let text = texts.get(file);
    for (const { start, length, text: next } of [...places.values()].sort((a, b) => b.start - a.start)) text = text.slice(0, start) + next + text.slice(start + length);
    texts.set(file, text);
  }
  const checked = serviceFor(texts);
  const faults = files.flatMap((file) => checked.getSemanticDiagnostics(file).map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`));
  if (faults.length) throw new Error(`short names do not fit:\n${faults.join('\n')}`);
  return texts;
}

/** Members that may be renamed with all places where they stand, the most used first. */
function hidden(service, files, entries) {
  const program = service.getProgram();
  const checker = program.getTypeChecker();
  const open = new Set(
    entries.flatMap((entry) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))).map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol),
  );
  const found = [];
  for (const source of files.map((file) => program.getSourceFile(file))) {
    for (const node of source.statements) {
      if (!ts.isClassDeclaration(node) && !(ts.isInterfaceDeclaration(node) && ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal'))) continue;
      const exported = open.has(checker.getSymbolAtLocation(node.name));
      for (const member of membersOf(node)) {
        if (!member.name || !ts.isIdentifier(member.name)) continue;
        if (exported && !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private)) continue;
        const places = service.findRenameLocations(source.fileName, member.name.getStart(source), false, false, { providePrefixAndSuffixTextForRename: true });
        if (!places) throw new Error(`${node.name.text}.${member.name.text} cannot be renamed`);
        found.push({ group: node.name.text, name: member.name.text, places });
      }
    }
  }
  return found.sort((a, b) => b.places.length - a.places.length);
}

/** Members, with those that a constructor declares among its parameters. */
const membersOf = (node) => node.members.flatMap((member) => (ts.isConstructorDeclaration(member) ? member.parameters.filter((one) => ts.isParameterPropertyDeclaration(one, member)) : [member]));

function serviceFor(texts) {
  return ts.createLanguageService({
    getScriptFileNames: () => [...texts.keys()],
    getScriptVersion: () => '0',
    getScriptSnapshot(file) {
      const text = texts.get(file) ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => import.meta.dirname,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => texts.has(file) || ts.sys.fileExists(file),
    readFile: (file) => texts.get(file) ?? ts.sys.readFile(file),
  });
}
