/** Topics: declared once, typed by zod. `lobbyUpdates(12)` names one topic of a family. */
import type * as z from 'zod';
import { InvalidValue, type KeyPart, type NodeId } from '../../base/index.ts';
import { checkerOf, checkSchema, type Declaration } from '../declaration.ts';
import { type Fields, fieldsOf } from '../fields.ts';

/** Whose handlers run: on every node, only on the node that published, or on one node of the cluster (at most once). */
export type ActedOnBy = 'every node' | 'origin' | 'one node';

export interface TopicOptions {
  /** `cluster` (default): to subscribers anywhere. `node`: never leaves the node it was published on. */
  reach?: 'cluster' | 'node';
  /** Default `every node`. */
  actedOnBy?: ActedOnBy;
  /** Who publishes, and when; for the catalogue. */
  sentBy?: string;
  /** Who subscribes, and where; for the catalogue. */
  heardBy?: string;
  about: string;
}

type Parameters_<Name extends string> = Name extends `${string}{${string}}${infer Rest}`
  ? [KeyPart, ...Parameters_<Rest>]
  : [];

export interface TopicDeclaration<M = unknown, P extends KeyPart[] = KeyPart[]> extends Declaration {
  readonly kind: 'topic';
  readonly schema: z.ZodType<M>;
  readonly reach: 'cluster' | 'node';
  readonly actedOnBy: ActedOnBy;
  readonly sentBy: string | undefined;
  readonly heardBy: string | undefined;
  readonly untyped: boolean;
  /** Gives a message as it is declared. Throws `InvalidValue`. */
  readonly check: (message: unknown) => M;
  /** How its messages travel. */
  readonly fields: Fields;
  (...parameters: P): TopicRef<M>;
}

/** One topic: a declaration and the values of its parameters. */
export interface TopicRef<M> {
  readonly topic: TopicDeclaration<M>;
  /** The parameters in wire form: none is '', one is itself, more are joined as JSON. */
  readonly parameter: KeyPart;
}

/** What a handler is told beside the message. */
export interface MessageInfo {
  /** The node that published. */
  readonly origin: NodeId;
}

/** Messages that a subscriber did not get because the link to its node was out of credit. */
export interface Gap {
  /** The node that published them. */
  readonly origin: NodeId;
  /** How many, just before the next message from that node. */
  readonly missed: number;
}

export interface SubscribeOptions {
  /** Told of messages dropped on the way, before anything later from the same node. */
  readonly onGap?: (gap: Gap) => void;
}

export type Handler<M> = (message: M, info: MessageInfo) => void;

/**
 * Declares a topic or, with `{parameters}` in its name, a family of topics. Throws `InvalidValue` for a schema whose
 * values cannot cross the wire.
 */
export function topic<const Name extends string, M>(
  name: Name,
  schema: z.ZodType<M>,
  options: TopicOptions,
): TopicDeclaration<M, Parameters_<Name>> {
  const what = `topic ${name}`;
  const { untyped } = checkSchema(what, schema);
  const fields = fieldsOf(schema);
  const count = name.match(/\{[^{}]+\}/g)?.length ?? 0;
  const reach = options.reach ?? 'cluster';
  const actedOnBy = options.actedOnBy ?? 'every node';
  const make = (...parameters: KeyPart[]): TopicRef<M> => {
    if (
      parameters.length !== count ||
      parameters.some((part) => typeof part !== 'string' && typeof part !== 'number')
    ) {
      throw new InvalidValue(
        what,
        `expected ${count} parameters (strings or numbers), got ${JSON.stringify(parameters)}`,
      );
    }
    const parameter = count === 0 ? '' : count === 1 ? parameters[0]! : JSON.stringify(parameters);
    return { topic: declaration as unknown as TopicDeclaration<M>, parameter };
  };
  const declaration = Object.defineProperties(make, {
    kind: { value: 'topic' },
    name: { value: name },
    about: { value: options.about },
    schema: { value: schema },
    schemas: { value: [schema] },
    reach: { value: reach },
    actedOnBy: { value: actedOnBy },
    sentBy: { value: options.sentBy },
    heardBy: { value: options.heardBy },
    untyped: { value: untyped },
    check: { value: checkerOf(`message on ${name}`, schema) },
    fields: { value: fields },
    fingerprint: { value: `${reach} ${actedOnBy} ${fields.count}` },
  }) as unknown as TopicDeclaration<M, Parameters_<Name>>;
  return declaration;
}

/** A declared topic as its node uses it: plain, because a declaration is a function, and what functions hold is slow to read. */
export interface NumberedTopic {
  readonly number: number;
  readonly name: string;
  readonly check: (message: unknown) => unknown;
  readonly untyped: boolean;
  readonly fields: Fields;
  /** Whether other nodes may hear it, or be heard. */
  readonly isShared: boolean;
  /** Whether one node of the cluster handles each message. */
  readonly forOneNode: boolean;
}

export function numbered(declaration: TopicDeclaration, number: number): NumberedTopic {
  const { name, check, untyped, fields, reach, actedOnBy } = declaration;
  const isShared = reach === 'cluster' && actedOnBy !== 'origin';
  return { number, name, check, untyped, fields, isShared, forOneNode: isShared && actedOnBy === 'one node' };
}
