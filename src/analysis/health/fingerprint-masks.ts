const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago|dic)[a-zä]{0,7}';
const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[ap]\\.?m\\b\\.?)?';
const UNIT =
  '%|°C|[kmgtp]i?b(?:/s|ps)?|bytes?|b/s|ms|s|sec(?:ond)?s?|min(?:ute)?s?|h(?:ours?)?|days?|sekunden?|minuten?|stunden?|tagen?|octets?|segundos?|minutos?';
// Words of a folder may have blanks between them, the last word of a path may not: where it ends cannot be told.
const FOLDER = '(?:[^\\\\/:*?"<>|\\s]{1,80}(?: [^\\\\/:*?"<>|\\s]{1,80}){0,3}\\\\(?!\\\\))';

/**
 * What is masked, in this order: a path may hold anything, an address would be taken for a date, a date for a number.
 * No pattern has a repetition inside a repetition without a delimiter between them and every repetition is bounded, so the
 * time is linear in the message.
 */
export const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s'"<>\])]{1,500}/giu, '<url>'],
  [
    new RegExp(`(?<![A-Za-z0-9])[A-Za-z]:[\\\\/]${FOLDER}{0,30}[^\\\\:*?"<>|\\s,;)\\]]{0,200}`, 'gu'),
    '<path>',
  ],
  [
    new RegExp(`\\\\\\\\[^\\\\/:*?"<>|\\s]{1,200}\\\\${FOLDER}{0,30}[^\\\\:*?"<>|\\s,;)\\]]{0,200}`, 'gu'),
    '<path>',
  ],
  [/\\\\[^\\/:*?"<>|\s,;)\]]{1,200}/gu, '<path>'],
  [/(?<![\w/<>.)\]])\/[\w.@+~-]{1,100}(?:\/[\w.@+~-]{0,100}){0,40}/gu, '<path>'],
  [/\{?\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b\}?/giu, '<id>'],
  [/\b(?=[0-9a-f]{0,40}\d)[0-9a-f]{16,128}\b/giu, '<id>'],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|\/\d{1,2})?(?![\w])(?!\.\d)/gu, '<ip>'],
  [
    /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)?(?!\d)/gu,
    '<time>',
  ],
  [
    new RegExp(`(?<![\\w.])\\d{1,4}[./-]\\d{1,2}[./-]\\d{2,4}(?:,? ${CLOCK})?(?![\\w])(?!\\.\\d)`, 'giu'),
    '<time>',
  ],
  [new RegExp(`\\b\\d{1,2}\\.? ${MONTH}\\.?,? \\d{4}(?:,? ${CLOCK})?`, 'giu'), '<time>'],
  [new RegExp(`\\b${MONTH}\\.? \\d{1,2},? \\d{4}(?:,? ${CLOCK})?`, 'giu'), '<time>'],
  [new RegExp(`(?<![\\w:.])${CLOCK}(?![\\w:])`, 'giu'), '<time>'],
  [
    /\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch),? (?=<time>)/giu,
    '',
  ],
  [/(?<![\w:])(?:[0-9a-f]{1,4}::?){2,7}[0-9a-f]{1,4}(?:%\w{1,10})?(?![\w:])/giu, '<ip>'],
  [/(?<![\w<])[\w.-]{1,64}\\[\w.$@-]{1,64}/gu, '<name>'],
  [/(?<![\w<])[\w.+-]{1,64}@[\w.-]{1,200}/gu, '<name>'],
  [
    new RegExp(
      `(?<![\\p{L}\\p{N}_<.-])[+-]?\\d{1,40}(?:[.,]\\d{1,40}){0,6}(?: ?(?:${UNIT}))?(?![\\p{L}\\p{N}_-])(?!\\.\\p{L})`,
      'giu',
    ),
    '<n>',
  ],
];
