/** Does work on each item, a few at a time, and gives the results in the order of the items. Only as many are held. */
export async function* inTurn<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  for (const item of items) {
    const result = work(item);
    // Whoever waits for an earlier one learns of this one's failure later, or never if the earlier one fails.
    result.catch(() => {});
    underWay.push(result);
    if (underWay.length >= atOnce) yield await (underWay.shift() as Promise<Result>);
  }
  for (const result of underWay) yield await result;
}
