/**
 * Strong writes as a replica holds them: one numbered stream per owner, kept until known to be on all (stable), applied in
 * order, and not before the flush of the epoch they were made under. Pure state; who sends what is elsewhere.
 */
import type { Address, MapKey } from '../../base/index.ts';

/** The request that caused a write, inside the write, so that every member knows it was applied and with what answer. */
export interface RequestMark {
  readonly caller: Address;
  readonly number: number;
  /** The caller will never ask again about requests below this one. */
  readonly doneBelow: number;
  readonly outcome: unknown;
  /** The request that asked for the write, when it is another than the one it answers; its outcome is null. */
  readonly by?: { readonly caller: Address; readonly number: number; readonly doneBelow: number };
}

export interface StrongWrite {
  /** The owner's number of this write, without gaps. */
  readonly sequence: number;
  readonly epoch: number;
  readonly table: number;
  readonly key: MapKey;
  readonly deleted: boolean;
  readonly value: unknown;
  readonly expires: number;
  readonly mark: RequestMark | null;
}

/** As it crosses the wire. */
export type WriteData = readonly unknown[];

export function writeToData(write: StrongWrite): WriteData {
  const { sequence, epoch, table, key, deleted, value, expires, mark } = write;
  if (!mark) return [sequence, epoch, table, key, deleted, value, expires];
  const { caller, number, doneBelow, outcome, by } = mark;
  const marked = [sequence, epoch, table, key, deleted, value, expires, caller, number, doneBelow, outcome];
  return by ? [...marked, by.caller, by.number, by.doneBelow] : marked;
}

export function writeFromData(data: WriteData): StrongWrite {
  return {
    sequence: data[0] as number,
    epoch: data[1] as number,
    table: data[2] as number,
    key: data[3] as MapKey,
    deleted: data[4] as boolean,
    value: data[5],
    expires: data[6] as number,
    mark: data.length > 7 ? markFromData(data) : null,
  };
}

function markFromData(data: WriteData): RequestMark {
  const mark = {
    caller: data[7] as Address,
    number: data[8] as number,
    doneBelow: data[9] as number,
    outcome: data[10],
  };
  if (data.length === 11) return mark;
  return { ...mark, by: { caller: data[11] as Address, number: data[12] as number, doneBelow: data[13] as number } };
}

interface Stream {
  /** The last sequence received without a gap. */
  received: number;
  /** The last sequence applied. */
  applied: number;
  /** Received and not known to be on all, oldest first. */
  unstable: StrongWrite[];
}

export class StrongLog {
  readonly #streams = new Map<Address, Stream>();
  #held: { owner: Address; write: StrongWrite }[] = [];
  readonly #apply: (owner: Address, write: StrongWrite) => void;
  #flushed = 0;

  constructor(apply: (owner: Address, write: StrongWrite) => void) {
    this.#apply = apply;
  }

  /** Begins an owner's stream after `sequence`, unless it has begun. */
  begin(owner: Address, sequence: number): void {
    if (!this.#streams.has(owner)) this.#streams.set(owner, { received: sequence, applied: sequence, unstable: [] });
  }

  has(owner: Address): boolean {
    return this.#streams.has(owner);
  }

  /** Takes the next write of a stream; what is known already or follows a gap is left. */
  receive(owner: Address, write: StrongWrite): void {
    const stream = this.#streams.get(owner);
    if (!stream || write.sequence !== stream.received + 1) return;
    stream.received = write.sequence;
    stream.unstable.push(write);
    if (write.epoch > this.#flushed) this.#held.push({ owner, write });
    else this.#applyNow(owner, stream, write);
  }

  #applyNow(owner: Address, stream: Stream, write: StrongWrite): void {
    stream.applied = write.sequence;
    this.#apply(owner, write);
  }

  applied(owner: Address): number {
    return this.#streams.get(owner)?.applied ?? 0;
  }

  /** All writes of the owner up to `sequence` are on every member. */
  stable(owner: Address, sequence: number): void {
    const stream = this.#streams.get(owner);
    if (!stream) return;
    let keep = 0;
    while (keep < stream.unstable.length && stream.unstable[keep]!.sequence <= sequence) keep += 1;
    if (keep > 0) stream.unstable.splice(0, keep);
  }

  unstable(): [Address, WriteData[]][] {
    return [...this.#streams]
      .filter(([, stream]) => stream.unstable.length > 0)
      .map(([owner, stream]) => [owner, stream.unstable.map(writeToData)]);
  }

  get unstableCount(): number {
    let count = 0;
    for (const stream of this.#streams.values()) count += stream.unstable.length;
    return count;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** The flush of `epoch` is complete: writes made up to it are applied, in the order of their epochs. */
  flushed(epoch: number): void {
    this.#flushed = epoch;
    const due = this.#held.filter(({ write }) => write.epoch <= epoch);
    this.#held = this.#held.filter(({ write }) => write.epoch > epoch);
    due.sort((a, b) => a.write.epoch - b.write.epoch);
    for (const { owner, write } of due) {
      const stream = this.#streams.get(owner);
      if (stream) this.#applyNow(owner, stream, write);
    }
  }

  /** Forgets an owner that is gone, once its writes are on all who go on. */
  forget(owner: Address): void {
    this.#streams.delete(owner);
    this.#held = this.#held.filter((held) => held.owner !== owner);
  }

  owners(): Address[] {
    return [...this.#streams.keys()];
  }
}
