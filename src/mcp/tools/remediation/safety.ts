/** Said in every answer: there is no way from here to a backup server. */
export const SAFETY =
  'Advice only: nothing was executed and nothing here can be. Steps and commands are text for a person to check, approve and carry out.';
