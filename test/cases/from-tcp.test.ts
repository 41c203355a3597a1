import { testTopics } from './suite.ts';

testTopics('tcp', '{');
