import { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { SalesforceKafkaBridge } from '../../infra/constructs/salesforce-kafka-bridge.ts';
import { createApp, definition, definitionFile, environment } from './synthesize.ts';

const construct = (file: string) =>
  new SalesforceKafkaBridge(new Stack(createApp(), 'mine'), 'Bridge', {
    bridge: definition,
    definition: file,
    environment: { name: 'prod', ...environment },
  });

describe('the construct in a stack of your own', () => {
  it('wants a definition file that is there, before anything is bundled', () => {
    expect(() => construct('/nowhere/bridge.config.ts')).toThrow(
      'definition: there is no file /nowhere/bridge.config.ts',
    );
  });

  it('names what is wrong in the definition and in the environment at once', () => {
    const wrong = { name: 'Prod', ...environment };
    const stack = new Stack(createApp(), 'mine');
    const props = { bridge: { ...definition, name: 'My Shop' }, definition: definitionFile, environment: wrong };
    expect(() => new SalesforceKafkaBridge(stack, 'Bridge', props)).toThrow(
      /The bridge definition has 1 problem:\n {2}name: .*\nEnvironment Prod has 1 problem:\n {2}name: /,
    );
  });

  it('has metrics of its sinks, and of no others, on which an alarm would sleep for ever', () => {
    const bridge = construct(definitionFile);
    expect(bridge.sinkMetric('prices', 'RecordsWritten').dimensions).toEqual({
      Deployment: 'shop-prod',
      Program: 'sink-prices',
    });
    expect(() => bridge.sinkMetric('price', 'RecordsWritten')).toThrow(
      'There is no sink price; the definition has prices, stock',
    );
  });
});
