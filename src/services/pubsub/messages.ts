/** What publishers and subscribers' nodes say to each other, and the words for it. */
import type { KeyPart } from '../../base/index.ts';
import { brief, type Message, partsOf, type Words } from '../../node/index.ts';
import type { NumberedTopic } from './topic.ts';

/** A topic, its parameter, and all that was published on it in a row. */
export const PUBLISH = 0;
/** Where that begins in the message. */
export const FIRST_PUBLISHED = 4;
export const LISTEN = 1;
export const IGNORE = 2;
export const INTEREST = 3;
export const HEARD = 4;
export const GAP = 5;

/** `topics` are the declared ones, by number. */
export function describePubSub(message: Message, topics: readonly NumberedTopic[]): Words[] {
  const service = 'pubsub';
  const [, kind, first, second, third] = message;
  const named = (topic: unknown, parameter: unknown): string =>
    nameOf(topics[topic as number]?.name, parameter as KeyPart);
  switch (kind) {
    case PUBLISH: {
      const about = named(first, second);
      const { count, gather } = topics[first as number]!.fields;
      return partsOf(message, FIRST_PUBLISHED, count).map((fields) => {
        return { service, text: `publish ${about}: ${brief(gather(fields, 0))}`, about };
      });
    }
    case LISTEN:
      return [{ service, text: `listens to ${named(second, third)}`, about: named(second, third) }];
    case IGNORE:
      return [{ service, text: `no more listens to ${named(second, third)}`, about: named(second, third) }];
    case INTEREST: {
      const all = (second as [number, KeyPart][]).map(([topic, parameter]) => named(topic, parameter));
      return [{ service, text: `listens to ${all.join(', ') || 'nothing'}` }];
    }
    case GAP:
      return [{ service, text: `you missed ${third} of ${named(first, second)}`, about: named(first, second) }];
    default:
      return [{ service, text: `heard interest ${first}`, routine: true }];
  }
}

/** `room:{name}` and its parameter as a person writes it: `room:a`. */
function nameOf(name: string | undefined, parameter: KeyPart): string {
  if (name === undefined) return 'an undeclared topic';
  if (!name.includes('{')) return name;
  const isSingle = name.indexOf('{') === name.lastIndexOf('{');
  const parts: unknown[] = isSingle ? [parameter] : (JSON.parse(String(parameter)) as unknown[]);
  return name.replace(/\{[^{}]+\}/g, () => String(parts.shift()));
}
