import type { OrgServices } from '../../services.ts';
import type { OrgUser } from '../oauth/directory.ts';

/** `getUserInfo` and the `userInfo` of a login (SOAP guide, `sforce_api_calls_getuserinfo_getuserinforesult.htm`). */
export function soapUserInfo(user: OrgUser, sessionSeconds: number, services: OrgServices) {
  const row = services.database.lookup.get('User', user.id);
  const organization = services.database.lookup.get('Organization', services.orgId);
  return {
    accessibilityMode: false,
    chatterExternal: false,
    currencySymbol: '$',
    orgAttachmentFileSizeLimit: 5_242_880,
    orgDefaultCurrencyIsoCode: 'USD',
    orgDefaultCurrencyLocale: 'en_US',
    orgDisallowHtmlAttachments: false,
    orgHasPersonAccounts: false,
    organizationId: services.orgId,
    organizationMultiCurrency: false,
    organizationName: organization?.['Name'] ?? null,
    profileId: row?.['ProfileId'] ?? '00eHn000000BbbbIAC',
    roleId: null,
    sessionSecondsValid: sessionSeconds,
    userDefaultCurrencyIsoCode: null,
    userEmail: row?.['Email'] ?? null,
    userFullName: row?.['Name'] ?? null,
    userId: user.id,
    userLanguage: row?.['LanguageLocaleKey'] ?? 'en_US',
    userLocale: row?.['LocaleSidKey'] ?? 'en_US',
    userName: user.username,
    userTimeZone: row?.['TimeZoneSidKey'] ?? 'GMT',
    userType: 'Standard',
    userUiSkin: 'Theme3',
  };
}
