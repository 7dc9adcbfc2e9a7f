import { StringDecoder } from 'node:string_decoder';

/** The lines of a byte stream, without their ends; empty lines are skipped. Throws when a line is longer than `bytesMax`. */
export async function* readLines(stream: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const parts = decoder.write(chunk).split('\n');
    for (const [index, part] of parts.entries()) {
      pending.push(part);
      length += part.length;
      if (length > bytesMax) throw new Error(`a line is longer than ${bytesMax} bytes`);
      if (index < parts.length - 1) {
        const line = pending.join('');
        pending = [];
        length = 0;
        if (line !== '') yield line;
      }
    }
  }
}
