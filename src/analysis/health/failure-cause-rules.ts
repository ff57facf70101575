import type { CauseRule } from './failure-cause.ts';

/** Rules in the order of trying. Gaps between words are bounded, so that no message makes a pattern slow. */
export const CAUSE_RULES: readonly CauseRule[] = [
  {
    id: 'canceled-by-person',
    cause: 'CANCELED',
    patterns: [
      /(?:cancel+ed|stopped|terminated|aborted) by (?:the )?(?:user|administrator|operator)/i,
      /(?:vom|durch den) (?:benutzer|administrator) (?:abgebrochen|beendet|gestoppt)/i,
      /annul[ée]e? par l|cancelad[oa] por el usuario/i,
      /job (?:has been|was) (?:cancel+ed|stopped)|(?:auftrag|job) wurde (?:abgebrochen|gestoppt)/i,
    ],
  },
  {
    id: 'license',
    cause: 'LICENSE',
    patterns: [
      /licen[sc]e.{0,60}(?:expired|exceeded|invalid|not (?:found|valid|installed|allow)|insufficient|limit|required)/i,
      /(?:no|not enough|insufficient|out of) .{0,30}licen[sc]es?\b|not licensed|unlicensed|licen[sc]ed instances/i,
      /lizenz.{0,60}(?:abgelaufen|überschritten|ungültig|fehlt|nicht)|keine .{0,30}lizenz/i,
      /licence (?:a )?expir|licencia .{0,30}(?:caducad|expirad)/i,
    ],
  },
  {
    id: 'malware',
    cause: 'MALWARE',
    patterns: [
      /malware|ransomware|virus (?:was |has been )?(?:found|detected)|infected|schadsoftware|infiziert/i,
    ],
  },
  {
    id: 'immutable',
    cause: 'IMMUTABLE',
    patterns: [
      /immutab|object ?lock|\bWORM\b|governance mode|compliance mode/i,
      /unveränderlich|immuable|inmutable/i,
    ],
  },
  {
    id: 'storage-full',
    cause: 'STORAGE_FULL',
    patterns: [
      /(?:not enough|insufficient|no|out of|low) (?:free |available |disk |storage )*(?:disk )?(?:space|capacity)\b/i,
      /no space left|disk (?:is )?full|volume is full|quota (?:has been )?exceeded|exceed\w* .{0,20}quota|storage (?:is )?full/i,
      /repository .{0,80}(?:is full|ran out|run out)|consumption limit|\b0x80070070\b|ENOSPC|ERROR_DISK_FULL/i,
      /(?:nicht genügend|nicht genug|zu wenig|kein|nicht ausreichend) (?:freier |freien |freie )?(?:speicher|platz|festplatten|speicherplatz)/i,
      /(?:datenträger|festplatte|laufwerk|repository|volume) .{0,60}(?:ist )?voll\b|kontingent überschritten/i,
      /espace (?:disque )?(?:libre )?insuffisant|pas assez d.espace|espacio (?:en disco )?insuficiente|no hay (?:suficiente )?espacio/i,
    ],
  },
  {
    id: 'credentials',
    cause: 'CREDENTIALS',
    patterns: [
      /log[oi]n failure|logon failed|log-?in failed|failed to log ?[io]n|bad (?:user ?name or )?password|(?:in(?:valid|correct)|wrong) (?:user ?name|password|credential|log-?in)/i,
      /password .{0,40}(?:expired|incorrect|invalid|wrong|changed)|credentials? .{0,60}(?:expired|invalid|incorrect|not valid|failed|rejected)/i,
      /authenti(?:cation|fication) (?:failed|failure|error|has failed)|account .{0,40}(?:locked|disabled|expired)|cannot complete login|permission denied \(publickey|unauthorized|\b401\b/i,
      /\b0x8007052e\b|access key .{0,40}(?:invalid|not exist|expired)|SignatureDoesNotMatch|InvalidAccessKeyId|(?:token|secret|certificate) .{0,20}(?:has |is )?expired/i,
      /anmelde(?:fehler|ung .{0,40}(?:fehlgeschlagen|verweigert))|anmeldung .{0,60}fehlgeschlagen|(?:kennwort|passwort|benutzername|anmeldedaten|anmeldeinformationen) .{0,60}(?:falsch|ungültig|abgelaufen|unbekannt|nicht (?:korrekt|gültig))/i,
      /falsches (?:kennwort|passwort)|unbekannter benutzername|authentifizierung .{0,40}fehlgeschlagen|konto .{0,40}gesperrt/i,
      /mot de passe .{0,30}(?:incorrect|expir)|échec d.(?:ouverture de session|authentification)|contraseña .{0,30}(?:incorrecta|caducada)|error de (?:autenticación|inicio de sesión)/i,
    ],
  },
  {
    id: 'corruption',
    cause: 'CORRUPTION',
    patterns: [
      /corrupt|\bCRC\b|checksum|(?:decompress|decompression) (?:failed|error)|unable to decompress|data integrity|integrity check|bad (?:block|data|sector)|inconsistent (?:chain|backup|metadata)|metadata .{0,30}(?:damaged|broken)|invalid (?:metadata|block)/i,
      /beschädigt|korrupt|prüfsumme|integritätsprüfung|endommag|corrompu|dañad[oa]/i,
    ],
  },
  {
    id: 'vss',
    cause: 'VSS',
    patterns: [
      /\bVSS|volume shadow|shadow cop(?:y|ies)|\bwriter\b.{0,80}(?:fail|error|state|timed? ?out|not (?:responding|found)|stable)|guest (?:processing|freeze)|hot backup|application-aware|truncat\w* .{0,30}log|0x800423f|0x80042[0-9a-f]{3}/i,
      /schattenkopie|volumeschatten|gastverarbeitung|anwendungsspezifische|clichés? instantanés? de volume|instantánea de volumen/i,
    ],
  },
  {
    id: 'snapshot',
    cause: 'SNAPSHOT',
    patterns: [
      /snapshot|checkpoint|\bCBT\b|changed block tracking|consolidat|quiesc/i,
      /momentaufnahme|prüfpunkt|konsolidier|instantané|instantánea|punto de control/i,
    ],
  },
  {
    id: 'proxy',
    cause: 'PROXY',
    patterns: [
      /\bprox(?:y|ies)\b.{0,100}(?:not|no |un|fail|offline|down|cannot|could|lost|disabled|busy|error)/i,
      /(?:no|not|un\w+|fail\w*|cannot|could|lost|offline|missing) .{0,80}\bprox(?:y|ies)\b/i,
      /proxy.{0,80}(?:nicht|kein|fehl|offline|ausgefallen)|(?:kein|nicht|fehl\w*) .{0,80}proxy|proxy .{0,60}(?:indisponible|injoignable|no disponible)/i,
      /data ?mover .{0,60}(?:not|fail|unavailable)|hot-?add .{0,60}fail/i,
    ],
  },
  {
    id: 'object-not-found',
    cause: 'OBJECT_NOT_FOUND',
    patterns: [
      /(?:object|vm|virtual machine|machine|computer|database|instance|folder|file|tag) .{0,80}(?:no longer exists?|(?:was|were|is|are|could|can|has|have)? ?(?:not|n't) (?:be(?:en)? )?found|does not exist|has been (?:deleted|removed))/i,
      /nothing to (?:back ?up|process)|no (?:objects|machines|VMs) (?:to|found|available)|\b0 objects|(?:objekt|vm|maschine|datei) .{0,60}(?:nicht gefunden|existiert nicht|wurde gelöscht)|introuvable|no se encontró/i,
    ],
  },
  {
    id: 'repository-offline',
    cause: 'REPOSITORY_OFFLINE',
    patterns: [
      /(?:repository|extent|backup (?:storage|target)) .{0,80}(?:offline|unavailable|not (?:available|accessible|reachable|online)|in (?:the )?maintenance|sealed|inaccessible)/i,
      /repository .{0,80}(?:nicht (?:erreichbar|verfügbar|zugänglich)|offline|wartungsmodus)|(?:dépôt|repositorio) .{0,60}(?:indisponible|no disponible)/i,
    ],
  },
  {
    id: 'locked',
    cause: 'LOCKED',
    patterns: [
      /(?:is|are|being|been|already) (?:currently )?(?:locked|in use|used by another)|sharing violation|lock(?:ed)? by|cannot (?:acquire|get|obtain) .{0,20}lock|another (?:job|task|process) is/i,
      /gesperrt|wird (?:bereits |von .{0,60})?verwendet|anderen prozess|verrouillé|bloqueado|en uso/i,
    ],
  },
  {
    id: 'service-down',
    cause: 'SERVICE_DOWN',
    patterns: [
      /service .{0,60}(?:not (?:running|started|available|respond)|is (?:down|stopped|unavailable)|unavailable|failed to start|has (?:been )?(?:stopped|terminated))|(?:agent|component|transport) .{0,60}(?:is not running|not installed|has (?:stopped|terminated|crashed))/i,
      /RPC server is unavailable|\b0x800706ba\b|service unavailable|\b503\b|host .{0,40}(?:is )?(?:offline|unavailable|not responding|disconnected)|server .{0,60}(?:is )?(?:offline|down|unavailable|not responding)/i,
      /dienst .{0,60}(?:nicht|gestoppt|beendet)|RPC-Server .{0,20}nicht verfügbar|(?:server|host) .{0,60}(?:nicht (?:verfügbar|erreichbar)|offline)|service .{0,40}(?:arrêté|indisponible)|servicio .{0,40}(?:detenido|no disponible)/i,
    ],
  },
  {
    id: 'timeout',
    cause: 'TIMEOUT',
    patterns: [
      /time[sd]?[ -]?out|deadline exceeded|did not (?:respond|complete|finish) (?:within|in)|semaphore timeout|\b0x80070079\b|exceeded .{0,20}(?:time|wait)|operation was cancel+ed\b|window .{0,30}(?:exceeded|closed|ended)/i,
      /zeitüberschreitung|zeitlimit|zeitfenster|délai d.attente|tiempo de espera|délai .{0,20}dépassé/i,
    ],
  },
  {
    id: 'network',
    cause: 'NETWORK',
    patterns: [
      /network (?:path|name|error|is unreachable|connection)|(?:connection|socket|pipe) .{0,60}(?:reset|refused|closed|lost|failed|aborted|terminated|broken|forcibly|was|has been)|unable to connect|failed to connect|cannot connect|could ?n.t connect|could not connect|unreachable|no route|host not found|name resolution|cannot resolve|could not be resolved|no such host|\bDNS\b|\bECONN|\bETIMEDOUT|\bEHOSTUNREACH|reconnect|wsae|\b0x80070035\b|\b0x80070040\b|SSL|TLS|handshake/i,
      /netzwerk|verbindung .{0,80}(?:fehlgeschlagen|getrennt|abgebrochen|verweigert|unterbrochen|zurückgesetzt|verloren|nicht|geschlossen)|nicht erreichbar|namensauflösung|host wurde nicht gefunden/i,
      /réseau|connexion .{0,60}(?:échou|refus|perdu|interromp)|conexión .{0,60}(?:rechaz|perdi|fall|interrump)|\bred\b .{0,40}no/i,
    ],
  },
  {
    id: 'permission',
    cause: 'PERMISSION',
    patterns: [
      /access (?:is |was )?denied|permission|not authori[sz]ed|forbidden|\b403\b|\b0x80070005\b|(?:insufficient|lack\w*|missing|required|not have) .{0,40}(?:rights?|privileges?|role)|privilege|AccessDenied|EACCES|read-?only file system/i,
      /zugriff .{0,20}verweigert|berechtigung|keine rechte|accès (?:est )?refusé|acceso denegado|permiso/i,
    ],
  },
  {
    id: 'resources',
    cause: 'RESOURCES',
    patterns: [
      /out of memory|not enough (?:memory|resources|storage is available to process)|insufficient (?:system )?resources|task slots?|no available (?:resources|slots)|too many (?:open|connections|requests)|throttl|\b429\b|OutOfMemory/i,
      /nicht genügend (?:arbeits)?speicher|ressourcen|zu viele (?:verbindungen|anfragen)|mémoire insuffisante|memoria insuficiente/i,
    ],
  },
  {
    id: 'configuration',
    cause: 'CONFIGURATION',
    patterns: [
      /not (?:supported|configured|compatible)|unsupported|incompatible|invalid (?:configuration|parameter|argument|path)|misconfigur|encryption (?:key|password)|upgrade (?:is )?required|version .{0,40}(?:mismatch|not match|outdated)/i,
      /nicht (?:unterstützt|konfiguriert|kompatibel)|ungültige[rs]? (?:konfiguration|parameter|pfad)|non pris en charge|no compatible/i,
    ],
  },
];
