import definition from '../../../../examples/price-book/bridge.config.ts';

export default definition;
