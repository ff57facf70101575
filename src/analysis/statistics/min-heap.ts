export interface MinHeap {
  size: () => number;
  /** Smallest key; NaN when empty. */
  least: () => number;
  push: (key: number, item: number) => void;
  /** Item of the smallest key, which leaves; -1 when empty. */
  pop: () => number;
}

/**
 * Items by their keys, smallest first, in O(log n) for each that comes or goes.
 * @see https://en.wikipedia.org/wiki/Binary_heap
 */
export function minHeap(): MinHeap {
  const entries: { key: number; item: number }[] = [];
  return {
    size: () => entries.length,
    least: () => entries[0]?.key ?? Number.NaN,
    push: (key, item) => {
      entries.push({ key, item });
      rise(entries, entries.length - 1);
    },
    pop: () => {
      const top = entries[0];
      const last = entries.pop();
      if (top === undefined || last === undefined) return -1;
      if (entries.length > 0) {
        entries[0] = last;
        sink(entries);
      }
      return top.item;
    },
  };
}

type Entries = { key: number; item: number }[];

function rise(entries: Entries, from: number): void {
  for (let index = from; index > 0; ) {
    const parent = (index - 1) >> 1;
    if (keyAt(entries, parent) <= keyAt(entries, index)) return;
    swap(entries, index, parent);
    index = parent;
  }
}

function sink(entries: Entries): void {
  for (let index = 0; ; ) {
    const left = 2 * index + 1;
    const child = keyAt(entries, left + 1) < keyAt(entries, left) ? left + 1 : left;
    if (keyAt(entries, child) >= keyAt(entries, index)) return;
    swap(entries, index, child);
    index = child;
  }
}

function keyAt(entries: Entries, index: number): number {
  return entries[index]?.key ?? Number.POSITIVE_INFINITY;
}

function swap(entries: Entries, a: number, b: number): void {
  [entries[a], entries[b]] = [entries[b] as Entries[number], entries[a] as Entries[number]];
}
