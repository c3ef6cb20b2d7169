/** The lines of parties: one space after the name, then what is separated by TABs; lists of names by spaces. */
import type { PartyNews, PartyView } from '../../../lobby/index.ts';
import { formatLine, joinSentences } from './grammar.ts';

export const partyInfo = ({ partyId, leader, members, invited }: PartyView): string =>
  formatLine('s.party.info', joinSentences([partyId, leader, members.join(' '), invited.join(' ')]));

export const partyAccepted = ({ partyId }: PartyView): string => formatLine('s.party.accepted', partyId);

export function partyLine(news: PartyNews): string {
  switch (news.event) {
    case 'info':
      return partyInfo(news.party);
    case 'invited':
      return formatLine('s.party.invited', joinSentences([news.partyId, news.by]));
    case 'message':
      return formatLine('s.party.message', joinSentences([news.partyId, news.name, news.text]));
    default:
      return formatLine(`s.party.${news.event}`, joinSentences([news.partyId, news.name]));
  }
}
