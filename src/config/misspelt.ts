import { VARIABLES } from './config.ts';

/**
 * Variables that are set and not known, but for one letter are one of ours: nothing reads them, so what was meant is not set.
 * @returns each with the one that was meant, in the order of the alphabet
 */
export function misspeltVariables(
  env: Record<string, string | undefined>,
): { name: string; meant: string }[] {
  const known = new Set(Object.keys(VARIABLES).flatMap((name) => [name, `${name}_FILE`]));
  return Object.keys(env)
    .filter((name) => !known.has(name) && env[name]?.trim())
    .toSorted()
    .flatMap((name) => {
      const meant = [...known].find((one) => isOneEditAway(name.toUpperCase(), one));
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** One letter more, less or other, or two changed about; also where only upper and lower case differ. */
function isOneEditAway(given: string, known: string): boolean {
  let begin = 0;
  while (begin < known.length && given[begin] === known[begin]) begin += 1;
  const left = given.slice(begin);
  const right = known.slice(begin);
  return [
    left === right,
    left.slice(1) === right,
    left === right.slice(1),
    left.slice(1) === right.slice(1),
    left.slice(2) === right.slice(2) && left[0] === right[1] && left[1] === right[0],
  ].some(Boolean);
}
