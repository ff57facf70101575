import { VIEW_URIS } from './apps/uris.ts';
import { completeName, completeSource, completeWord } from './prompts/suggest-names.ts';
import type { Resource, ResourceTemplate } from './registry-resources.ts';

const MARKDOWN = 'text/markdown';
/** The media type of MCP Apps. */
const VIEW = 'text/html;profile=mcp-app';

type ViewName = keyof typeof VIEW_URIS;

/** A view needs nothing from any network, and says so. */
function view(name: ViewName, title: string): Resource {
  return {
    uri: VIEW_URIS[name],
    name: `${name}_view`,
    title,
    description: 'How clients that can show views draw the answer',
    mimeType: VIEW,
    meta: { ui: { prefersBorder: true, csp: {} } },
    read: async () => (await import('./apps/generated-views.ts'))[`${name}Page`],
  };
}

const LISTED: Resource[] = [
  {
    uri: 'dr365://data-model',
    name: 'data_model',
    title: 'Data model',
    description: 'The tables of both databases: what a row is, who writes it, how long it is kept',
    mimeType: MARKDOWN,
    read: async (context) => (await import('./resources/data-model.ts')).describeTables(context),
  },
  {
    uri: 'dr365://glossary',
    name: 'glossary',
    title: 'Glossary',
    description: 'What the words in the answers mean',
    mimeType: MARKDOWN,
    read: async () => (await import('./resources/glossary.ts')).GLOSSARY,
  },
  {
    uri: 'dr365://report/latest',
    name: 'latest_report',
    title: 'Latest report',
    description: 'Health, risks, capacity and recovery as they stand, worst first',
    mimeType: MARKDOWN,
    read: async (context) => (await import('./resources/latest-report.ts')).writeReport(context),
  },
  {
    uri: 'dr365://scoring-methods',
    name: 'scoring_methods',
    title: 'Scoring methods',
    description: 'How scores, ranges, grades and forecasts come about',
    mimeType: MARKDOWN,
    read: async () => (await import('./resources/scoring-methods.ts')).SCORING_METHODS,
  },
  view('capacity', 'Capacity'),
  view('health', 'Health'),
  view('recovery', 'Recovery'),
  view('risk', 'Risks'),
];

/** What can be attached to a conversation, by address. Nothing is known here only: the tools answer the same. */
export const RESOURCES: readonly Resource[] = LISTED.toSorted((a, b) => (a.uri < b.uri ? -1 : 1));

/** The same for what has a name, such as a job. */
export const RESOURCE_TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: 'dr365://answer/{tool}/{arguments}',
    name: 'answer',
    title: 'Answer of a tool',
    description: 'The structured answer as JSON, for views whose client hands on text only',
    mimeType: 'application/json',
    complete: {
      tool: completeWord([
        'analyze_risks',
        'get_capacity_forecast',
        'get_health_status',
        'get_recovery_performance',
      ]),
    },
    read: async (parts, context) => (await import('./resources/answer-of.ts')).answerOf(parts, context),
  },
  {
    uriTemplate: 'dr365://job/{source}/{job}',
    name: 'job',
    title: 'A job',
    description: 'One job: its runs, why it fails, and the machines that depend on it',
    mimeType: MARKDOWN,
    complete: { source: completeSource, job: completeName('job') },
    read: async (parts, context) =>
      (await import('./resources/job-report.ts')).writeJobReport(parts, context),
  },
];
