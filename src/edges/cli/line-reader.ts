/** A byte stream as lines, with a bound: what goes past it is cut off there, and the rest of that line is skipped. */
const LONGEST_LINE = 4_096;

/** Ends when the stream does; a last line without a line break counts. Reads no faster than lines are taken. */
export async function* readLines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  for await (const chunk of stream) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    for (const [at, part] of parts.entries()) {
      if (at > 0) {
        yield line;
        line = '';
      }
      line += part.slice(0, LONGEST_LINE - line.length);
    }
  }
  if (line !== '') yield line;
}
