// Words of administration.
export const admin = {
  'admin.none': ['没有可设置的', 'Nothing to set up'],
} as const satisfies Record<string, readonly [string, string]>;
