/** Addresses of the views; a tool names the one that shows its answers. */
export const VIEW_URIS = {
  capacity: 'ui://dr365/capacity.html',
  health: 'ui://dr365/health.html',
  recovery: 'ui://dr365/recovery.html',
  risk: 'ui://dr365/risk.html',
};
