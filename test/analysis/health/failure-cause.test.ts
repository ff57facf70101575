import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyFailure } from '../../../src/analysis/health/failure-cause.ts';

const MESSAGES: readonly (readonly [string, string])[] = [
  ['There is not enough space on the disk', 'STORAGE_FULL'],
  ['Failed to write data: No space left on device', 'STORAGE_FULL'],
  ['Es steht nicht genügend Speicherplatz auf dem Datenträger zur Verfügung.', 'STORAGE_FULL'],
  ['Espace disque insuffisant', 'STORAGE_FULL'],
  ['Logon failure: unknown user name or bad password. (0x8007052E)', 'CREDENTIALS'],
  ['Anmeldung fehlgeschlagen: unbekannter Benutzername oder falsches Kennwort', 'CREDENTIALS'],
  ['Cannot complete login due to an incorrect user name or password.', 'CREDENTIALS'],
  ['The password for account CORP\\svc has expired', 'CREDENTIALS'],
  ['Error de autenticación en el servidor', 'CREDENTIALS'],
  ['Failed to prepare guest for hot backup. VSSControl: timed out waiting for writer', 'VSS'],
  ['Die Schattenkopie konnte nicht erstellt werden', 'VSS'],
  ['Failed to create VM snapshot: operation timed out', 'SNAPSHOT'],
  ['Failed to connect to proxy PX-3', 'PROXY'],
  ['No backup proxy is able to process this VM', 'PROXY'],
  ['Der Proxy px-3 ist nicht erreichbar', 'PROXY'],
  ['The network path was not found', 'NETWORK'],
  ['Der Netzwerkpfad wurde nicht gefunden', 'NETWORK'],
  ['An existing connection was forcibly closed by the remote host', 'NETWORK'],
  ['Access is denied', 'PERMISSION'],
  ['Zugriff verweigert', 'PERMISSION'],
  ['License has expired', 'LICENSE'],
  ['Die Lizenz ist abgelaufen', 'LICENSE'],
  ['Unable to delete: the object is immutable until 2026-04-01', 'IMMUTABLE'],
  ['The process cannot access the file because it is being used by another process', 'LOCKED'],
  ['Backup metadata is corrupted', 'CORRUPTION'],
  ['Die Sicherungsdatei ist beschädigt', 'CORRUPTION'],
  ['The operation has timed out', 'TIMEOUT'],
  ['Zeitüberschreitung beim Warten auf Antwort', 'TIMEOUT'],
  ['The RPC server is unavailable', 'SERVICE_DOWN'],
  ['Der Dienst wurde nicht gestartet', 'SERVICE_DOWN'],
  ['Operation was canceled by user CORP\\bob', 'CANCELED'],
  ['Vom Benutzer abgebrochen', 'CANCELED'],
  ['Virtual machine web01 was not found', 'OBJECT_NOT_FOUND'],
  ['Backup repository Repo 3 is not available', 'REPOSITORY_OFFLINE'],
];

for (const [message, cause] of MESSAGES) {
  test(`"${message}" is ${cause}`, () => {
    const result = classifyFailure(message);
    assert.equal(result.cause, cause);
    assert.ok(result.ruleId);
  });
}

test('what no rule knows is UNKNOWN, never a guess', () => {
  for (const message of [null, undefined, '', 'Etwas ist schiefgelaufen', 'Unexpected condition 17']) {
    assert.deepEqual(classifyFailure(message), { cause: 'UNKNOWN', ruleId: null });
  }
});
