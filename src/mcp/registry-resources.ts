import type { Tool, ToolContext } from './registry.ts';
import type { Complete } from './registry-prompts.ts';

/** What a resource may use: the selects of a tool, and the tools themselves. */
export type ResourceContext = ToolContext & { tools: () => Promise<readonly Tool[]> };

type Described = { name: string; title: string; description: string; mimeType: string };

/** Something that a person attaches to a conversation, or that a client loads by itself. */
export type Resource = Described & {
  uri: string;
  /** Beside the content, for the client. */
  meta?: Record<string, unknown>;
  read: (context: ResourceContext) => Promise<string>;
};

/** Resources of one shape: `{…}` stands for one percent-encoded part of the path. */
export type ResourceTemplate = Described & {
  uriTemplate: string;
  complete: Record<string, Complete>;
  read: (parts: Record<string, string>, context: ResourceContext) => Promise<string>;
};

/** The parts of an address that fits a template, decoded; undefined if it does not fit. */
export function matchTemplate(uriTemplate: string, uri: string): Record<string, string> | undefined {
  const wanted = uriTemplate.split('/');
  const given = uri.split('/');
  if (wanted.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const part = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== part) return undefined;
    if (name === undefined) continue;
    const decoded = decode(part);
    if (!decoded) return undefined;
    parts[name] = decoded;
  }
  return parts;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // not percent-encoding: no address of ours
  }
}
