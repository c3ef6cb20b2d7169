/** What Consul is asked, and what it answers. */

export interface StatusRequest {
  readonly userId: number;
  readonly session: string;
  readonly moderator: boolean;
  readonly status: number;
  readonly colour: number;
}

export interface CommandAnswer {
  readonly accepted: boolean;
  readonly silent: boolean;
  readonly notices: readonly string[];
}
