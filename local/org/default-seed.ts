import type { Seed } from './seed.ts';

/** The org one gets without a seed file: one user, one app that runs as this user, and the standard price book. */
export const defaultSeed: Seed = {
  apps: [
    {
      name: 'bridge',
      clientId: '3MVG9_local_org_bridge_consumer_key',
      clientSecret: 'A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F90',
      runAs: 'integration@example.org',
    },
  ],
  users: [
    { username: 'integration@example.org', password: 'local-org-password', securityToken: 'LocalOrgSecurityToken1' },
  ],
  refreshTokens: [],
  customFields: {},
  objects: [],
  changeEvents: [],
  currencies: [],
  validationRules: [],
  duplicateRules: [],
  flows: [],
  recordTypes: [],
  platformEvents: [],
  channels: [],
  settings: {},
  rows: {
    Pricebook2: [{ Name: 'Standard Price Book', IsActive: true, External_Id__c: 'standard', IsStandard: true }],
  },
};
