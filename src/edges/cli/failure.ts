/** How the command says that something failed: one sentence, whatever was thrown. Stacks and second lines stay out. */
import { MusterError, toErrorData } from '../../base/index.ts';

/** A command line that asks for something that does not exist. Nothing was started. */
export class UsageError extends MusterError {
  constructor(message: string) {
    super('Usage', message);
  }
}

/** An error's code and its message as one line of printable text. */
export function failureOf(error: unknown): { code: string; message: string } {
  const { code, message } = toErrorData(error);
  return { code, message: oneLine(message) || code };
}

/** The first line that says something, without terminal escapes and control characters. */
export function oneLine(text: string): string {
  const lines = plainText(text).split(/[\r\n]+/);
  return (lines.find((line) => line.trim() !== '') ?? '').trim();
}

/** Text without terminal escapes and control characters other than line breaks; tabs become spaces. */
export function plainText(text: string): string {
  return text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g, '')
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}
