/** Words of letters and digits that name a technology, not a machine. */
const TECHNICAL =
  /^(?:x(?:86|64)|s3|ipv[46]|sha\d{1,3}|md5|win32|nfs(?:v?\d)?|smb(?:v?\d)?|tls\d?|ssl\d?|http\d?|ntlmv?\d|net\d|vddk\d?|sql\d{0,2}|m365|refs|rfc\d{1,5})$/i;
const CONSTANT =
  /^(?:[A-Z]{1,12}_[A-Z0-9]{1,40}_[A-Z0-9_]{1,60}|(?:E|ERROR|VSS|STATUS|WSAE|RPC|VIX|WBEM|HRESULT|VSS_E|SEC)_[A-Z0-9_]{1,60})$/;

/**
 * What stands for a word in a template: `<name>` for host names, file names and words that mix letters and digits, the
 * word itself otherwise. Error codes, constants of error headers and .NET type names are the reason of a failure and stay.
 */
export function maskWord(word: string): string {
  const tail = /[.$-]+$/.exec(word)?.[0] ?? '';
  const body = tail === '' ? word : word.slice(0, -tail.length);
  if (/^0x[0-9a-f]{1,8}$/i.test(body)) return body.toLowerCase() + tail;
  if (CONSTANT.test(body) || TECHNICAL.test(body)) return word;
  return (isName(body) ? '<name>' : body) + tail;
}

function isName(word: string): boolean {
  if (word.includes('.')) return isDottedName(word);
  if (/\p{N}/u.test(word)) return true;
  // SQL-PROD or FILE_SRV: capitals joined by a hyphen; words of prose are not written so.
  return /^\p{Lu}{2,}(?:[-_]\p{Lu}+)+$/u.test(word);
}

/** srv01.corp.local and backup.vbk are names, System.IO.IOException and "failed.Error" are not. */
function isDottedName(word: string): boolean {
  const labels = word.split('.');
  if (labels.some((label) => label === '')) return /\p{N}/u.test(word);
  const last = labels.at(-1) as string;
  if (/\p{N}/u.test(last)) return true;
  return (
    last.length >= 2 && last.length <= 24 && (last === last.toLowerCase() || word === word.toUpperCase())
  );
}
