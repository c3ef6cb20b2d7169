/**
 * Notes on their way from the threads of nodes to the host. Each is posted at once, so that what a node noted reaches the host
 * even when the node is killed right after it: a posted message no longer needs its sender. Checkers may rely on that.
 */
import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import { InvalidValue, type NodeId } from '../../base/index.ts';
import type { MusterNode } from '../../services/index.ts';
import { addressOfNode, type Note, type Notebook } from '../notes.ts';

/** The setting that names the channel of a node's notes. */
const SETTING = 'notes';

/** A node's end. Each node has a channel of its own, so that no node hears the notes of another. */
export class ChannelNotes implements Notebook {
  #channel: BroadcastChannel | undefined;

  note(node: MusterNode, what: string, details: Record<string, unknown> = {}): void {
    this.#channel ??= openChannel(node.settings[SETTING]);
    this.#channel.postMessage({ at: node.now(), node: addressOfNode(node), what, details } satisfies Note);
  }
}

function openChannel(name: unknown): BroadcastChannel {
  if (typeof name !== 'string') throw new InvalidValue(`settings.${SETTING}`, 'expected the name of a channel');
  return unreferenced(name);
}

/** It keeps no thread from ending. */
function unreferenced(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  (channel as unknown as { unref(): void }).unref();
  return channel;
}

/** The host's end of all channels. */
export class NoteCollector {
  readonly #name: string;
  readonly #channels: readonly BroadcastChannel[];
  #arrived: Note[] = [];

  /** `name` is unique in the process; `ids` are all nodes that there will ever be. */
  constructor(name: string, ids: readonly NodeId[]) {
    this.#name = name;
    this.#channels = ids.map((id) => {
      const channel = unreferenced(this.#nameOf(id));
      channel.onmessage = ({ data }: { data: unknown }) => this.#arrived.push(data as Note);
      return channel;
    });
  }

  /** What a node needs to find its channel. */
  settingsOf(id: NodeId): Record<string, string> {
    return { [SETTING]: this.#nameOf(id) };
  }

  /** Everything noted until now and not taken yet, each node's in its order. */
  take(): Note[] {
    for (const channel of this.#channels) {
      for (;;) {
        const waiting = receiveMessageOnPort(channel as never) as { message: Note } | undefined;
        if (!waiting) break;
        this.#arrived.push(waiting.message);
      }
    }
    const notes = this.#arrived;
    this.#arrived = [];
    return notes;
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }

  #nameOf(id: NodeId): string {
    return `${this.#name}/${id}`;
  }
}
