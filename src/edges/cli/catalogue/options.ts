/** The options of `muster catalogue`: command line to checked values. Pure. */
import { type OptionTable, ParsedOptions, usageOf } from '../option-table.ts';

export interface CatalogueOptions {
  /** A module that exports an app; undefined for the lobby. */
  readonly app: string | undefined;
  /** The directory of the pages. */
  readonly out: string;
  /** Write nothing, and tell whether the pages are up to date. */
  readonly check: boolean;
}

const OPTIONS: OptionTable = {
  app: { value: 'FILE', about: 'your own app module, .ts or .js, instead of the lobby' },
  out: { value: 'DIR', about: 'where the pages are (docs)' },
  check: { value: '', about: 'write nothing; exit with 1 when a page is not up to date' },
  help: { value: '', about: 'show this' },
};

export function catalogueUsage(): string[] {
  return [
    ...usageOf('catalogue', OPTIONS),
    '',
    'Writes topics.md, caches.md and servers.md from what an app declares: who sends, who hears, who acts, what fills it.',
  ];
}

/** Throws `UsageError`. Undefined when help is asked for. */
export function parseCatalogueOptions(args: readonly string[]): CatalogueOptions | undefined {
  const options = new ParsedOptions('catalogue', OPTIONS, args);
  if (options.isSet('help')) return undefined;
  return {
    app: options.optionalText('app', 'the file of an app module'),
    out: options.text('out', 'a directory', 'docs'),
    check: options.isSet('check'),
  };
}
