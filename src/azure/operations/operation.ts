import type { HttpAnswer } from '../../http/exchange.ts';
import { linkOf, toLinkTarget } from '../next-link.ts';
import type { Endpoint } from '../settings.ts';

/** Something that Azure goes on with after its answer, and where its state can be read. */
export type AzureOperation = {
  /** `status`: a document that says what became of it; `result`: 202 until it is done. */
  kind: 'status' | 'result';
  /** Path and query, as Azure gave them. */
  target: string;
  /** The last name of the path: what Azure calls the operation. */
  id: string;
  /** How long Azure wants to be left alone; undefined: it did not say. */
  retryAfterSeconds: number | undefined;
};

/**
 * The operation that an answer tells of: `Azure-AsyncOperation` where there is one, else the `Location` of a 202.
 * undefined: there is nothing to follow.
 * @throws SourceError `bad-answer` if the address leads to another host
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
export function toOperation(
  answer: HttpAnswer,
  endpoint: Endpoint,
  template: string,
): AzureOperation | undefined {
  const status = linkOf(answer.header('azure-asyncoperation'));
  const result = answer.status === 202 ? linkOf(answer.header('location')) : undefined;
  const link = status ?? result;
  if (link === undefined) return undefined;
  const target = toLinkTarget(link, endpoint, template);
  return {
    kind: status === undefined ? 'result' : 'status',
    target,
    id: idOf(target),
    retryAfterSeconds: retryAfterOf(answer),
  };
}

/** Seconds, in whichever form the header has. undefined: it is missing or cannot be read. */
export function retryAfterOf({ header, answeredAt }: HttpAnswer): number | undefined {
  const text = header('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - answeredAt) / 1000));
}

function idOf(target: string): string {
  const [path = ''] = target.split('?', 1);
  return decodeURIComponent(path.split('/').at(-1) ?? '');
}
