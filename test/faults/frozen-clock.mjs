// Loaded before a program (node --import): its clock stands still at FAULTS_NOW, so that two runs of it say the same.
const now = Date.parse(process.env.FAULTS_NOW ?? '');
if (Number.isNaN(now)) throw new Error('FAULTS_NOW has to be a time');
const RealDate = Date;
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now] : given));
  }
  static now() {
    return now;
  }
};
