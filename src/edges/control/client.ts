/** The way to a control port from another process. What goes wrong on the way is one clear sentence. */
import { MusterError } from '../../base/index.ts';

export const DEFAULT_CONTROL_PORT = 8190;
export const DEFAULT_CONTROL_URL = `http://127.0.0.1:${DEFAULT_CONTROL_PORT}`;

const DEADLINE_MS = 60_000;

export interface ControlClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Default 60,000. */
  readonly deadlineMs?: number;
}

export class ControlClient {
  readonly #options: ControlClientOptions;

  constructor(options: ControlClientOptions) {
    this.#options = options;
  }

  /**
   * Rejects with `NoCluster` when nobody listens there, `Timeout`, `NotControl` when it is something else that answers, or what the
   * cluster refused with, by its code.
   */
  async ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const { url, token, deadlineMs = DEADLINE_MS } = this.#options;
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(deadlineMs),
      });
      text = await response.text();
    } catch (error) {
      throw this.#unreached(error, deadlineMs);
    }
    return this.#read(response, text) as T;
  }

  #read(response: Response, text: string): unknown {
    const value = parsed(text);
    if (response.ok && value !== undefined) return value;
    const { code, message } = (value ?? {}) as { code?: unknown; message?: unknown };
    if (!response.ok && typeof code === 'string' && typeof message === 'string') throw new MusterError(code, message);
    throw new MusterError('NotControl', `what answers at ${this.#options.url} is not the control port of a cluster`);
  }

  #unreached(error: unknown, deadlineMs: number): MusterError {
    const { url } = this.#options;
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    if (name === 'TimeoutError') {
      return new MusterError('Timeout', `the cluster at ${url} did not answer within ${deadlineMs / 1_000} s`);
    }
    if (cause?.code === 'ECONNREFUSED') {
      return new MusterError(
        'NoCluster',
        `no cluster answers at ${url}; start one with muster up, or say where one is with --control URL`,
      );
    }
    return new MusterError('NoCluster', `the cluster at ${url} cannot be reached: ${cause?.message || message}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
