/** The pages of the catalogue, made from an app's declarations alone: the same declarations give the same text. Pure. */
import type * as z from 'zod';
import {
  type AnyServer,
  type CacheDeclaration,
  type Catalogue,
  type Declaration,
  RESERVED,
  type RegistryDeclaration,
  type SequenceDeclaration,
  type TopicDeclaration,
} from '../../../services/index.ts';
import { ACTING_EXAMPLE, ACTING_TABLE } from './acting.ts';
import { shapeText } from './shape.ts';

export interface Page {
  /** Its file, within the directory of the pages. */
  readonly file: string;
  readonly text: string;
}

export function cataloguePages(catalogue: Catalogue): Page[] {
  return [
    { file: 'topics.md', text: topicsPage(catalogue) },
    { file: 'caches.md', text: cachesPage(catalogue) },
    { file: 'servers.md', text: serversPage(catalogue) },
  ];
}

/** Topics that do not say who sends them, or who hears them. */
export function topicsWithoutPeers(catalogue: Catalogue): string[] {
  const topics = catalogue.of('topic') as TopicDeclaration[];
  return topics.filter(({ sentBy, heardBy }) => !sentBy || !heardBy).map(({ name }) => `topic ${name}`);
}

const MADE = '<!-- Made by `muster catalogue` from the declarations. Change those, then run it again. -->';
const NOT_SAID = 'not said';

function topicsPage(catalogue: Catalogue): string {
  const topics = catalogue.of('topic') as TopicDeclaration[];
  return page([
    '# Topics',
    MADE,
    'What is published, to whom it goes, and whose handlers act on it. A name with `{parameters}` is a family: one topic for each value.',
    table(
      ['topic', 'reach', 'acted on by', 'about'],
      topics.map((one) => [anchor(one), reachOf(one), one.actedOnBy, one.about]),
    ),
    ...topics.flatMap((one) => [
      heading(one),
      one.about,
      list({
        reach: `${reachOf(one)}${perKey(one)}`,
        'acted on by': ACTED[one.actedOnBy],
        'sent by': one.sentBy ?? NOT_SAID,
        'heard by': one.heardBy ?? NOT_SAID,
      }),
      shape(one.schema),
    ]),
    ...workedExample(topics),
  ]);
}

const ACTED: Readonly<Record<TopicDeclaration['actedOnBy'], string>> = {
  'every node': 'every node that listens; its own handlers run',
  origin: 'the node that published it, and no other',
  'one node': 'one node of the cluster, at most once',
};

function reachOf({ reach }: TopicDeclaration): string {
  return reach === 'cluster' ? 'the whole cluster' : 'its own node';
}

function perKey({ name }: TopicDeclaration): string {
  return name.includes('{') ? ', of it the nodes that subscribed to this very name' : '';
}

function workedExample(topics: readonly TopicDeclaration[]): string[] {
  const named = (wanted: (one: TopicDeclaration) => boolean): string =>
    topics
      .filter(wanted)
      .map((one) => `\`${one.name}\``)
      .join(', ') || 'none here';
  return [
    '## Each kind, worked',
    'Publishing looks the same for all of them. Who acts is declared with the topic, and the runtime filters: elsewhere the handler is not called.',
    `\`\`\`js\n${ACTING_EXAMPLE}\`\`\``,
    'On three nodes, when n2 publishes:',
    table(
      ['published on n2', 'acted on by', 'of this kind are'],
      ACTING_TABLE.map(([publish, acts], at) => [
        `\`${publish}\``,
        acts,
        [
          named(({ reach }) => reach === 'node'),
          named(({ actedOnBy }) => actedOnBy === 'origin'),
          named(({ actedOnBy }) => actedOnBy === 'one node'),
          named(({ name, actedOnBy }) => name.includes('{') && actedOnBy === 'every node'),
        ][at]!,
      ]),
    ),
  ];
}

function cachesPage(catalogue: Catalogue): string {
  const caches = catalogue.of('cache') as CacheDeclaration[];
  const registries = catalogue.of('registry') as RegistryDeclaration[];
  const sequences = catalogue.of('sequence') as SequenceDeclaration[];
  return page([
    '# Caches',
    MADE,
    'What every node holds in memory. All of it is replicated: a node that joins gets it from a member before it is up.',
    table(
      ['cache', 'writes', 'expires', 'filled'],
      caches.map((one) => [anchor(one), one.writes, expiry(one), one.filled]),
    ),
    ...caches.flatMap((one) => [
      heading(one),
      one.about,
      list({
        key: `\`${shapeText(one.key)}\``,
        writes: WRITES[one.writes],
        expires: expiry(one),
        filled: one.filled,
        held: 'replicated to every node, read locally',
      }),
      shape(one.value),
    ]),
    '# Registries',
    'Unique names, each held by one life of one node, with a value beside it. A node that dies takes its names with it, for all at the same moment.',
    ...registries.flatMap((one) => [
      heading(one),
      one.about,
      list({ key: `\`${shapeText(one.key)}\``, held: 'replicated to every node, looked up locally' }),
      shape(one.value),
    ]),
    '# Sequences',
    'Ids that no two nodes ever issue twice.',
    table(
      ['sequence', 'ids a node reserves at a time', 'about'],
      sequences.map((one) => [`\`${one.name}\``, String(one.block), one.about]),
    ),
  ]);
}

const WRITES: Readonly<Record<CacheDeclaration['writes'], string>> = {
  anywhere: 'anywhere, at once; the newest wins on all nodes',
  owner: 'through the owner of the key, one after the other; none is lost',
};

function expiry({ ttlMs }: CacheDeclaration): string {
  return ttlMs === undefined ? 'never' : `${ttlMs / 1_000} s after it was written`;
}

function serversPage(catalogue: Catalogue): string {
  const servers = catalogue.of('server') as AnyServer[];
  return page([
    '# Servers',
    MADE,
    'One mailbox each, one message at a time. Where instances run, and what survives them.',
    table(
      ['server', 'placement', 'keeps', 'about'],
      servers.map((one) => [anchor(one), one.placement, one.keeps, one.about]),
    ),
    ...servers.flatMap((one) => [
      heading(one),
      one.about,
      list({
        placement: PLACED[one.placement],
        ...(one.key ? { key: `\`${shapeText(one.key)}\`` } : {}),
        ...(one.placement === 'one per key'
          ? { starts: one.startsOnCall ? 'at the first call' : 'when it is started' }
          : {}),
        keeps:
          one.keeps === 'state'
            ? 'its state, also when its node dies'
            : 'nothing; after a crash it starts from its init',
        messages: messagesOf(one),
      }),
      ...(one.state ? [shape(one.state)] : []),
    ]),
  ]);
}

const PLACED: Readonly<Record<AnyServer['placement'], string>> = {
  local: 'where it is started, reachable from that node only',
  'one per node': 'one on every node',
  singleton: 'one in the cluster; it moves when its node dies or leaves',
  'one per key': 'one in the cluster for each key; it moves when its node dies or leaves',
};

function messagesOf({ make }: AnyServer): string {
  const names = Object.getOwnPropertyNames((make as { prototype: object }).prototype);
  const messages = names.filter((name) => !RESERVED.has(name)).sort();
  return messages.map((name) => `\`${name}\``).join(', ') || 'none, only its timers';
}

function heading({ name }: Declaration): string {
  return `## \`${name}\``;
}

/** A link to the section; GitHub leaves letters, digits, `_` and `-` of a heading. */
function anchor({ name }: Declaration): string {
  const id = name
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replace(/ /g, '-');
  return `[\`${name}\`](#${id})`;
}

function shape(schema: z.ZodType): string {
  return `\`\`\`ts\n${shapeText(schema)}\n\`\`\``;
}

function list(rows: Readonly<Record<string, string>>): string {
  return Object.entries(rows)
    .map(([name, text]) => `- ${name}: ${text}`)
    .join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'There are none.';
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
