/** An error answer of the API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const notFound = (what: string): ApiError => new ApiError(404, 'NotFound', `${what} was not found`);
export const badValue = (name: string, kind: string): ApiError =>
  new ApiError(400, 'UnexpectedContent', `The value of ${name} is not valid: ${kind} expected`);
