import type { WriteStream } from 'node:tty';

export type Progress = { show: (text: string) => void; end: () => void };

/** One line that is written over on a terminal; nothing anywhere else. */
export function createProgress(stream: WriteStream): Progress {
  if (!stream.isTTY) return { show: () => {}, end: () => {} };
  let shownAt = 0;
  let isOpen = false;
  return {
    show: (text) => {
      if (performance.now() - shownAt < 100) return;
      shownAt = performance.now();
      isOpen = true;
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`);
    },
    end: () => {
      if (isOpen) stream.write('\r\u001b[K');
      isOpen = false;
    },
  };
}
