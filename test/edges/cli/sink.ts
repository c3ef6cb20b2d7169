/** A stream for tests that keeps what is written. */
export interface Sink {
  text: string;
  write(text: string): void;
}

export function sink(): Sink {
  return {
    text: '',
    write(text) {
      this.text += text;
    },
  };
}
