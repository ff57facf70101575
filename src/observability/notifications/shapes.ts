import type { NotifyFormat } from '../../config/observability.ts';
import type { Content, Entry } from './content.ts';
import { minute, restOf, titleOf, type Worded, wordsOf } from './words.ts';

/** The body to post for a receiver, which names the message so that one that comes twice can be told. */
export function toBody(format: NotifyFormat, id: string, content: Content): unknown {
  if (format === 'slack') return toSlack(content);
  return format === 'teams' ? toTeams(content) : toJson(id, content);
}

/** Facts in fields; `text` is for a person. Nothing in it is markup, so whoever shows it has to escape it. */
function toJson(id: string, content: Content): unknown {
  return {
    version: 1,
    id,
    type: content.kind,
    as_of: content.asOf,
    text: [titleOf(content), ...content.entries.map(toLine), restOf(content)].filter(Boolean).join('\n'),
    entries: content.entries.map(toSnake),
    more: content.more,
  };
}

const toLine = (entry: Entry) => {
  const { heading, facts } = wordsOf(entry);
  return `${heading} (${facts.map(([label, value]) => `${label}: ${value}`).join('; ')})`;
};

function toSnake(entry: object): unknown {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/**
 * An Adaptive Card as the Workflows of Teams take it. Names and reasons are runs of a RichTextBlock, which knows no Markdown;
 * what makes a link, a mention or a template elsewhere is broken up all the same, as what shows a card in the end is not ours.
 * @see https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
 */
function toTeams(content: Content): unknown {
  return shortened((longest) => teamsCard(content, longest), isTeamsSize);
}

/** Teams takes 28 KB at most, which a Workflow may find out only after it has answered that it took the message. */
const TEAMS_BYTES = 26_000;
const isTeamsSize = (body: unknown) => Buffer.byteLength(JSON.stringify(body)) <= TEAMS_BYTES;

function teamsCard(content: Content, longest: number): unknown {
  const body = [
    run([{ text: teamsText(cut(titleOf(content), longest)), size: 'Medium', weight: 'Bolder' }]),
    ...content.entries.flatMap((entry) => teamsEntry(wordsOf(entry), content.kind === 'summary', longest)),
    ...[restOf(content)].filter(Boolean).map((text) => run([{ text }])),
    run([{ text: `dr365, ${minute(content.asOf)}`, isSubtle: true }]),
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body,
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}

function teamsEntry({ heading, facts }: Worded, isPart: boolean, longest: number): unknown[] {
  const lines = facts.map(([label, value]) =>
    run([{ text: `${label}: `, weight: 'Bolder' }, { text: teamsText(cut(value, longest)) }]),
  );
  return isPart ? [run([{ text: teamsText(cut(heading, longest)), weight: 'Bolder' }]), ...lines] : lines;
}

const run = (inlines: object[]) => ({
  type: 'RichTextBlock',
  inlines: inlines.map((inline) => ({ type: 'TextRun', ...inline })),
});

/** Cannot be seen, and keeps apart what would be markup together. */
const JOINER = '\u2060';

/** Links, mentions and templates lose their meaning and stay readable. */
const teamsText = (text: string) =>
  text.replaceAll(/\](?=\()|<|\{(?=\{)|\$(?=\{)|:(?=\/\/)/g, (character) => `${character}${JOINER}`);

/** The longest text of a section. */
const SLACK_TEXT = 2900;
const SLACK_HEADER = 150;

/**
 * Blocks as Slack's incoming webhooks take them. Texts are escaped as Slack asks, so that <!channel> and links are only
 * characters, and `verbatim` keeps it from finding links and names in them.
 * @see https://api.slack.com/reference/surfaces/formatting#escaping
 */
function toSlack(content: Content): unknown {
  const title = titleOf(content);
  const sections = content.entries.map((entry) => slackEntry(wordsOf(entry), content.kind === 'summary'));
  const texts = [...sections, slackText(restOf(content))].filter(Boolean);
  return {
    text: slackText(title),
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: slackFitted(title, SLACK_HEADER), emoji: false },
      },
      ...texts.map((text) => ({ type: 'section', text: mrkdwn(text) })),
      { type: 'context', elements: [mrkdwn(`dr365, ${minute(content.asOf)}`)] },
    ],
  };
}

function slackEntry({ heading, facts }: Worded, isPart: boolean): string {
  const fitted = (longest: number) =>
    [
      ...(isPart ? [`*${slackText(cut(heading, longest))}*`] : []),
      ...facts.map(([label, value]) => `*${label}:* ${slackText(cut(value, longest))}`),
    ].join('\n');
  return shortened(fitted, (text) => text.length <= SLACK_TEXT);
}

/** Cut before it is escaped, so that no escape is. */
const slackFitted = (text: string, most: number) =>
  shortened(
    (longest) => slackText(cut(text, longest)),
    (escaped) => escaped.length <= most,
  );

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });

const slackText = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*~`]/g, (character) => `${character}${JOINER}`)
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, `_${JOINER}`)
    .replaceAll(/@(?=\w)/g, `@${JOINER}`)
    .replaceAll(/:\/\//g, `:${JOINER}//`)
    .replaceAll(/:(?=[\w+-]+:)/g, `:${JOINER}`);

const cut = (text: string, longest: number) =>
  Array.from(text).length > longest
    ? `${Array.from(text)
        .slice(0, longest - 1)
        .join('')}…`
    : text;

/** So long may one text be; escapes and other scripts make it several times as long, and then it gets less. */
const LONGEST = 1000;
const SHORTEST = 10;

/** Made with texts that are cut ever shorter until it fits: rather each fact in part than some of them not at all. */
function shortened<T>(make: (longest: number) => T, fits: (made: T) => boolean): T {
  let longest = LONGEST;
  let made = make(longest);
  while (!fits(made) && longest > SHORTEST) {
    longest = Math.floor(longest * 0.8);
    made = make(longest);
  }
  return made;
}
