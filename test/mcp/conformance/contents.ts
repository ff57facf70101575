import type {
  CallToolResult,
  GetPromptResult,
  Prompt,
  Resource,
  Tool,
} from '@modelcontextprotocol/sdk/types.js';

// What the conformance suite looks for by name. The names and texts are the suite's, and mean nothing here.

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

type Content = CallToolResult['content'][number];
const text = (value: string): Content => ({ type: 'text', text: value });
const image: Content = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const resource = (uri: string, mimeType: string, value: string): Content => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
});

/** Tools that answer at once, and what they answer. */
export const ANSWERS: Record<string, CallToolResult> = {
  test_simple_text: { content: [text('This is a simple text response for testing.')] },
  test_image_content: { content: [image] },
  test_audio_content: { content: [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  },
  test_multiple_content_types: {
    content: [
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  },
  test_error_handling: {
    content: [text('This tool intentionally returns an error for testing')],
    isError: true,
  },
};

const strings = (...names: string[]) => ({
  type: 'object' as const,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  required: names,
});

/** What the tools take that the suite calls with arguments. */
const INPUTS: Record<string, Tool['inputSchema']> = {
  test_sampling: strings('prompt'),
  test_elicitation: strings('message'),
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
    },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
    additionalProperties: false,
  },
};

export const toFixtureTool = (name: string): Tool => ({
  name,
  description: 'conformance fixture',
  inputSchema: INPUTS[name] ?? { type: 'object' },
});

const titled = (...titles: string[]) => titles.map((title, index) => ({ const: `value${index + 1}`, title }));

/** What the tools that ask the user back ask for. */
export const QUESTIONS: Record<string, Record<string, object>> = {
  test_elicitation: { username: { type: 'string' }, email: { type: 'string' } },
  test_elicitation_sep1034_defaults: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  test_elicitation_sep1330_enums: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: titled('First Option', 'Second Option', 'Third Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: {
      type: 'array',
      items: { anyOf: titled('First Choice', 'Second Choice', 'Third Choice') },
    },
  },
};

export const RESOURCES: Resource[] = [
  { uri: 'test://static-text', name: 'static-text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched-resource', mimeType: 'text/plain' },
].map((one) => ({ ...one, description: 'conformance fixture' }));

export const TEMPLATE = {
  uriTemplate: 'test://template/{id}/data',
  name: 'template',
  description: 'conformance fixture',
  mimeType: 'application/json',
};

/** @returns undefined if the suite knows no such resource */
export function readFixture(uri: string) {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id) {
    const value = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
    return { contents: [{ uri, mimeType: 'application/json', text: value }] };
  }
  if (uri === 'test://static-binary') return { contents: [{ uri, mimeType: 'image/png', blob: PIXEL }] };
  if (!RESOURCES.some((known) => known.uri === uri)) return undefined;
  return {
    contents: [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  };
}

const argument = (name: string) => ({ name, description: 'conformance fixture', required: true });

export const PROMPTS: Prompt[] = [
  { name: 'test_simple_prompt' },
  { name: 'test_prompt_with_arguments', arguments: [argument('arg1'), argument('arg2')] },
  { name: 'test_prompt_with_embedded_resource', arguments: [argument('resourceUri')] },
  { name: 'test_prompt_with_image' },
].map((one) => ({ ...one, description: 'conformance fixture' }));

/** @returns undefined if the suite knows no such prompt */
export function getFixture(name: string, args: Record<string, string>): GetPromptResult | undefined {
  const says = (...contents: Content[]): GetPromptResult => ({
    messages: contents.map((content) => ({ role: 'user', content })),
  });
  if (name === 'test_simple_prompt') return says(text('This is a simple prompt for testing.'));
  if (name === 'test_prompt_with_arguments')
    return says(text(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`));
  if (name === 'test_prompt_with_image') return says(image, text('Please analyze the image above.'));
  if (name !== 'test_prompt_with_embedded_resource') return undefined;
  const embedded = resource(String(args.resourceUri), 'text/plain', 'Embedded resource content for testing.');
  return says(embedded, text('Please process the embedded resource above.'));
}
