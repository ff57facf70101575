/** A refusal in the form of the resource manager. */
export class ArmFailure extends Error {
  override readonly name = 'ArmFailure';
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A machine that is protected and was deleted since. */
export const VM_NOT_FOUND = {
  code: 'UserErrorVmNotFoundV2',
  message: 'The operation failed because the virtual machine no longer exists.',
};

export const gone = (what: string): ArmFailure =>
  new ArmFailure(404, 'ResourceNotFound', `The resource ${what} was not found`);
export const badRequest = (message: string): ArmFailure =>
  new ArmFailure(400, 'BMSUserErrorInvalidInput', message);
