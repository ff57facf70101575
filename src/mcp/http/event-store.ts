import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

type Event = { id: string; streamId: string; message: JSONRPCMessage; bytes: number };

/** What one session keeps for a client that lost its connection and comes back. */
const MOST_EVENTS = 200;
const MOST_BYTES = 2_000_000;

/** The last events of one session; the oldest are forgotten first. */
export function createEventStore(): EventStore {
  const events: Event[] = [];
  let count = 0;
  let bytes = 0;
  const forget = () => {
    while (events.length > MOST_EVENTS || (bytes > MOST_BYTES && events.length > 1))
      bytes -= events.shift()?.bytes ?? 0;
  };
  return {
    storeEvent: async (streamId, message) => {
      count += 1;
      const event = { id: `${count}-${streamId}`, streamId, message, bytes: JSON.stringify(message).length };
      events.push(event);
      bytes += event.bytes;
      forget();
      return event.id;
    },
    getStreamIdForEventId: async (id) => events.find((event) => event.id === id)?.streamId,
    replayEventsAfter: async (lastId, { send }) => {
      const index = events.findIndex(({ id }) => id === lastId);
      const streamId = events[index]?.streamId;
      if (streamId === undefined) throw new Error('the event is not known any more');
      const missed = events.slice(index + 1).filter((event) => event.streamId === streamId);
      for (const { id, message } of missed) if (isMessage(message)) await send(id, message);
      return streamId;
    },
  };
}

/** The transport stores an empty object where a stream begins. */
const isMessage = (message: object) => Object.keys(message).length > 0;
