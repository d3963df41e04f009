import { BridgeError } from '../../../shared/errors/bridge-error.ts';
import type { RestClient } from '../../../shared/salesforce/rest-client.ts';
import { everythingOf, type RowSelection, selectedBy } from '../../../shared/salesforce/row-selection.ts';
import { soqlLiteral } from '../../../shared/salesforce/soql.ts';
import type { RoutedSource } from '../routed-source.ts';

/**
 * Says what a channel shows of an object's rows, so that a row that is read looks like one that an event brought. Asked
 * anew each time, because fields come and go.
 */
export function createSelections(
  sources: readonly Pick<RoutedSource, 'captured'>[],
  rest: Pick<RestClient, 'describe' | 'query'>,
): (object: string) => Promise<RowSelection> {
  const channel = sources.find(({ captured }) => captured.capturedThrough === 'pushTopic')?.captured.channel;
  return async (object) => {
    const described = await rest.describe(object);
    if (channel === undefined) return everythingOf(described);
    const name = channel.slice('/topic/'.length);
    const [topic] = await rest.query(`SELECT Query FROM PushTopic WHERE Name = ${soqlLiteral(name)}`);
    if (topic === undefined) {
      throw new BridgeError('SKB_ROW_REJECTED', `PushTopic ${name} is gone, so its rows cannot be read again`);
    }
    return selectedBy(String(topic['Query']), described);
  };
}
