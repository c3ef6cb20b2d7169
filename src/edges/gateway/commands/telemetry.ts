/** What clients tell of themselves, before a login too. Most of it is not answered, whatever is wrong with it. */
import { no, ok } from '../protocol/lines.ts';
import { canUnpack, decodeBytes, decodeJson, decodeText } from '../telemetry-data.ts';
import { type CommandTable, type Context, forAnybody } from './command.ts';

const MOST_CHARACTERS = 1_024;
const INFOLOG = 'upload_infolog';

/** Takes what was told; how it went, in a word. */
type Take = (context: Context, words: readonly [string, string, string]) => string;

const logEvent: Take = ({ lobby, userId }, [type, encoded, hash]) => {
  const decoded = decodeJson(encoded);
  if ('problem' in decoded) return decoded.problem;
  return lobby.logEvent({ userId, hash }, type, decoded.value) ? 'success' : 'overloaded';
};

const setProperty: Take = ({ lobby, userId }, [name, encoded, hash]) => {
  const value = decodeText(encoded);
  if (value === undefined) return 'bad base64 value';
  return lobby.setProperty({ userId, hash }, name, value) ? 'success' : 'overloaded';
};

/** `isTest`: how it went is told. */
const tell = (take: Take, isTest: boolean) =>
  forAnybody({
    isLocal: true,
    parse: (args) => args.optionalText(),
    run: (context, text) => {
      const result = taken(context, text, take);
      if (isTest) context.reply(ok(result));
    },
  });

function taken(context: Context, text: string, take: Take): string {
  if (text.length > MOST_CHARACTERS) return 'exceeds max_length';
  const [first, second, third] = wordsOf(text);
  return first && second && third ? take(context, [first, second, third]) : 'no match';
}

function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

export const telemetryCommands: CommandTable = {
  'c.telemetry.log_client_event': tell(logEvent, false),
  'c.telemetry.log_client_event_test': tell(logEvent, true),
  'c.telemetry.update_client_property': tell(setProperty, false),
  'c.telemetry.update_client_property_test': tell(setProperty, true),

  'c.telemetry.upload_infolog': forAnybody({
    parse: (args) => args.optionalText(),
    run: async (context, text) => {
      const refuse = (why: string): void => context.reply(no(`${INFOLOG} - ${why}`));
      const [type, hash, encodedMetadata, encodedContents] = wordsOf(text);
      if (!type || !hash || !encodedMetadata || !encodedContents) return refuse('no match');
      const metadata = decodeJson(encodedMetadata);
      if ('problem' in metadata) return refuse(`metadata decode - ${metadata.problem}`);
      const contents = decodeBytes(encodedContents);
      if (!contents) return refuse('infolog contents url_decode64 error');
      if (!(await canUnpack(contents))) return refuse('infolog gzip error');
      const infolog = { type, metadata: metadata.value, contents };
      const id = await context.lobby.keepInfolog({ userId: context.userId, hash }, infolog);
      context.reply(ok(`${INFOLOG} - id:${id}`));
    },
    refused: () => no(`${INFOLOG} - db error`),
  }),
};
