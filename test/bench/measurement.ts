export type Measurement = { what: string; value: number; unit: string } & Record<string, string | number>;

export const round = (value: number, digits = 0): number => Math.round(value * 10 ** digits) / 10 ** digits;

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
